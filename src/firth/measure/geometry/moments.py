"""Sums, and sums of products of the dimensions, of groups of rows: all that a covariance needs, without each
group too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firth.measure.jackknife import group_count

__all__ = ["MOST_DIMS", "Moments", "moments_of"]

Floats = NDArray[np.float64]
MOST_DIMS = 1024  # beyond, twenty matrices (d, d) and their eigenvalues cost more than an interval is worth
BLOCK = 8192
EPSILON = 2.0**-23  # of float32


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """The moments of rows less their mean, by group.

    Attributes:
        mean: float64, (d,): the mean row.
        counts: float64, (g,): rows of each group.
        sums: float64, (g, d); grams: float64, (g, d, d): of the rows less the mean.
    """

    mean: Floats
    counts: Floats
    sums: Floats
    grams: Floats

    @property
    def groups(self) -> int:
        """Into how many groups the rows were parted: 1 for too many dimensions."""
        return len(self.counts)

    @property
    def dim(self) -> int:
        """How many dimensions there are."""
        return len(self.mean)

    def covariance(self, without: int | None = None) -> Floats:
        """The covariance of all rows, or of those that are not in one group, float64, (d, d)."""
        counts, sums, gram = self.counts.sum(), self.sums.sum(axis=0), self.grams.sum(axis=0)
        if without is not None:
            counts, sums = counts - self.counts[without], sums - self.sums[without]
            gram = gram - self.grams[without]
        centre = sums / counts
        covariance: Floats = gram / counts - np.outer(centre, centre)
        return covariance

    @cached_property
    def variances(self) -> Floats:
        """The eigenvalues of the covariance, falling, float64, (d,); what is mere rounding is 0."""
        return self._variances(None)

    @cached_property
    def left_out(self) -> list[Floats]:
        """The same without each group; none where there is but one."""
        return [self._variances(g) for g in range(self.groups)] if self.groups > 1 else []

    def _variances(self, without: int | None) -> Floats:
        found = np.linalg.eigvalsh(self.covariance(without))[::-1].astype(np.float64)
        least: float = max(float(found[0]) * 1e-12, float(EPSILON * np.abs(self.mean).max()) ** 2)
        return np.where(found > least, found, 0.0)


def moments_of(matrix: NDArray[np.float32]) -> Moments:
    """The moments of the rows of a matrix, float32, (n, d); n and d at least 1. Read in blocks, summed in
    float64.
    """
    n, d = matrix.shape
    groups = group_count(n) if d <= MOST_DIMS else 1
    mean = matrix.mean(axis=0, dtype=np.float64)
    counts, sums, grams = np.zeros(groups), np.zeros((groups, d)), np.zeros((groups, d, d))
    for g in range(groups):
        mine = matrix[g::groups]
        counts[g] = len(mine)
        for first in range(0, len(mine), BLOCK):
            block = mine[first : first + BLOCK].astype(np.float64) - mean
            sums[g] += block.sum(axis=0)
            grams[g] += block.T @ block
    return Moments(mean=mean, counts=counts, sums=sums, grams=grams)
