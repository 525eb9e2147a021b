"""`isotropy`: do the rows point in all directions alike?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firth.measure.geometry.moments import MOST_DIMS, Moments, moments_of
from firth.measure.geometry.spectrum import of_variances, participation_ratio
from firth.measure.jackknife import Figure, group_count, with_interval
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["isoscore", "isotropy", "isotropy_of", "mean_cosine", "partition_isotropy"]

Floats = NDArray[np.float64]
BLOCK = 4096


def isotropy(space: Space) -> Report:
    """Three views on whether all directions are used alike.

    Args:
        space: vectors or a model.

    Returns:
        A report of "mean_cosine" over all pairs of rows, 0 in a space without a favourite direction;
        "isoscore" of the covariance, 0 to 1; and "partition_isotropy" of Mu and Viswanath, 0 to 1. Intervals
        leave out groups of rows.

    Raises:
        DataError: there are fewer than two usable rows.
    """
    points = points_of(space).at_least(2, "isotropy")
    return isotropy_of(points, moments_of(points.matrix))


def isotropy_of(points: Points, moments: Moments) -> Report:
    """The report of `isotropy` from moments that are there already."""
    n, total, d = len(points), len(points.vectors), moments.dim
    cosine, directed = mean_cosine(points)
    score = of_variances(isoscore, moments, bounds=(0.0, 1.0))
    partition = partition_isotropy(points.matrix, moments)
    rows = (
        figure_row(
            "isotropy",
            "mean_cosine",
            cosine,
            n=directed,
            total=total,
            means=f"two rows at random have the cosine {cosine.value:.2f} on average",
            advice="all vectors point the same way: subtract the mean row",
            judged=abs(cosine.value),
        ),
        figure_row(
            "isotropy",
            "isoscore",
            score,
            n=n,
            total=total,
            means=f"the variance is spread over the directions to {score.value:.0%}",
            advice="a few directions hold most of it: remove the mean and the leading directions",
            why_none="one dimension, or all rows are alike" if d == 1 else "all rows are alike",
        ),
        figure_row(
            "isotropy",
            "partition_isotropy",
            partition,
            n=n,
            total=total,
            means=f"the emptiest direction holds {partition.value:.0%} of what the fullest does",
            advice="long rows or a common direction dominate: subtract the mean row, or give rows length 1",
        ),
    )
    notes = () if d <= MOST_DIMS else (f"no interval for the IsoScore of more than {MOST_DIMS:,} dimensions",)
    return Report(title="Isotropy", rows=rows, notes=points.notes + notes)


def mean_cosine(points: Points) -> tuple[Figure, int]:
    """The mean cosine of all pairs of different rows, and how many rows have a direction.

    No pair is looked at: the sum over pairs is the squared length of the sum of the unit rows, less the
    rows with themselves.
    """
    from firth.neighbours import unit_rows

    cosine = points.vectors.metric == "cosine"
    groups = group_count(len(points))
    sums, own, counts = np.zeros((groups, points.places.shape[1])), np.zeros(groups), np.zeros(groups)
    for g in range(groups):
        mine = points.places[g::groups]
        for first in range(0, len(mine), BLOCK):
            block = mine[first : first + BLOCK]
            unit = (block if cosine else unit_rows(np.ascontiguousarray(block))).astype(np.float64)
            squares = np.einsum("ij,ij->i", unit, unit)
            sums[g] += unit.sum(axis=0)
            own[g] += squares.sum()
            counts[g] += np.count_nonzero(squares)

    def figure(kept: NDArray[np.bool_]) -> float:
        n, both = counts[kept].sum(), sums[kept].sum(axis=0)
        return float((both @ both - own[kept].sum()) / (n * (n - 1))) if n > 1 else math.nan

    every = np.arange(groups)
    left_out = [figure(every != g) for g in range(groups)] if groups > 1 else []
    found = with_interval(figure(every >= 0), left_out, bounds=(-1.0, 1.0))
    return found, int(counts.sum())


def isoscore(variances: Floats) -> float:
    """IsoScore of the variances along the principal directions (Rudman et al. 2022, "IsoScore: Measuring the
    Uniformity of Embedding Space Utilization", Findings of ACL, algorithm 1): 0 for a line, 1 where all are
    equal, NaN for one dimension or where all are 0.

    Its steps (scaling the variances to the length √d, their distance from all ones, and two rescalings)
    cancel to (participation ratio - 1) / (d - 1).
    """
    d = len(variances)
    return (participation_ratio(variances) - 1) / (d - 1) if d > 1 else math.nan


def partition_isotropy(matrix: NDArray[np.float32], moments: Moments) -> Figure:
    """min F(a) / max F(a) for F(a) = Σ exp(a·row) over the eigenvectors a of the rows' sums of products (Mu
    and Viswanath 2018, "All-but-the-Top: Simple and Effective Postprocessing for Word Representations", ICLR,
    section 2.3).

    Each eigenvector counts with both of its signs, which are arbitrary. Sums are kept as logarithms, so that
    long rows do not overflow. The interval leaves out groups of rows under the same eigenvectors.

    Args:
        matrix: float32, (n, d), finite.
        moments: of the matrix.
    """
    raw = moments.covariance() + np.outer(moments.mean, moments.mean)
    directions = np.linalg.eigh(raw)[1]
    groups = group_count(len(matrix))
    logs = np.full((groups, 2, moments.dim), -np.inf)
    for g in range(groups):
        mine = matrix[g::groups]
        for first in range(0, len(mine), BLOCK):
            along = mine[first : first + BLOCK].astype(np.float64) @ directions
            for side, products in enumerate((along, -along)):
                logs[g, side] = np.logaddexp(logs[g, side], _log_sum(products))

    def figure(some: Floats) -> float:
        both = np.logaddexp.reduce(some, axis=0)
        return math.exp(both.min() - both.max())

    left_out = [figure(np.delete(logs, g, axis=0)) for g in range(groups)] if groups > 1 else []
    return with_interval(figure(logs), left_out, bounds=(0.0, 1.0))


def _log_sum(products: Floats) -> Floats:
    """log Σ exp over the rows of (b, d), (d,)."""
    top = products.max(axis=0)
    logs: Floats = top + np.log(np.exp(products - top).sum(axis=0))
    return logs
