"""The n-grams of words and their buckets, beside their NumPy twin and beside the `fasttext` package."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.ids import Strings
from firth.kernels import reference_subword as reference
from firth.kernels.ngrams import ngram_table

WORDS = [
    "where", "a", "", "to", "</s>", "<", ">", "<<>>", "x" * 300, "наука", "жизнь", "東京", "東京都庁",
    "ひらがな", "naïve", "naïve", "ééé", "é̂́", "👩‍👩‍👧", "🇩🇪", "שלום", "नमस्ते",
    "ภาษาไทย", "\u200d", "￿", "\U0010ffff", "don't", "3.14", "ÿ", "\x7f", "\x80",
]  # fmt: skip


@given(
    words=st.lists(st.text(max_size=12), max_size=8),
    min_n=st.integers(0, 4),
    max_n=st.integers(0, 7),
    buckets=st.integers(1, 2**31 - 1),
)
def test_the_table_agrees_with_its_twin(words: list[str], min_n: int, max_n: int, buckets: int) -> None:
    words = [word.encode("utf-8", "ignore").decode() for word in words]  # without lone surrogates
    table = Strings.of(words)
    starts, found = ngram_table(table.data, table.offsets, min_n=min_n, max_n=max_n, buckets=buckets)
    expected = reference.ngram_table(table.data, table.offsets, min_n=min_n, max_n=max_n, buckets=buckets)
    np.testing.assert_array_equal(starts, expected[0])
    np.testing.assert_array_equal(found, expected[1])


def test_the_ngrams_of_the_paper() -> None:
    assert reference.ngrams("where", min_n=3, max_n=3) == ["<wh", "whe", "her", "ere", "re>"]
    assert reference.ngrams("ab", min_n=1, max_n=2) == ["<a", "a", "ab", "b", "b>"]


def test_without_buckets_or_lengths_there_are_no_ngrams() -> None:
    table = Strings.of(WORDS)
    for min_n, max_n, buckets in ((3, 6, 0), (3, 2, 100), (0, 0, 100), (500, 600, 100)):
        starts, found = ngram_table(table.data, table.offsets, min_n=min_n, max_n=max_n, buckets=buckets)
        assert not starts.any()
        assert not found.size


@pytest.mark.parametrize(("min_n", "max_n", "buckets"), [(3, 6, 2_000_000), (1, 3, 1_009), (0, 2, 7)])
def test_the_buckets_are_those_of_fasttext(min_n: int, max_n: int, buckets: int, tmp_path: Path) -> None:
    fasttext = pytest.importorskip("fasttext")
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("to be or not to be\n" * 9, encoding="utf-8")
    model = fasttext.train_unsupervised(
        str(corpus), dim=10, minCount=1, epoch=1, thread=10, verbose=0, minn=min_n, maxn=max_n, bucket=buckets
    )
    rows = len(model.words)
    random = np.random.default_rng(5)
    points = np.concatenate([np.arange(33, 0x3000), np.arange(0x1F000, 0x1FB00)])
    more = ["".join(map(chr, random.choice(points, random.integers(1, 20)))) for _ in range(500)]
    unseen = [word for word in WORDS + more if word not in model.words]
    table = Strings.of(unseen)
    starts, found = ngram_table(table.data, table.offsets, min_n=min_n, max_n=max_n, buckets=buckets)
    for i, word in enumerate(unseen):
        expected = model.get_subwords(word)[1] - rows
        np.testing.assert_array_equal(found[starts[i] : starts[i + 1]], expected, err_msg=repr(word))
