"""Chunks of text: the kernels beside their twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import reference_chunks as twin
from firth.kernels.chunks import expand, expanded_size
from firth.tokenize.chunks import ChunkTable, line_bytes

SPACES = " \t\x00\x1c\x85\xa0\u1680\u180e\u2003\u2009\u200b\u2028\u202f\u205f\u3000\ufeff"
ODD = st.sampled_from(
    [*SPACES, "a", "bc", "é", "\u2019", "\u2014", "\u3042", "\ufeb0", "😀", "longer than eight bytes"]
)
TEXT = st.one_of(st.text(), st.lists(ODD).map("".join))
LINES = st.lists(TEXT.filter(lambda line: not any("\ud800" <= c <= "\udfff" for c in line)), min_size=1)


def letters(chunks: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Each character of a chunk is a token, and its code point the id."""
    flat = [ord(c) for chunk in chunks for c in chunk]
    return np.array(flat, np.int32), np.array([len(chunk) for chunk in chunks], np.int64)


@given(LINES)
def test_lines_are_cut_as_the_twin_cuts_them(lines: list[str]):
    table = ChunkTable(letters)
    ids, lengths = table.encode_lines(lines)
    assert ids.tolist() == [ord(c) for line in lines for c in line]
    assert lengths.tolist() == [len(line) for line in lines]
    assert set(table.strings) == {chunk for line in lines for chunk in twin.chunks(line)}
    counts = table.counts.copy()
    again, _ = table.encode_lines(lines)  # from memory now
    assert again.tolist() == ids.tolist()
    assert table.counts.tolist() == (2 * counts).tolist()


def test_a_table_grows_with_what_it_meets():
    lines = [f" {i}" * 3 + "x" * (i % 7 == 0) * 300_000 for i in range(40)] + ["y " * 50_000]
    lines += [" ".join(str(i) for i in range(60_000))]
    table = ChunkTable(letters)
    ids, _ = table.encode_lines(lines)
    assert ids.size == sum(map(len, lines))
    assert ids.tolist() == [ord(c) for line in lines for c in line]
    assert not table.is_full


@given(st.lists(st.lists(st.integers(0, 9)), min_size=1, max_size=5), st.data())
def test_expand_is_its_twin(pieces: list[list[int]], data: st.DataObject):
    ids = [*data.draw(st.lists(st.integers(-1, len(pieces) - 1))), -1]
    starts = np.cumsum([0, *map(len, pieces)])
    flat = np.array([piece for some in pieces for piece in some], np.int32)
    rows = np.array(ids, np.int32)
    out = np.empty(expanded_size(rows, starts), np.int32)
    lengths = np.empty(ids.count(-1), np.int64)
    expand(rows, starts, flat, out, lengths)
    expected, expected_lengths = twin.expand(ids, pieces)
    assert out.tolist() == expected.tolist()
    assert lengths.tolist() == expected_lengths.tolist()


def test_lines_that_hold_newlines_stay_lines():
    text, starts, stops = line_bytes(["a\nb", "", "é"])
    assert [text[a:b].tobytes().decode() for a, b in zip(starts, stops, strict=True)] == ["a\nb", "", "é"]
