"""`intrinsic`: how many dimensions the rows have where they are, whatever the space has."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from firth.measure.jackknife import Figure, jackknife
from firth.measure.neighbourhoods import Neighbourhoods, neighbourhoods
from firth.measure.points import points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["intrinsic", "intrinsic_of", "mle_dimension", "two_nn"]

Floats = NDArray[np.float64]
LEFT_OUT = 0.1  # the share of the largest ratios that TwoNN leaves out, as its paper does
SAME_PLACE = 1e-6  # of the usual distance to the last neighbour: nearer than float32 can tell apart


def intrinsic(space: Space, *, k: int | None = None, sample: int | None = 20_000, seed: int = 1) -> Report:
    """Two estimates of the intrinsic dimension from the distances to the nearest neighbours.

    Args:
        space: vectors or a model. Distances are euclidean, under the cosine those of the rows at length 1.
        k: neighbours that the MLE looks at; None takes 10, or as many as there are.
        sample: how many rows are asked for their neighbours, as in `hubness`.
        seed: of the sample.

    Returns:
        A report of "twonn" and "mle", with intervals that leave out groups of rows. Rows that have another
        one at their place are left out and counted: their ratio of distances would be infinite.

    Raises:
        OptionError: k is not smaller than the number of usable rows; the message names the largest.
        DataError: there are fewer than two usable rows.
    """
    return intrinsic_of(neighbourhoods(points_of(space), k=k, sample=sample, seed=seed))


def intrinsic_of(found: Neighbourhoods) -> Report:
    """The report of `intrinsic` from neighbours that are there already."""
    distances, d = found.distances, found.points.places.shape[1]
    apart = distances[:, 0] > SAME_PLACE * float(np.median(distances[:, -1]))
    usable = distances[apart]
    n, total = len(usable), len(found.points.vectors)
    why = f"it takes three neighbours of rows at different places; {n:,} rows with {found.k} are there"
    two = _figure(usable, two_nn) if found.k >= 2 else Figure(math.nan)
    mle = _figure(usable, mle_dimension) if found.k >= 3 else Figure(math.nan)
    plain = "near a row, the others fill about {:.1f} of {} dimensions"
    rows = tuple(
        figure_row(
            "intrinsic",
            name,
            figure,
            n=n,
            total=total,
            means=f"{how}: {plain.format(figure.value, d)}",
            advice="they lie on little more than a line",
            judged=figure.value if d > 1 else 2.0,  # a line has one dimension and no more
            why_none=why,
        )
        for name, how, figure in (
            ("twonn", "by the two nearest", two),
            ("mle", f"by the {found.k} nearest", mle),
        )
    )
    notes = found.points.notes + found.notes
    if n < len(apart):
        notes += (
            f"{len(apart) - n:,} of {len(apart):,} rows share their place with another and are left out",
        )
    return Report(title="Intrinsic dimension", rows=rows, notes=notes)


def two_nn(distances: Floats) -> float:
    """TwoNN (Facco et al. 2017, "Estimating the intrinsic dimension of datasets by a minimal neighborhood
    information", Scientific Reports 7).

    The ratio μ of the distances to the second and to the first neighbour has the distribution F(μ) = 1 -
    μ^-d; d is the slope through the origin of -log(1 - F) on log μ over the smallest 90 % of the ratios.

    Args:
        distances: float64, (n, at least 2), rising, positive.

    Returns:
        d, NaN for fewer than three rows or where all ratios are 1.
    """
    n = len(distances)
    if n < 3:
        return math.nan
    ratios = np.sort(np.log(distances[:, 1] / distances[:, 0]))
    kept = max(2, int(n * (1 - LEFT_OUT)))
    kept = min(kept, n - 1)  # F = 1 has no logarithm
    x, y = ratios[:kept], -np.log1p(-np.arange(1, kept + 1) / n)
    squares = float(x @ x)
    return float(x @ y) / squares if squares > 0 else math.nan


def mle_dimension(distances: Floats) -> float:
    """The maximum likelihood estimate of Levina and Bickel 2004, "Maximum Likelihood Estimation of Intrinsic
    Dimension", NIPS, with the inverse estimates of the rows averaged, as MacKay and Ghahramani 2005 correct
    it.

    Args:
        distances: float64, (n, k), k at least 2, rising, positive.

    Returns:
        The dimension, NaN where all neighbours are equally far or there is no row.
    """
    if not len(distances):
        return math.nan
    k = distances.shape[1]
    inverse = float(np.log(distances[:, -1:] / distances[:, :-1]).sum(axis=1).mean()) / (k - 1)
    return 1 / inverse if inverse > 1e-9 else math.nan


def _figure(distances: Floats, estimate: Callable[[Floats], float]) -> Figure:
    return jackknife(lambda kept: estimate(distances[kept]), len(distances), bounds=(0.0, math.inf))
