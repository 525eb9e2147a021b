"""Lines to ids: the same that the package `tokenizers` gives, whether words are looked up or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from subwords import CUT, FOREIGN, TEXT, _with_words, foreign, trained
from tokenizers import normalizers

import firth
from firth.errors import DataError
from firth.testing import check_tokenizer
from firth.tokenize import SubwordTokenizer

PIECES = [
    " ", "  ", "\t", "\u00a0", "\u2003", "\u3000", "\u200b", "\x00", "\x1c", "\u0301", "a",
    "B", "é", "the", "'s", "don't", "arrows", "to be", "3", "12,000", "!", "…", "—", "▁", "##", "<0x41>",
    "東京", "한", "👨‍👩‍👧", "ﬁ", "¨", "\ufdfa", "Σ", "İ",
]  # fmt: skip
LINES = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.sampled_from(PIECES)).map("".join)
    )
)


def by_hand(tokenizer: Any, lines: list[str]) -> list[list[int]]:
    """The ids that the package gives."""
    return [one.ids for one in tokenizer.encode_batch(lines, add_special_tokens=False)]


def expect_equal(ours: SubwordTokenizer, theirs: Any, lines: list[str]) -> None:
    wanted = by_hand(theirs, lines)
    ids, lengths = ours.encode_lines(lines)
    assert ids.dtype == np.int32 and lengths.dtype == np.int64
    assert ids.tolist() == [i for line in wanted for i in line]
    assert lengths.tolist() == [len(line) for line in wanted]


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
@pytest.mark.parametrize("byte_fallback", [True, False])
@settings(max_examples=80)
@given(lines=LINES)
def test_ours_are_those_of_the_file_that_we_write(algorithm: str, byte_fallback: bool, lines: list[str]):
    ours = trained(algorithm, byte_fallback)
    theirs = reread(algorithm, byte_fallback)
    expect_equal(ours, theirs, lines)


def reread(algorithm: str, byte_fallback: bool, made: dict[Any, Any] = {}) -> Any:  # noqa: B006
    """The package's own reading of what `save` writes."""
    import tempfile
    from pathlib import Path

    if (algorithm, byte_fallback) not in made:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "tokenizer.json")
            trained(algorithm, byte_fallback).save(path)
            theirs = tokenizers.Tokenizer.from_file(str(path))
        theirs.encode_special_tokens = True
        made[algorithm, byte_fallback] = theirs
    return made[algorithm, byte_fallback]


@pytest.mark.parametrize("name", FOREIGN)
@settings(max_examples=80)
@given(lines=LINES)
def test_foreign_ones_give_the_ids_that_the_package_gives(name: str, lines: list[str]):
    theirs = foreign(name)
    theirs.no_truncation()
    theirs.no_padding()
    theirs.encode_special_tokens = True
    expect_equal(ours_of(name), theirs, lines)


def ours_of(name: str, made: dict[str, SubwordTokenizer] = {}) -> SubwordTokenizer:  # noqa: B006
    if name not in made:
        made[name] = SubwordTokenizer(foreign(name))
    return made[name]


@pytest.mark.parametrize("name", FOREIGN)
def test_words_are_looked_up_where_that_is_exact(name: str):
    """Else the test before would hold, and the speed be gone."""
    ours = ours_of(name)
    ours.encode_lines(TEXT)
    assert bool(ours._encoder._idle) == (name in CUT)


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_ones_keep_the_contract(name: str):
    check_tokenizer(ours_of(name))


@pytest.mark.parametrize("name", FOREIGN)
def test_ends_are_those_of_the_file(name: str):
    theirs = foreign(name)
    theirs.no_truncation()
    theirs.no_padding()
    for text in TEXT[:5]:
        assert ours_of(name).encode(text, ends=True).ids.tolist() == theirs.encode(text).ids


@pytest.mark.parametrize("name", ["gpt2", "llama3", "with words"])
def test_byte_level_files_lose_nothing(name: str):
    assert ours_of(name).is_lossless


def test_a_word_that_goes_past_the_normaliser_is_not_promised_to_be_normalised():
    made = _with_words()
    made.normalizer = normalizers.Lowercase()
    made.add_tokens([tokenizers.AddedToken("ARROWS", normalized=False)])
    ours = SubwordTokenizer(made)
    assert ours.normalized("The ARROWS") == ours.decode(ours.encode("The ARROWS")) == "the ARROWS"
    check_tokenizer(ours)


@pytest.mark.parametrize("name", ["roberta", "llama2", "t5", "bert", "folding"])
def test_others_lose_something_and_say_so(name: str):
    ours = ours_of(name)
    assert not ours.is_lossless
    assert ours.normalized("the ▁ Question ") != "the ▁ Question "


def test_text_that_only_a_special_token_could_spell_is_refused():
    """A SentencePiece vocabulary has "</s>" among its pieces, and its model takes it wherever it stands."""
    ours = ours_of("t5")
    assert "</s>" in ours.encode("question </s>", parse_special=True).texts
    with pytest.raises(
        DataError, match=r"character 9 begins '</s>', which this vocabulary cannot write as text"
    ):
        ours.encode("question </s>")
    with pytest.raises(DataError, match=r"^text 1: character 9 begins '</s>', which this vocabulary cannot"):
        ours.encode_lines(["question", "question </s>"])
    with pytest.raises(DataError, match=r"^text 1: character 9 begins '</s>'"):
        firth.read_text(["question", "question </s>"], tokenizer=ours, min_count=1)
    ids, _ = ours.encode_lines(["question"])  # what was refused is not remembered
    assert ids.tolist() == ours.encode("question").ids.tolist()


def test_read_text_counts_the_tokens():
    tokenizer = trained("bpe")
    lines = ["the cats, the cats", "", "Zürich"]
    found = firth.read_text(lines, tokenizer=tokenizer, min_count=1)
    keys = list(found.vocabulary.keys)
    read = [[keys[token] for token in sequence] for sequence in found]
    assert read == [tokenizer.encode(line).texts for line in lines if line]
    assert int(found.vocabulary.counts.sum()) == len(found.tokens)
    own = found.over(tokenizer.vocabulary)
    assert own.tokens.tolist() == tokenizer.encode_lines(lines)[0].tolist()
    assert own.report["unknown_tokens"] == 0


def test_one_tokenizer_serves_several_threads():
    from concurrent.futures import ThreadPoolExecutor

    tokenizer = SubwordTokenizer(trained("bpe")._encoder.plain)
    batches = [[f"{text} {i}" for text in TEXT] for i in range(24)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(tokenizer.encode_lines, batches))
    for batch, (ids, _) in zip(batches, found, strict=True):
        assert tokenizer.decode(ids) == "".join(batch)


def test_tables_of_words_are_forgotten_when_they_are_full(monkeypatch: pytest.MonkeyPatch):
    from firth.tokenize import chunks

    monkeypatch.setattr(chunks, "_CHUNKS", 10)
    tokenizer = SubwordTokenizer(trained("bpe")._encoder.plain)
    ids, _ = tokenizer.encode_lines([" ".join(f"w{i}" for i in range(100))])
    assert tokenizer._encoder._idle == []
    assert ids.tolist() == tokenizer.encode_lines([" ".join(f"w{i}" for i in range(100))])[0].tolist()
