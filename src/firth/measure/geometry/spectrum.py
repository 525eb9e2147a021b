"""`spectrum`: how many directions the rows really use."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from firth.measure.geometry.moments import MOST_DIMS, Moments, moments_of
from firth.measure.jackknife import Figure, with_interval
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["effective_rank", "of_variances", "participation_ratio", "spectrum", "spectrum_of"]

Floats = NDArray[np.float64]


def spectrum(space: Space) -> Report:
    """The variance of the rows along each principal direction, and how many directions that amounts to.

    Args:
        space: vectors or a model. Rows are taken as they are, less their mean.

    Returns:
        A report of "effective_rank" (Roy and Vetterli 2007), "participation_ratio" and "leading_direction",
        the share of the variance along the first direction. The shares of all directions, falling, are in
        details["spectrum"]. Intervals leave out groups of rows; there are none for more than 1,024
        dimensions.

    Raises:
        DataError: there are fewer than two usable rows.
    """
    points = points_of(space).at_least(2, "a spectrum")
    return spectrum_of(points, moments_of(points.matrix))


def spectrum_of(points: Points, moments: Moments) -> Report:
    """The report of `spectrum` from moments that are there already."""
    n, d, total = len(points), moments.dim, len(points.vectors)
    rank = of_variances(effective_rank, moments, bounds=(1.0, d))
    ratio = of_variances(participation_ratio, moments, bounds=(1.0, d))
    first = of_variances(leading_share, moments, bounds=(0.0, 1.0))
    least = min(n - 1, d)  # n rows span no more
    why = "the rows are all alike"
    rows = (
        figure_row(
            "spectrum",
            "effective_rank",
            rank,
            n=n,
            total=total,
            means=f"the {d} dimensions are worth {rank.value:.1f} that are used evenly",
            advice="fewer would do: try a smaller dim, or remove the leading directions",
            judged=rank.value / least,
            why_none=why,
        ),
        figure_row(
            "spectrum",
            "participation_ratio",
            ratio,
            n=n,
            total=total,
            means=f"most of the variance lies in about {ratio.value:.1f} of {d} directions",
            advice="few directions decide what is near",
            judged=ratio.value / least,
            why_none=why,
        ),
        figure_row(
            "spectrum",
            "leading_direction",
            first,
            n=n,
            total=total,
            means=f"one direction holds {first.value:.1%} of the variance",
            advice="look what its ends have in common; it is often frequency or length",
            judged=first.value - 1 / least,
            why_none=why,
        ),
    )
    variances = moments.variances
    sum_of = float(variances.sum())
    notes = (
        () if d <= MOST_DIMS else (f"no intervals for the spectrum of more than {MOST_DIMS:,} dimensions",)
    )
    return Report(
        title="Spectrum",
        rows=rows,
        notes=points.notes + notes,
        details={"spectrum": (variances / sum_of if sum_of else variances).tolist()},
    )


def of_variances(
    statistic: Callable[[Floats], float], moments: Moments, *, bounds: tuple[float, float]
) -> Figure:
    """A figure of the variances, float64 (d,), with its interval."""
    left_out = [statistic(variances) for variances in moments.left_out]
    return with_interval(statistic(moments.variances), left_out, bounds=bounds)


def effective_rank(variances: Floats) -> float:
    """exp of the entropy of the singular values' shares (Roy and Vetterli 2007, "The effective rank: a
    measure of effective dimensionality", EUSIPCO): 1 for a line, d where all are equal; NaN where all are 0.
    """
    singular = np.sqrt(variances)
    if not singular.any():
        return float("nan")
    shares = singular[singular > 0] / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def participation_ratio(variances: Floats) -> float:
    """(Σ variance)² / Σ variance²: 1 for a line, d where all are equal; NaN where all are 0."""
    squares = float(variances @ variances)
    return float(variances.sum()) ** 2 / squares if squares > 0 else float("nan")


def leading_share(variances: Floats) -> float:
    """The share of the largest variance; NaN where all are 0."""
    total = float(variances.sum())
    return float(variances[0]) / total if total > 0 else float("nan")
