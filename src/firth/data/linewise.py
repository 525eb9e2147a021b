"""The first pass for tokenizers that look at whole lines: each line becomes ids at once.

What comes out is what counting white-space tokens gives as well (see `firth.data.counting`), so that the
second pass and the choice of a vocabulary are the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from firth.data.counting import Counted, Part
from firth.data.table import TokenTable
from firth.data.textlines import split_lines, whole_lines
from firth.data.tokenfile import TokenFile
from firth.data.tokenizers import LineEncoder
from firth.errors import DataError
from firth.kernels.text import LINE_END

__all__ = ["count_lines"]


def count_lines(blocks: Iterable[memoryview], ids: TokenFile, *, encoder: LineEncoder) -> Counted:
    """Make ids of blocks of text (UTF-8 that ends where a line or a token does), line by line.

    Args:
        ids: an empty file; the ids of the encoder are written, with LINE_END after each line.

    Returns:
        What was counted. Pieces between white space that are not valid UTF-8 have U+FFFD for the bytes that
        are not, and are counted as `invalid`.

    Raises:
        DataError: the encoder returns ids that are none of its keys, or not as many as it says.
    """
    parts: list[Part] = []
    counts = np.zeros(0, np.int64)
    lines = size = invalid = 0
    for text, length in whole_lines(blocks):
        size += length
        string, bad = _decoded(text)
        invalid += bad
        batch = split_lines(string)
        found, lengths = encoder.encode_lines(batch)
        _check(found, lengths, len(batch))
        lines += len(batch)
        counts = _added(counts, found)
        with_ends = _with_line_ends(found, lengths)
        parts.append(Part(ids.append(with_ends), with_ends.size, len(batch), 0))
    table, rows = _table(encoder, counts)
    return Counted(
        table=table,
        rows=[rows],
        parts=parts,
        tokens=int(counts.sum()),
        lines=lines,
        size=size,
        invalid=invalid,
        more=dict(getattr(encoder, "counts", {})),
    )


def _decoded(text: bytes) -> tuple[str, int]:
    """The text with U+FFFD for bytes that are not UTF-8, and how many pieces between white space had some."""
    try:
        return text.decode(), 0
    except UnicodeDecodeError:
        bad = 0
        for piece in text.split():
            try:
                piece.decode()
            except UnicodeDecodeError:
                bad += 1
        return text.decode("utf-8", "replace"), bad


def _check(ids: NDArray[np.int32], lengths: NDArray[np.int64], lines: int) -> None:
    """Raises DataError unless there are as many ids as the lengths of the lines say, and none below 0."""
    if lengths.size != lines or int(lengths.sum()) != ids.size or (ids.size and int(ids.min()) < 0):
        raise DataError(
            f"the tokenizer gave {ids.size:,} ids and {lengths.size:,} lengths that sum to {lengths.sum():,} "
            f"for {lines:,} lines; it returns an id from 0 up for each token and a length for each line"
        )


def _added(counts: NDArray[np.int64], ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """The counts with those of the ids added, longer where new ids need it."""
    found = np.bincount(ids, minlength=counts.size)
    found[: counts.size] += counts
    return found


def _with_line_ends(ids: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    """The ids with LINE_END behind those of each line, int32."""
    found = np.full(ids.size + lengths.size, LINE_END, np.int32)
    is_id = np.ones(found.size, np.bool_)
    is_id[np.cumsum(lengths + 1) - 1] = False
    found[is_id] = ids
    return found


def _table(encoder: LineEncoder, counts: NDArray[np.int64]) -> tuple[TokenTable, NDArray[np.int32]]:
    """The tokens that occur, with counts, and the row of each id (int32; 0 for one that does not occur)."""
    keys = encoder.keys
    if counts.size > len(keys):
        raise DataError(f"the tokenizer gave the id {counts.size - 1:,}, and has {len(keys):,} keys")
    there = np.flatnonzero(counts)
    table = TokenTable()
    rows = np.zeros(counts.size, np.int32)
    rows[there] = table.add(keys.take(there), counts[there])
    return table, rows
