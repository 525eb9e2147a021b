"""A corpus in segments: the unit of work, of random numbers and of resuming.

Every segment of every epoch has a random stream of its own, made from the seed and its place. So a run can
stop between any two segments and go on later as if it had not, and no thread's luck decides what another
draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Segment", "cut", "stream_seeds"]

_LARGEST = 1 << 17  # tokens; a segment is some 50 ms of work, so that a run can stop soon
_SMALLEST = 1 << 12
_USUAL = 5_000  # the cost of a token at dim 100, window 5 and negative 5


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive tokens of a corpus, cut between sequences where that is possible.

    Attributes:
        start, stop: positions in the flat tokens.
        offsets: int64, positions relative to `start` where its sequences begin, and the end.
    """

    start: int
    stop: int
    offsets: NDArray[np.int64]


def cut(offsets: NDArray[np.int64], *, cost: float = _USUAL) -> list[Segment]:
    """Cut a corpus into segments of like work, at least 64 where it is not tiny, so that several threads
    share it.

    Only a sequence of more than 131,072 tokens is cut itself; its windows end at the cut.

    Args:
        offsets: int64, m + 1 ascending: where each sequence begins, and the end of the last.
        cost: multiplications a token, roughly.
    """
    total = int(offsets[-1])
    size = min(max(total // 64, _SMALLEST), int(max(512, _LARGEST * min(1.0, _USUAL / cost))))
    segments = []
    start = 0
    while start < total:
        last = int(np.searchsorted(offsets, start + size, side="right")) - 1
        stop = int(offsets[last])
        if stop <= start:  # the sequence is longer than that: all of it, if it is not very long
            following = int(offsets[np.searchsorted(offsets, start, side="right")])
            stop = min(following, start + _LARGEST)
        first = int(np.searchsorted(offsets, start, side="right"))
        inner = offsets[first : int(np.searchsorted(offsets, stop, side="left"))]
        bounds = np.concatenate(([start], inner, [stop])) - start
        segments.append(Segment(start, stop, bounds))
        start = stop
    return segments


def stream_seeds(seed: int, epoch: int, segment: int) -> tuple[np.uint64, np.uint64]:
    """Two 64-bit seeds that belong to this segment of this epoch."""
    low, high = np.random.SeedSequence((seed, epoch, segment)).generate_state(2, np.uint64)
    return low, high
