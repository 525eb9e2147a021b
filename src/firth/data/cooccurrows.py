"""The rows of a co-occurrence table: counted, kept in files, added up, and collected into long arrays.

What fits into the memory allowed is a `Plan`; `Counter` does the work, in blocks of rows that come in order.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.data.tokenfile import TokenFile
from firth.errors import DataError, OptionError
from firth.kernels import cooccur as kernels

__all__ = ["Block", "Counter", "Plan", "Table", "collect"]

_BLOCK = 1 << 20  # at most so many edges are made at a time, by each thread
_ENTRY = 12  # bytes of an edge on its way: j and the sum
_USUAL = 1 << 30  # bytes that counting takes where nothing else is said
_HOLDS = "co-occurrence counts"


class Plan(NamedTuple):
    """How much is done at a time.

    Attributes:
        tokens: of a part of the corpus, with a separator a sequence.
        entries: of a block of rows.
        threads: that work.
        memory: the bytes that were shared out.
    """

    tokens: int
    entries: int
    threads: int
    memory: int

    @classmethod
    def within(cls, memory: int | None, *, vocabulary: int, threads: int) -> Plan:
        """Share out the memory: dense rows, blocks that wait their turn, and the rest to the text and its
        index. Of the threads as many work as leave half of it to the text, one at least.

        Args:
            memory: None for the usual, or twice what one thread takes if that is more.

        Raises:
            OptionError: it is too little to count a row.
        """
        fixed = _ENTRY * (vocabulary + 1) + (1 << 16)
        each = 9 * vocabulary + 3 * _ENTRY * (vocabulary + 1)
        if memory is None:
            memory = max(_USUAL, 2 * (fixed + each))
        if memory < fixed + each:
            raise OptionError(
                f"memory={memory:,} is too little to count {vocabulary:,} words; "
                f"it takes {fixed + each:,} bytes at least"
            )
        threads = max(1, min(threads, (memory // 2 - fixed) // each))
        dense, waiting = threads * (9 * vocabulary), 3 * threads + 1
        room = max(vocabulary + 1, (memory - dense) // 4 // (waiting * _ENTRY))
        entries = min(_BLOCK + vocabulary + 1, room)
        left = memory - dense - waiting * _ENTRY * entries
        tokens = min(left // 8, 2**31 - 32)
        return cls(tokens=tokens, entries=entries, threads=threads, memory=memory)

    def cut(self, offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
        """(first, last) sequence of parts of the corpus that fit, of one sequence at least."""
        ends = offsets + np.arange(offsets.size)
        parts, first = [], 0
        while first < ends.size - 1:
            last = max(first + 1, int(np.searchsorted(ends, ends[first] + self.tokens, side="right")) - 1)
            parts.append((first, last))
            first = last
        return parts


class Block(NamedTuple):
    """Some rows: the first, the length of each (int64), their columns (int32) and their sums (int64)."""

    first: int
    counts: NDArray[np.int64]
    j: NDArray[np.int32]
    sums: NDArray[np.int64]


@dataclass
class _Scratch:
    """What a thread counts in: a dense row, its marks, and room for a block."""

    row: NDArray[np.int64]
    marks: NDArray[np.uint64]
    j: NDArray[np.int32]
    sums: NDArray[np.int64]


class Counter:
    """Counts parts of a corpus, and adds up their tables, on several threads."""

    def __init__(self, vocabulary: int, steps: NDArray[np.int64], *, both: bool, plan: Plan):
        self._vocabulary, self._steps, self._both, self._plan = vocabulary, steps, both, plan
        self._own = threading.local()

    def count(self, sequences: Sequences, first: int, last: int) -> Iterator[Block]:
        """The rows of these sequences, in blocks."""
        offsets = sequences.offsets[first : last + 1]
        tokens = sequences.slice(int(offsets[0]), int(offsets[-1]))
        size = tokens.size + offsets.size
        if size >= 2**31:  # positions are int32
            raise DataError(f"a sequence of {tokens.size:,} tokens is too long to be counted; split it")
        text = np.empty(-(-size // kernels.LINE) * kernels.LINE, np.int32)
        kernels.separate(tokens, offsets - offsets[0], text)
        positions = np.empty(tokens.size, np.int32)
        del tokens
        starts = np.empty(self._vocabulary + 1, np.int64)
        kernels.index_text(text, starts, positions)

        def count_block(rows: tuple[int, int]) -> Block:
            own, counts = self._scratch(), np.empty(rows[1] - rows[0], np.int64)
            n = kernels.count_rows(
                text, starts, positions, *rows, self._steps, self._both, own.row, own.marks, counts, own.j,
                own.sums,
            )  # fmt: skip
            return Block(rows[0], counts, own.j[:n].copy(), own.sums[:n].copy())

        reach = self._steps.size * (1 + self._both)
        yield from ordered_map(count_block, self._blocks(np.diff(starts) * reach), threads=self._plan.threads)

    def merge(self, tables: list[Table]) -> Iterator[Block]:
        """The sums of the rows of several tables, in blocks."""

        def add_block(rows: tuple[int, int]) -> Block:
            own, counts = self._scratch(), np.empty(rows[1] - rows[0], np.int64)
            parts = [table.read(*rows) for table in tables]
            n = kernels.add_rows(
                np.stack([part.counts for part in parts]),
                np.concatenate([part.j for part in parts]),
                np.concatenate([part.sums for part in parts]),
                own.row, own.marks, counts, own.j, own.sums,
            )  # fmt: skip
            return Block(rows[0], counts, own.j[:n].copy(), own.sums[:n].copy())

        most = np.sum([np.diff(table.starts) for table in tables], axis=0)
        yield from ordered_map(add_block, self._blocks(most), threads=self._plan.threads)

    def _blocks(self, most: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """(first, last) of rows that fit into a block together; `most`: how long each can be at most."""
        ends = np.concatenate(([0], np.cumsum(np.minimum(most, self._vocabulary))))
        first = 0
        while first < self._vocabulary:
            room = ends[first] + self._plan.entries - 1
            last = max(first + 1, int(np.searchsorted(ends, room, side="right")) - 1)
            yield first, last
            first = last

    def _scratch(self) -> _Scratch:
        """This thread's scratch."""
        own = self._own
        if not hasattr(own, "scratch"):
            n, entries = self._vocabulary, self._plan.entries
            own.scratch = _Scratch(
                np.zeros(n, np.int64),
                np.zeros(-(-n // 64), np.uint64),
                np.empty(entries, np.int32),
                np.empty(entries, np.int64),
            )
        scratch: _Scratch = own.scratch
        return scratch


class Table:
    """The counts of a part of the corpus, in temporary files that `files` closes."""

    def __init__(
        self, blocks: Iterable[Block], work: str | os.PathLike[str] | None, files: ExitStack
    ) -> None:
        self._j = files.enter_context(TokenFile(work, holds=_HOLDS))
        self._sums = files.enter_context(TokenFile(work, holds=_HOLDS))
        counts = [np.zeros(1, np.int64)]
        for block in blocks:
            self._j.append(block.j)
            self._sums.append(block.sums.view(np.int32))  # two of its numbers hold one of ours
            counts.append(block.counts)
        self.starts = np.cumsum(np.concatenate(counts))

    def read(self, first: int, last: int) -> Block:
        """The rows first to last."""
        start, stop = int(self.starts[first]), int(self.starts[last])
        sums = self._sums.read(2 * start, 2 * stop).view(np.int64)
        return Block(first, np.diff(self.starts[first : last + 1]), self._j.read(start, stop), sums)


class _Column:
    """An array that grows at its end: in memory while there is room, and then in a temporary file.

    The room is reserved at once and fills up as it is written to. Growing step by step instead would take
    fresh pages again and again, which was measured to cost more than all counting.
    """

    def __init__(self, dtype: np.dtype[Any], room: int):
        self._array, self._size = np.empty(room, dtype), 0
        self._file: TokenFile | None = None

    def has_room(self, more: int) -> bool:
        return self._file is not None or self._size + more <= self._array.size

    def append(self, part: NDArray[Any]) -> None:
        if self._file is not None:
            self._file.append(part.view(np.int32))  # a number of 8 bytes is two of the file's
        else:
            self._array[self._size : self._size + part.size] = part
            self._size += part.size

    def spill(self, file: TokenFile) -> None:
        """From here on use this file, for what is here already too."""
        for start in range(0, self._size, _BLOCK):
            file.append(self._array[start : min(start + _BLOCK, self._size)].view(np.int32))
        self._array, self._file = np.empty(0, self._array.dtype), file

    def array(self) -> NDArray[Any]:
        """All of it, mapped if it is in a file."""
        if self._file is not None:
            return self._file.map().view(self._array.dtype)
        return self._array[: self._size]


def collect(
    blocks: Iterable[Block],
    *,
    dtype: np.dtype[Any],
    unit: float,
    room: int,
    work: str | os.PathLike[str] | None,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[Any]]:
    """i, j and weight of all rows; mapped from temporary files if there are more than `room`.

    Args:
        dtype: of the weights, which are the sums times `unit`.
    """
    columns = i, j, weight = [_Column(np.dtype(kind), room) for kind in (np.int32, np.int32, dtype)]
    with ExitStack() as files:  # a map keeps its file's space, so that the file can be closed
        for block in blocks:
            if not j.has_room(block.j.size):
                for column in columns:
                    column.spill(files.enter_context(TokenFile(work, holds=_HOLDS)))
            rows = np.arange(block.first, block.first + block.counts.size, dtype=np.int32)
            i.append(np.repeat(rows, block.counts))
            j.append(block.j)
            weight.append((block.sums * unit).astype(dtype))
        return i.array(), j.array(), weight.array()
