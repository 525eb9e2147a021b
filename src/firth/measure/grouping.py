"""`Grouping`: what the items of a resample weigh, group by group; and `Prepared`, what one sort serves for.

A statistic is asked for thousands of resamples in blocks, each time with the same values. Sorting them is
done once; a resample is then sums over the sorted items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats

__all__ = ["Grouping", "Prepared", "grouping"]

T = TypeVar("T")


class Grouping(NamedTuple):
    """Items sorted by their group.

    Attributes:
        keys: the group's number or value, ascending, (g,).
        order: the items, int64, (n,), those of the first group first.
        starts: where each group begins in `order`, int64, (g,).
    """

    keys: NDArray[Any]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    def sums(self, weights: Floats) -> Floats:
        """The weight of each group, (m, g), under each row of weights (m, n)."""
        sorted_weights = weights[:, self.order]
        if self.starts.size == self.order.size:  # groups of one, where reduceat would take its time
            return sorted_weights
        sums: Floats = np.add.reduceat(sorted_weights, self.starts, axis=1)
        return sums


def grouping(codes: NDArray[Any]) -> Grouping:
    """Group the items by their codes, (n,)."""
    order = np.argsort(codes, kind="stable")
    ascending = codes[order]
    first = np.ones(codes.size, np.bool_)
    first[1:] = ascending[1:] != ascending[:-1]
    starts = np.flatnonzero(first)
    return Grouping(ascending[starts], order, starts)


class Prepared(Generic[T]):
    """A function of the values and the items of a statistic, whose last result is kept.

    Values are compared, not taken on trust: a paired test may swap those of two spaces between two calls.
    """

    def __init__(self, function: Callable[[Floats, NDArray[np.int64]], T]):
        self._function = function
        self._last: tuple[Floats, NDArray[np.int64], T] | None = None

    def __call__(self, values: Floats, items: NDArray[np.int64]) -> T:
        """The result for values (k,) or (k, s) of the items with these numbers (k,)."""
        last = self._last
        if last is not None and np.array_equal(values, last[0]) and np.array_equal(items, last[1]):
            return last[2]
        found = self._function(values, items)
        self._last = (values, items, found)
        return found
