"""`cooccur`: Sequences to Edges: how often, and how near, each word stands by each other one.

The corpus is counted in parts that fit into the memory allowed, each of them row by row (see
`firth.kernels.cooccur`). If it takes several parts, the table of each goes to temporary files, and the tables
are added up, again row by row, at the end. In either case the rows come in order, so that the edges are
collected as they come and nothing is sorted.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray

from firth.data.cooccurrows import Counter, Plan, Table, collect
from firth.data.edges import Edges
from firth.data.sequences import Sequences
from firth.errors import DataError, OptionError
from firth.options import check_flag, check_whole
from firth.run import Run

__all__ = ["Weighting", "cooccur"]

Weighting = Literal["harmonic", "linear", "flat"]

# Bits after the binary point of a sum, unless the corpus is so large that it needs them before.
_FRACTION = 32


def cooccur(
    sequences: Sequences,
    *,
    window: int = 10,
    weighting: Weighting = "harmonic",
    symmetric: bool = True,
    dtype: DTypeLike = np.float32,
    memory: int | None = None,
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
        memory: bytes that counting may take, and as many again for the edges. A corpus that takes more is
            counted in parts, which go through temporary files; edges that take more stay in one. None for
            1 GiB, or for a vocabulary of many millions what it needs.
        work: the folder of the temporary files; None for the system's.
        threads: how many threads count, or fewer if the memory is too little for all; None for every core.
            Neither they nor `memory` change a bit of the result.

    Returns:
        Edges of the vocabulary with itself, sorted by i and j. Those that stay in a temporary file are mapped
        from it, and it goes when they do. `report` says what was counted.

    Raises:
        DataError: these are no sequences, no word has company, the work folder is full, or the sequences
            were closed.
        OptionError: an option is outside its range, or `memory` too little for this vocabulary.
    """
    if not isinstance(sequences, Sequences):
        raise DataError(
            f"cooccur counts Sequences, not {type(sequences).__name__}; firth.read_text makes them of text"
        )
    window = check_whole("window", window, 1, 1_000)
    if weighting not in get_args(Weighting):
        raise OptionError(f"weighting is 'harmonic', 'linear' or 'flat', not {weighting!r}")
    check_flag("symmetric", symmetric)
    kind = _float(dtype)
    if memory is not None:
        check_whole("memory", memory, 1, 2**63 - 1)
    workers = Run(threads=threads).worker_count
    pairs = _pairs(np.diff(sequences.offsets), window) * (1 + symmetric)
    if not pairs:
        raise DataError("no word has company: every sequence holds one token; give several tokens a line")

    fraction = _fraction(sequences, window)
    steps = np.round(2.0**fraction * _weights(weighting, window)).astype(np.int64)
    vocabulary = len(sequences.vocabulary)
    plan = Plan.within(memory, vocabulary=vocabulary, threads=workers)
    parts = plan.cut(sequences.offsets)
    counter = Counter(vocabulary, steps, both=symmetric, plan=plan)
    with ExitStack() as files:
        if len(parts) == 1:
            blocks = counter.count(sequences, *parts[0])
        else:
            blocks = counter.merge([Table(counter.count(sequences, *part), work, files) for part in parts])
        room = min(pairs, vocabulary**2, plan.memory // (8 + kind.itemsize))
        i, j, weight = collect(blocks, dtype=kind, unit=2.0**-fraction, room=room, work=work)
    report: dict[str, Any] = {"window": window, "weighting": weighting, "symmetric": symmetric}
    report |= {"pairs": pairs, "edges": int(i.size), "parts": len(parts)}
    report["data"] = dict(sequences.report)
    return Edges(i, j, weight, left=sequences.vocabulary, report=report)


# --- what a pair weighs, and how many there are


def _float(dtype: DTypeLike) -> np.dtype[Any]:
    """float32 or float64. Raises OptionError."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind not in (np.float32, np.float64):
        raise OptionError(f"dtype is float32 or float64, not {dtype!r}")
    return kind


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
