"""The rows of two spaces as a map is fitted to them: at length 1, and centred, where that is wanted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.neighbours import unit_rows, usable
from firth.vectors import Vectors

__all__ = ["Side", "mean_of", "side_of"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
_BLOCK = 1 << 14


class Side(NamedTuple):
    """One of the two spaces.

    Attributes:
        vectors: the space.
        mean: float32, (d,): the mean of its usable rows, at length 1 if `unit`; zeros if it is not centred.
        unit: whether rows are taken at length 1.
    """

    vectors: Vectors
    mean: Floats
    unit: bool

    def rows(self, at: Any) -> Doubles:
        """Some rows as the map meets them, float64, (m, d)."""
        rows = np.ascontiguousarray(self.vectors.matrix[at])
        rows = unit_rows(rows) if self.unit else rows
        prepared: Doubles = rows.astype(np.float64) - self.mean
        return prepared


def side_of(vectors: Vectors, *, unit: bool, centre: bool) -> Side:
    """A space as it is to be taken."""
    mean = mean_of(vectors.matrix, unit=unit) if centre else np.zeros(vectors.dim, np.float32)
    return Side(vectors, mean, unit)


def mean_of(matrix: Floats, *, unit: bool) -> Floats:
    """The mean of the usable rows of (n, d), at length 1 if `unit`, float32, (d,)."""
    total, count = np.zeros(matrix.shape[1]), 0
    for start in range(0, len(matrix), _BLOCK):
        rows = np.ascontiguousarray(matrix[start : start + _BLOCK])
        good = usable(rows)
        rows = unit_rows(rows) if unit else rows
        total += rows[good].sum(axis=0, dtype=np.float64)
        count += int(np.count_nonzero(good))
    mean: Floats = (total / max(1, count)).astype(np.float32)
    return mean
