"""Which tokens make a vocabulary, and in what order."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.ids import Strings
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError

# Long common beginnings and NUL bytes make ties that the first eight bytes do not settle.
tokens = st.text(alphabet="ab\x00é", max_size=4).flatmap(lambda t: st.sampled_from([t, "prefixes" + t]))


def content(vocabulary: Vocabulary) -> list[tuple[str, int]]:
    return list(zip(vocabulary.keys, vocabulary.counts.tolist(), strict=True))


@given(st.lists(tokens, min_size=1))
def test_the_order_is_by_count_then_by_bytes(seen: list[str]) -> None:
    vocabulary = Vocabulary.of(seen)
    assert content(vocabulary) == sorted(Counter(seen).items(), key=lambda item: (-item[1], item[0].encode()))
    assert vocabulary.total == len(seen)
    assert Vocabulary.of(Counter(seen)) == vocabulary


def test_min_count_max_size_keep_and_drop() -> None:
    counts = {"the": 9, "of": 8, "cat": 3, "dog": 3, "emu": 1}
    assert list(Vocabulary.of(counts, min_count=3).keys) == ["the", "of", "cat", "dog"]
    assert list(Vocabulary.of(counts, max_size=3).keys) == ["the", "of", "cat"]
    assert list(Vocabulary.of(counts, min_count=4, keep=["emu", "unseen"]).keys) == ["the", "of", "emu"]
    assert list(Vocabulary.of(counts, max_size=2, keep=["emu"]).keys) == ["the", "emu"]
    assert list(Vocabulary.of(counts, drop=["the", "unseen"], max_size=1).keys) == ["of"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_count": 0}, "min_count is a whole number from 1"),
        ({"max_size": 0}, "max_size is a whole number from 1"),
        ({"keep": "word"}, r"write \['word'\]"),
        ({"drop": [3]}, "3 is int"),
        ({"keep": ["a", "b"], "drop": ["b"]}, "'b' is both"),
        ({"keep": ["a", "b"], "max_size": 1}, "keep holds 2 tokens"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Vocabulary.of(["a"], **options)  # type: ignore[arg-type]


def test_a_vocabulary_without_tokens_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        DataError, match=r"none of the 2 different tokens is seen min_count=5 times.*'b'.*2 times"
    ):
        Vocabulary.of(["a", "b", "b"], min_count=5)
    with pytest.raises(DataError, match="on the drop list"):
        Vocabulary.of(["a"], drop=["a"])
    with pytest.raises(DataError, match="no token"):
        Vocabulary.of([])
    with pytest.raises(DataError, match="'b' has 0"):
        Vocabulary.of({"a": 1, "b": 0})


def test_counts_are_one_a_token() -> None:
    for counts in (np.array([1]), np.array([1.0, 2.0]), [2, 1]):
        with pytest.raises(DataError, match="an int64 array of one number for each of 2 tokens"):
            Vocabulary(Strings.of(["a", "b"]), counts)


def test_the_fingerprint_tells_tokens_and_counts_apart() -> None:
    prints = {Vocabulary.of(seen).fingerprint() for seen in (["a"], ["a", "a"], ["b"], ["ab"], ["a", "b"])}
    assert len(prints) == 5
    assert Vocabulary.of(["b", "a"]).fingerprint() in prints
