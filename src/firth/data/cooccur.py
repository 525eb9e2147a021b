"""`cooccur`: Sequences to Edges: how often, and how near, each word stands by each other one.

The corpus is counted in parts that fit into the memory allowed, each of them row by row (see
`firth.kernels.cooccur`). If it takes several parts, the table of each goes to temporary files, and the tables
are added up, again row by row, at the end. In either case the rows come in order, so that the edges are
written to their files as they come and nothing is sorted.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray

from firth.data.edges import Edges
from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.data.tokenfile import TokenFile
from firth.errors import DataError, OptionError
from firth.kernels import cooccur as kernels
from firth.options import check_flag, check_whole
from firth.run import Run

__all__ = ["Weighting", "cooccur"]

Weighting = Literal["harmonic", "linear", "flat"]

_FRACTION = (
    32  # bits after the binary point of a sum, unless the corpus is so large that it needs them before
)
_IN_MEMORY = 1 << 22  # tables of up to so many edges, 48 MB, are kept in memory and not in a file
_BLOCK = 1 << 20  # at most so many edges are made at a time, by each thread
_ENTRY = 12  # bytes of an edge on its way: j and the sum
_HOLDS = "co-occurrence counts"


def cooccur(
    sequences: Sequences,
    *,
    window: int = 10,
    weighting: Weighting = "harmonic",
    symmetric: bool = True,
    dtype: DTypeLike = np.float32,
    memory: int = 1 << 30,
    work: str | os.PathLike[str] | None = None,
    threads: int | None = None,
) -> Edges:
    """Count which words stand near which, and how near.

    >>> edges = cooccur(Sequences.of([["to", "be", "or", "not", "to", "be"]]), window=2)
    >>> edges
    Edges(12 of 4 × 4)

    Args:
        sequences: the text; no pair reaches from one sequence into another.
        window: how many words to each side are near.
        weighting: what a pair at distance d adds: "harmonic" 1 / d (Pennington et al. 2014), "linear"
            (window - d + 1) / window, which is what a window drawn from 1 to `window` adds on average, "flat"
            1.
        symmetric: count the words on both sides of a word; False counts those before it only, so that j is
            before i.
        dtype: of the weights, float32 or float64.
        memory: bytes that counting may take besides the edges. With less, a corpus is counted in more parts,
            which go through temporary files.
        work: the folder of the temporary files; None for the system's.
        threads: how many threads count; None for every core. Neither they nor `memory` change a bit of the
            result.

    Returns:
        Edges of the vocabulary with itself, sorted by i and j. More than 48 MB of them stay in a temporary
        file, mapped, which goes when they do. `report` says what was counted.

    Raises:
        DataError: no word has company, the work folder is full, or the sequences were closed.
        OptionError: an option is outside its range, or `memory` too little for this vocabulary.
    """
    window = check_whole("window", window, 1, 1_000)
    if weighting not in get_args(Weighting):
        raise OptionError(f"weighting is 'harmonic', 'linear' or 'flat', not {weighting!r}")
    check_flag("symmetric", symmetric)
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise OptionError(f"dtype is float32 or float64, not {np.dtype(dtype)}")
    check_whole("memory", memory, 1, 2**63 - 1)
    workers = Run(threads=threads).worker_count
    pairs = _pairs(np.diff(sequences.offsets), window) * (1 + symmetric)
    if not pairs:
        raise DataError("no word has company: every sequence holds one token; give several tokens a line")

    fraction = _fraction(sequences, window)
    steps = np.round(2.0**fraction * _weights(weighting, window)).astype(np.int64)
    plan = _plan(len(sequences.vocabulary), memory, workers)
    parts = _cut(sequences.offsets, plan.tokens)
    counter = _Counter(len(sequences.vocabulary), steps, both=symmetric, plan=plan, threads=workers)
    with ExitStack() as files:
        if len(parts) == 1:
            blocks = counter.count(sequences, *parts[0])
        else:
            tables = [_Table(counter.count(sequences, *part), work, files) for part in parts]
            blocks = counter.merge(tables)
        i, j, weight = _collect(blocks, work, np.dtype(dtype), 2.0**-fraction)
    report: dict[str, Any] = {"window": window, "weighting": weighting, "symmetric": symmetric}
    report |= {"pairs": pairs, "edges": int(i.size), "parts": len(parts)}
    report["data"] = dict(sequences.report)
    return Edges(i, j, weight, left=sequences.vocabulary, report=report)


# --- what a pair weighs, and how many there are


def _weights(weighting: Weighting, window: int) -> NDArray[np.float64]:
    """The weight of a pair at distance 1, 2, …, window."""
    distance = np.arange(1, window + 1)
    if weighting == "harmonic":
        return 1 / distance
    if weighting == "linear":
        return (window - distance + 1) / window
    return np.ones(window)


def _pairs(lengths: NDArray[np.int64], window: int) -> int:
    """How many pairs of places in a sequence are at most `window` apart."""
    short = np.minimum(lengths, window + 1)  # of its first window + 1 tokens each reaches all before it
    return int((short * (short - 1) // 2 + (lengths - short) * window).sum())


def _fraction(sequences: Sequences, window: int) -> int:
    """How many bits after the binary point a sum in 63 bits may have, so that none can overflow."""
    most = 2 * window * int(sequences.vocabulary.counts.max())
    return min(_FRACTION, 62 - most.bit_length())


# --- the plan: what fits into the memory allowed


class _Plan(NamedTuple):
    """tokens: of a part of the corpus, and separators. entries: of a block of rows."""

    tokens: int
    entries: int


def _plan(vocabulary: int, memory: int, threads: int) -> _Plan:
    """Share out the memory: dense rows, blocks that wait their turn, and the rest to the text and its index.

    Raises:
        OptionError: it is too little to count a row.
    """
    dense, waiting = threads * (9 * vocabulary), 3 * threads + 1
    least = dense + waiting * _ENTRY * (vocabulary + 1) + (1 << 16)
    if memory < least:
        raise OptionError(
            f"memory={memory:,} is too little to count {vocabulary:,} words on {threads} threads; "
            f"it takes {least:,} bytes at least"
        )
    entries = min(_BLOCK + vocabulary + 1, max(vocabulary + 1, (memory - dense) // 4 // (waiting * _ENTRY)))
    left = memory - dense - waiting * _ENTRY * entries
    return _Plan(tokens=min(left // 8, 2**31 - 32), entries=entries)


def _cut(offsets: NDArray[np.int64], size: int) -> list[tuple[int, int]]:
    """(first, last) sequence of parts of at most `size` tokens and separators, and one sequence at least."""
    ends = offsets + np.arange(offsets.size)
    parts, first = [], 0
    while first < ends.size - 1:
        last = max(first + 1, int(np.searchsorted(ends, ends[first] + size, side="right")) - 1)
        parts.append((first, last))
        first = last
    return parts


# --- counting


class _Block(NamedTuple):
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


class _Counter:
    """Counts parts of a corpus, and adds up their tables, on several threads."""

    def __init__(self, vocabulary: int, steps: NDArray[np.int64], *, both: bool, plan: _Plan, threads: int):
        self._vocabulary, self._steps, self._both = vocabulary, steps, both
        self._plan, self._threads = plan, threads
        self._own = threading.local()

    def count(self, sequences: Sequences, first: int, last: int) -> Iterator[_Block]:
        """The rows of these sequences, in blocks."""
        offsets = sequences.offsets[first : last + 1]
        tokens = sequences.slice(int(offsets[0]), int(offsets[-1]))
        size = tokens.size + offsets.size
        text = np.empty(-(-size // kernels.LINE) * kernels.LINE, np.int32)
        kernels.separate(tokens, offsets - offsets[0], text)
        positions = np.empty(tokens.size, np.int32)
        del tokens
        starts = np.empty(self._vocabulary + 1, np.int64)
        kernels.index_text(text, starts, positions)

        def count_block(rows: tuple[int, int]) -> _Block:
            own, counts = self._scratch(), np.empty(rows[1] - rows[0], np.int64)
            n = kernels.count_rows(
                text, starts, positions, *rows, self._steps, self._both, own.row, own.marks, counts, own.j,
                own.sums,
            )  # fmt: skip
            return _Block(rows[0], counts, own.j[:n].copy(), own.sums[:n].copy())

        reach = self._steps.size * (1 + self._both)
        yield from ordered_map(count_block, self._blocks(np.diff(starts) * reach), threads=self._threads)

    def merge(self, tables: list[_Table]) -> Iterator[_Block]:
        """The sums of the rows of several tables, in blocks."""

        def add_block(rows: tuple[int, int]) -> _Block:
            own, counts = self._scratch(), np.empty(rows[1] - rows[0], np.int64)
            parts = [table.read(*rows) for table in tables]
            n = kernels.add_rows(
                np.stack([part.counts for part in parts]),
                np.concatenate([part.j for part in parts]),
                np.concatenate([part.sums for part in parts]),
                own.row, own.marks, counts, own.j, own.sums,
            )  # fmt: skip
            return _Block(rows[0], counts, own.j[:n].copy(), own.sums[:n].copy())

        most = np.sum([np.diff(table.starts) for table in tables], axis=0)
        yield from ordered_map(add_block, self._blocks(most), threads=self._threads)

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


class _Table:
    """The counts of a part of the corpus, in temporary files that `files` closes."""

    def __init__(
        self, blocks: Iterable[_Block], work: str | os.PathLike[str] | None, files: ExitStack
    ) -> None:
        self._j = files.enter_context(TokenFile(work, holds=_HOLDS))
        self._sums = files.enter_context(TokenFile(work, holds=_HOLDS))
        counts = [np.zeros(1, np.int64)]
        for block in blocks:
            self._j.append(block.j)
            self._sums.append(block.sums.view(np.int32))  # two of its numbers hold one of ours
            counts.append(block.counts)
        self.starts = np.cumsum(np.concatenate(counts))

    def read(self, first: int, last: int) -> _Block:
        """The rows first to last."""
        start, stop = int(self.starts[first]), int(self.starts[last])
        sums = self._sums.read(2 * start, 2 * stop).view(np.int64)
        return _Block(first, np.diff(self.starts[first : last + 1]), self._j.read(start, stop), sums)


def _collect(
    blocks: Iterable[_Block], work: str | os.PathLike[str] | None, dtype: np.dtype[Any], unit: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[Any]]:
    """i, j and weight of all rows: through files, so that no array has to grow and move."""
    with (
        TokenFile(work, holds=_HOLDS) as i,
        TokenFile(work, holds=_HOLDS) as j,
        TokenFile(work, holds=_HOLDS) as w,
    ):
        for block in blocks:
            rows = np.arange(block.first, block.first + block.counts.size, dtype=np.int32)
            i.append(np.repeat(rows, block.counts))
            j.append(block.j)
            w.append((block.sums * unit).astype(dtype).view(np.int32))
        small = len(i) <= _IN_MEMORY
        arrays = [file.read(0, len(file)) if small else file.map() for file in (i, j, w)]
    return arrays[0], arrays[1], arrays[2].view(dtype)
