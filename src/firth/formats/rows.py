"""Rows of text, a key and `dim` numbers each: what word2vec's, GloVe's and the projector's files share."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Integers, Strings
from firth.errors import DataError, FormatError
from firth.formats.check import check_strings, check_unique, first_bad_place
from firth.formats.source import Source
from firth.kernels import wordvectors as kernels

__all__ = ["KeyedRows", "parse_rows", "split_keys", "strings_for", "workers", "write_rows"]

PIECE = 1 << 22
"""Text is parsed and printed in pieces of at least this many bytes, by as many threads as there are cores."""


@dataclass(frozen=True)
class KeyedRows:
    """n rows that were read: `ids`, unique, and `matrix`, float32 (n, dim), finite."""

    ids: Strings
    matrix: NDArray[np.float32]


def workers() -> int:
    """How many threads parse or print: one a core that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def text_end(source: Source, start: int) -> int:
    """Where the text ends that begins at `start`, without the line ends after the last row."""
    stop = len(source.bytes)
    while stop > start:
        block = source.bytes[max(start, stop - 65536) : stop]
        kept = len(block.rstrip(b"\r\n"))
        stop -= len(block) - kept
        if kept:
            break
    return stop


def parse_rows(source: Source, start: int, *, dim: int, n: int | None, keyed: bool = True) -> KeyedRows:
    """Parse all rows from `start` to the end of the source.

    Args:
        source: the file.
        start: where the first row begins.
        dim: how many numbers a row has.
        n: how many rows there should be; None takes what there is.
        keyed: rows begin with a key; else with the first number, and ids stay empty.

    Raises:
        FormatError: a row is no key and `dim` finite numbers, there are not `n` rows, an id occurs twice or
            is not valid UTF-8. The message names the line.
    """
    stop = text_end(source, start)
    borders = _borders(source, start, stop)
    counts = [_count_lines(source, a, b) for a, b in pairwise(borders)]
    found = sum(counts) + (stop > start)  # the last row has no line end any more
    if n is not None and found != n:
        raise FormatError(
            f"the first line promises {n:,} rows, but there are {found:,}", path=source.path, offset=0
        )
    if not found:  # whatever `dim` is said to be, nothing of that size may be made
        return KeyedRows(Strings.of([]), np.empty((0, dim), np.float32))
    # Each number takes a digit and a separator, so a file that passes is at least half as large as its
    # matrix.
    if found * (2 * dim - (not keyed)) > stop - start:
        raise FormatError(
            f"{found:,} rows of {dim:,} numbers do not fit into {stop - start:,} bytes",
            path=source.path,
            offset=start,
        )
    matrix = np.empty((found, dim), np.float32)
    starts, offsets = np.empty(found, np.int64), np.zeros(found + 1, np.int64)
    first_rows = np.cumsum([0, *counts])
    first_rows[-1] = found
    parser = _Parser(source, matrix, starts, offsets[1:], keyed)
    pieces = zip(pairwise(borders), pairwise(first_rows.tolist()), strict=True)
    with ThreadPoolExecutor(workers()) as pool:
        for done in [pool.submit(parser.parse, *piece) for piece in pieces]:
            done.result()
    if not keyed:
        return KeyedRows(Strings.of([]), matrix)
    np.cumsum(offsets, out=offsets)
    data = np.empty(offsets[-1], np.uint8)
    kernels.pack_strings(source.array, starts, offsets, data)
    ids = Strings(data, offsets)
    check_strings(ids, source.path, starts)
    check_unique(ids, source.path)
    return KeyedRows(ids, matrix)


