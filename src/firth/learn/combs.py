"""A sparse table in combs: the segments of training on counts, where a segment of a text is a run of tokens.

A comb is every n-th run of consecutive counts (see `firth.kernels.glove`): a sample of the whole table as
even as can be, so that training on one comb after the other is like training in random order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firth.kernels.glove import RUN
from firth.learn.segments import Segment

__all__ = ["Comb", "Combs"]

_LARGEST = 1 << 16  # counts of a comb: some 10 ms of work, so that a run can stop soon
_SMALLEST = 1 << 10  # but for tiny tables, so that several threads can share a small one


@dataclass(frozen=True, slots=True)
class Comb(Segment):
    """One of `step` combs of a table.

    Attributes:
        first: its first run. step: how many runs further its next one is.
    """

    first: int
    step: int


class Combs:
    """All combs of a table, in an order drawn anew for each epoch.

    Args:
        counts: how many counts the table holds.
        seed: of the order.
    """

    def __init__(self, counts: int, *, seed: int):
        self._counts, self._seed = counts, seed
        size = min(_LARGEST, max(_SMALLEST, counts // 64))
        self._runs = -(-counts // RUN)
        self.number = min(self._runs, -(-counts // size))

    @property
    def largest(self) -> int:
        """How many counts the largest comb has at most."""
        return RUN * -(-self._runs // self.number)

    def in_epoch(self, epoch: int) -> list[Segment]:
        """The combs in the order of an epoch."""
        order = np.random.default_rng((self._seed, 0xC0B5, epoch)).permutation(self.number)
        sizes = RUN * -(-(self._runs - order) // self.number)
        sizes[order == (self._runs - 1) % self.number] -= RUN * self._runs - self._counts  # the last run
        stops = np.cumsum(sizes)
        return [
            Comb(stop - size, stop, np.array([0, size], np.int64), first, self.number)
            for first, size, stop in zip(order.tolist(), sizes.tolist(), stops.tolist(), strict=True)
        ]
