"""Sequences in memory and in a file: slices, restriction, fingerprint, end of life."""

import gc
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.data.tokenfile import TokenFile
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError

LISTS = [["a", "b", "a"], ["c"], ["b", "a"]]


@pytest.fixture
def in_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a few tokens stay in their file."""
    monkeypatch.setattr("firth.data.sequences._IN_MEMORY", 0)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def check_form(sequences: Sequences) -> None:
    assert len(sequences) == 3
    assert [s.tolist() for s in sequences] == [[0, 1, 0], [2], [1, 0]]
    assert sequences[-1].tolist() == [1, 0]
    assert sequences.tokens.tolist() == [0, 1, 0, 2, 1, 0]
    assert sequences.tokens.dtype == sequences[0].dtype == np.int32
    assert sequences.slice(2, 5).tolist() == [0, 2, 1]
    assert sequences.slice(4, 99).tolist() == [1, 0]
    assert sequences.slice(5, 2).tolist() == []
    with pytest.raises(IndexError, match="sequence 3 of 3"):
        sequences[3]


def test_sequences_in_memory() -> None:
    check_form(Sequences.of(LISTS))


@pytest.mark.usefixtures("in_file")
def test_sequences_in_a_file(tmp_path: Path) -> None:
    with read_text(LISTS, min_count=1, work=tmp_path) as sequences:
        check_form(sequences)
        assert isinstance(sequences.tokens, np.memmap)
        assert sequences.fingerprint() == _in_memory(sequences).fingerprint()
    assert not any(tmp_path.iterdir())


def _in_memory(sequences: Sequences) -> Sequences:
    return Sequences(np.array(sequences.tokens), sequences.offsets, sequences.vocabulary)


@pytest.mark.usefixtures("in_file")
def test_closed_sequences_say_so_and_give_their_file_back() -> None:
    before = open_files()
    sequences = Sequences.of(LISTS)
    assert open_files() == before + 1
    tokens = sequences.tokens
    sequences.close()
    sequences.close()
    for use in (lambda: sequences.tokens, lambda: sequences.slice(0, 1), lambda: sequences[0]):
        with pytest.raises(DataError, match="were closed; read the text again"):
            use()
    assert tokens.tolist() == [0, 1, 0, 2, 1, 0]  # a map in use outlives the file
    del tokens
    gc.collect()
    assert open_files() == before


@pytest.mark.usefixtures("in_file")
def test_a_file_goes_with_the_last_reference() -> None:
    before = open_files()
    sequences = Sequences.of(LISTS)
    assert open_files() == before + 1
    del sequences
    gc.collect()
    assert open_files() == before


def test_offsets_that_do_not_span_the_tokens_are_refused() -> None:
    tokens, vocabulary = np.zeros(3, np.int32), Vocabulary.of(["a"] * 3)
    for offsets in ([0, 2], [1, 3], []):
        with pytest.raises(DataError, match="offsets go from 0 to the number of tokens, 3"):
            Sequences(tokens, np.array(offsets, np.int64), vocabulary)


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        (np.array([0] + [4000, 10] * 40 + [5000]), "never descend; number 2, 10, is below 4000"),
        (np.array([0, -1, 5000]), "never descend"),
        (np.array([0, 5000], np.int32), "one-dimensional and int64"),
        (np.array([[0], [5000]]), "one-dimensional and int64"),
        ([0, 5000], "one-dimensional and int64"),
    ],
)
def test_offsets_that_kernels_cannot_trust_are_refused(offsets: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Sequences(np.zeros(5000, np.int32), offsets, Vocabulary.of(["a"]))


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (np.array([0, 2, 1], np.int32), "rows of the vocabulary, 0 to 1; number 1 is 2"),
        (np.array([0, 1, -1], np.int32), "number 2 is -1"),
        (np.array([0, 1, 1]), "one-dimensional and int32"),
        ([0, 1, 1], "one-dimensional and int32"),
    ],
)
def test_tokens_that_are_not_in_the_vocabulary_are_refused(tokens: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Sequences(tokens, np.array([0, 3]), Vocabulary.of(["a", "b"]))
    if isinstance(tokens, np.ndarray) and tokens.dtype == np.int32:
        file = TokenFile()
        file.append(tokens)
        with pytest.raises(DataError, match=message):
            Sequences(file, np.array([0, 3]), Vocabulary.of(["a", "b"]))


@given(
    st.lists(st.lists(st.sampled_from("abcdef"), max_size=9), min_size=1),
    st.integers(1, 4),
    st.sampled_from([None, 1, 2]),
)
def test_restriction_is_reading_with_the_same_choice(
    lists: list[list[str]], least: int, most: int | None
) -> None:
    try:
        direct = read_text(lists, min_count=least, max_size=most)
    except DataError:
        return
    restricted = Sequences.of(lists).restrict(min_count=least, max_size=most)
    assert restricted.vocabulary == direct.vocabulary
    np.testing.assert_array_equal(restricted.offsets, direct.offsets)
    np.testing.assert_array_equal(restricted.tokens, direct.tokens)
    dropped = ("dropped_tokens", "rare_tokens", "surplus_tokens", "listed_tokens")
    for name in ("tokens", "sequences", "vocabulary", *dropped):
        assert restricted.report[name] == direct.report[name]


@pytest.mark.usefixtures("in_file")
def test_restriction_crosses_the_borders_of_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [["a", "b", "c"], ["c"], ["b", "b"], ["c", "c", "a", "b"]] * 3
    expected = read_text(lists, min_count=1, drop=["c"])
    for size in (1, 2, 3, 7):
        monkeypatch.setattr("firth.data.sequences._SLICE", size)
        found = Sequences.of(lists).restrict(drop=["c"])
        assert found.fingerprint() == expected.fingerprint()


def test_the_report_of_a_restriction_adds_up() -> None:
    lists = [["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["d"], ["e"]]
    once = read_text(lists, min_count=2)
    again = once.restrict(min_count=3, drop=["b"], keep=["c"])
    names = ("rare_tokens", "surplus_tokens", "listed_tokens", "dropped_tokens", "tokens", "min_count")
    assert [again.report[name] for name in names] == [2, 0, 3, 5, 7, 3]


def test_a_restriction_that_keeps_rare_words_is_told_so_to_learners() -> None:
    sequences = Sequences.of([["a", "a", "a", "b"]])
    kept = sequences.restrict(min_count=3, keep=["b"])
    assert list(kept.vocabulary.keys) == ["a", "b"]
    assert kept.report["min_count"] == 3
    assert kept.restrict(min_count=1).report["min_count"] == 3


def test_restriction_that_drops_nothing_or_all() -> None:
    sequences = Sequences.of(LISTS)
    assert sequences.restrict(min_count=1) is sequences
    with pytest.raises(DataError, match="none of the 3 different tokens is seen min_count=9 times"):
        sequences.restrict(min_count=9)
    with pytest.raises(OptionError, match="min_count"):
        sequences.restrict(min_count=0)


def test_the_fingerprint_sees_vocabulary_order_and_borders() -> None:
    prints = {
        Sequences.of(lists).fingerprint()
        for lists in (
            LISTS,
            LISTS[::-1],
            [["a", "b", "a", "c"], ["b", "a"]],
            [["x" if t == "a" else t for t in s] for s in LISTS],
        )
    }
    assert len(prints) == 4
    assert Sequences.of(LISTS).fingerprint() in prints


def test_a_token_file_appends_and_reads_back(tmp_path: Path) -> None:
    with TokenFile(tmp_path) as file:
        assert file.map().size == 0
        assert [file.append(np.arange(n, dtype=np.int32)) for n in (3, 0, 4)] == [0, 3, 3]
        assert file.read(1, 5).tolist() == [1, 2, 0, 1]
        assert file.map().tolist() == [0, 1, 2, 0, 1, 2, 3]
        assert not any(tmp_path.iterdir())
    with pytest.raises(DataError, match="were closed"):
        file.read(0, 1)


def test_a_full_disk_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with TokenFile() as file:
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(DataError, match=rf"{file.folder} \(No space left.*on a larger disk: work="):
            file.append(np.zeros(4, np.int32))