def _borders(source: Source, start: int, stop: int) -> list[int]:
    """Positions that cut the text into pieces, each at the beginning of a row."""
    pieces = max(1, min(workers(), (stop - start) // PIECE))
    borders = [start]
    for i in range(1, pieces):
        line_end = source.bytes.find(b"\n", max(start + (stop - start) * i // pieces, borders[-1]), stop)
        if line_end >= 0:
            borders.append(line_end + 1)
    return [*borders, stop]


def _count_lines(source: Source, start: int, stop: int) -> int:
    step = 1 << 18  # small enough that the comparison stays in the cache
    return sum(
        int(np.count_nonzero(source.array[at : min(at + step, stop)] == kernels.NEWLINE))
        for at in range(start, stop, step)
    )


@dataclass(frozen=True)
class _Parser:
    """Parses pieces of a source into shared arrays; the pieces may run in several threads."""

    source: Source
    matrix: NDArray[np.float32]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    keyed: bool

    def parse(self, piece: tuple[int, int], rows: tuple[int, int]) -> None:
        """Parse the bytes `piece` into the rows `rows`; both are (from, to)."""
        (at, stop), (row, last) = piece, rows
        hard = np.empty((max(4096, self.matrix.shape[1]), 3), np.int64)
        status = kernels.FULL
        while status == kernels.FULL:
            status, at, row, n_hard = kernels.parse_rows(
                self.source.array,
                at,
                stop,
                row,
                last,
                self.matrix,
                self.starts,
                self.lengths,
                hard,
                self.keyed,
            )
            self._settle(hard[:n_hard])
        if status != kernels.DONE:
            raise self._complaint(status, at, row)

    def _settle(self, hard: NDArray[np.int64]) -> None:
        """Read with Python's exact algorithm the numbers that the kernel could not round for sure."""
        for start, stop, place in hard.tolist():
            with np.errstate(over="ignore"):
                value = np.float32(float(self.source.bytes[start:stop]))
            self.matrix.reshape(-1)[place] = value
            if not np.isfinite(value):
                raise self._complaint(kernels.BAD_NUMBER, start, place // self.matrix.shape[1])

    def _complaint(self, status: int, at: int, row: int) -> FormatError:
        line = int(_count_lines(self.source, 0, at)) + 1
        dim = self.matrix.shape[1]
        shown = self.source.bytes[at : at + 40].split(b"\n")[0].lstrip(b" \t").split(b" ")[0].split(b"\t")[0]
        text = shown.rstrip(b"\r").decode("utf-8", "backslashreplace")
        if status == kernels.TOO_MANY:
            why = f"more than {dim} numbers"
        elif _is_number(text):
            why = f"{text!r} is not finite as float32; drop the row or train again"
        elif text:
            why = f"{text!r} is no number"
        else:
            why = f"fewer than {dim} numbers"
        return FormatError(f"line {line} (row {row}): {why}", path=self.source.path, offset=at)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def split_keys(source: Source, start: int, *, n: int, column_end: bytes = b"") -> Strings:
    """The lines of a source from `start` on as n ids; each up to the first `column_end`, if that is in it.

    Raises:
        FormatError: there are not exactly n lines, an id occurs twice or is not valid UTF-8.
    """
    array = source.array[start:]
    ends = np.flatnonzero(array == kernels.NEWLINE)
    if array.size and array[-1] != kernels.NEWLINE:
        ends = np.append(ends, array.size)
    if ends.size != n:
        raise FormatError(f"{ends.size:,} keys for a matrix of {n:,} rows", path=source.path, offset=start)
    if n == 0:
        return Strings.of([])
    starts = np.concatenate([[0], ends[:-1] + 1])
    ends = ends - ((ends > starts) & (array[np.maximum(ends, 1) - 1] == kernels.RETURN))
    if column_end:
        tabs = np.append(np.flatnonzero(array == column_end[0]), array.size)
        ends = np.minimum(ends, tabs[np.searchsorted(tabs, starts)])
    offsets = np.concatenate([[0], np.cumsum(ends - starts)])
    data = np.empty(offsets[-1], np.uint8)
    kernels.pack_strings(array, starts, offsets, data)
    ids = Strings(data, offsets)
    check_strings(ids, source.path, starts + start)
    check_unique(ids, source.path)
    return ids


# --- writing ------------------------------------------------------------------------------------------------


def strings_for(ids: Ids, *, refused: bytes, where: str) -> Strings:
    """The ids as a table of strings that a format can hold; whole numbers become their digits.

    Args:
        ids: the ids.
        refused: the bytes that the format has no way to write in an id.
        where: the format, for the message.

    Raises:
        DataError: an id holds such a byte, is not valid UTF-8 or occurs twice.
    """
    strings = Strings.of(map(str, ids)) if isinstance(ids, Integers) else ids
    bad = np.flatnonzero(np.isin(strings.data, np.frombuffer(refused, np.uint8)))
    if bad.size:
        row = int(np.searchsorted(strings.offsets, bad[0], side="right")) - 1
        byte = strings.data[bad[0] : bad[0] + 1].tobytes().decode()
        raise DataError(
            f"{where} cannot hold the id {strings[row]!r} of row {row}, which contains {byte!r}; "
            "write a Firth file (.safetensors) or .npy instead, or rename the id"
        )
    strings.index()  # raises if an id occurs twice
    return strings


def write_rows(
    file: BinaryIO, ids: Strings | None, matrix: NDArray[np.float32], *, separator: bytes = b" "
) -> None:
    """Write rows of text: the key, if there are ids, and numbers in a short form that reads back the same.

    Raises:
        DataError: a number is not finite.
    """
    bad = first_bad_place(matrix)
    if bad is not None:
        raise DataError(f"row {bad[0]} holds a number that is not finite at place {bad[1]}")
    dim = max(1, matrix.shape[1])
    step = max(1, PIECE // (dim * kernels.MAX_PRINTED))

    def printed(start: int) -> NDArray[np.uint8]:
        rows = matrix[start : start + step]
        data, offsets = np.empty(0, np.uint8), np.empty(0, np.int64)
        if ids is not None:
            data, offsets = ids.data, ids.offsets[start : start + len(rows) + 1]
        keys = int(offsets[-1] - offsets[0]) if ids is not None else 0
        out = np.empty(keys + len(rows) * (dim * kernels.MAX_PRINTED + 1), np.uint8)
        return out[: kernels.print_rows(data, offsets, rows, separator[0], out)]

    threads = workers()
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(matrix), step * threads):  # a few blocks at a time, to bound memory
            for block in pool.map(printed, range(first, min(len(matrix), first + step * threads), step)):
                file.write(block.data)
