"""`leakage`: does the place of a row tell how often it was seen?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.geometry.moments import Moments, moments_of
from firth.measure.geometry.norms import lengths_of
from firth.measure.jackknife import Figure, jackknife
from firth.measure.neighbourhoods import Neighbourhoods, neighbourhoods
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["explained", "leakage", "leakage_of"]

Floats = NDArray[np.float64]
DIRECTIONS = 5


def leakage(space: Space, *, k: int | None = None, sample: int | None = 20_000, seed: int = 1) -> Report:
    """How much of the logarithm of the counts shows in the geometry; frequency is rarely what is meant by
    near (Gong et al. 2018, "FRAGE: Frequency-Agnostic Word Representation", NeurIPS).

    Args:
        space: vectors with the column "counts", or a model with such.
        k, sample, seed: of the neighbours, as in `hubness`.

    Returns:
        A report of "frequency_norm", Pearson's correlation of log count with the length of the row;
        "frequency_directions", the share of the variance of log count (R², adjusted for their number) that
        the five leading principal directions explain; and "frequency_neighbours", Pearson's correlation of
        log count with the mean log count of the k nearest. Intervals leave out groups of rows. Rows with a
        count below 1 are left out.

    Raises:
        DataError: there are no counts, or fewer than two usable rows.
        OptionError: k is not smaller than the number of usable rows; the message names the largest.
    """
    points = points_of(space).at_least(2, "frequency leakage")
    if points.vectors.counts is None:
        raise DataError('these vectors have no counts: give Vectors(…, columns={"counts": …})')
    found = neighbourhoods(points, k=k, sample=sample, seed=seed)
    return leakage_of(points, moments_of(points.matrix), found)


def leakage_of(points: Points, moments: Moments, found: Neighbourhoods | None) -> Report:
    """The report of `leakage`, for points with counts; without neighbours, without the last figure."""
    counts = np.asarray(points.vectors.counts)[points.rows].astype(np.float64)
    counted = counts >= 1
    logs = np.log(counts, where=counted, out=np.full(len(counts), np.nan))
    total = len(points.vectors)
    why = "all counts are equal, or there are too few"
    norm = _correlation(lengths_of(points)[counted], logs[counted])
    used = min(DIRECTIONS, moments.dim)
    directions = _directions(points, moments, used)[counted]
    share = jackknife(
        lambda kept: explained(directions[kept], logs[counted][kept]), int(counted.sum()), bounds=(-1.0, 1.0)
    )
    near, asked = _near(found, logs)
    rows = [
        figure_row(
            "leakage",
            "frequency_norm",
            norm,
            n=int(counted.sum()),
            total=total,
            means=f"length goes with frequency: correlation {norm.value:.2f}",
            advice="compare by the cosine, or give rows length 1",
            judged=abs(norm.value),
            why_none=why,
        ),
        figure_row(
            "leakage",
            "frequency_directions",
            share,
            n=int(counted.sum()),
            total=total,
            means=f"the {used} leading directions tell {max(share.value, 0.0):.0%} of how frequent a row is",
            advice="removing the mean and the leading directions often helps",
            why_none=why,
        ),
        figure_row(
            "leakage",
            "frequency_neighbours",
            near,
            n=asked,
            total=total,
            means=f"neighbours are alike in frequency: correlation {near.value:.2f}",
            advice="rows are near because they are equally frequent, not only alike",
            why_none=f"{why}, or most rows have ties for neighbours",
        ),
    ]
    notes = points.notes
    if not counted.all():
        left = int(np.count_nonzero(~counted))
        notes += (f"{left:,} of {len(counted):,} rows have a count below 1 and are left out",)
    return Report(title="Frequency in the geometry", rows=tuple(rows), notes=notes)


def explained(directions: Floats, logs: Floats) -> float:
    """The adjusted R² of a linear fit of logs (n,) by directions (n, p) and a constant; NaN for n < p + 2."""
    n, p = directions.shape
    spread = logs - logs.mean() if n else logs
    squares = float(spread @ spread)
    if n < p + 2 or squares <= 1e-12 * n:
        return math.nan
    design = np.column_stack([directions, np.ones(n)])
    coefficients, _, rank, _ = np.linalg.lstsq(design, spread, rcond=None)
    rest, p = spread - design @ coefficients, int(rank) - 1
    return float(1 - float(rest @ rest) / squares * (n - 1) / (n - p - 1))


def _directions(points: Points, moments: Moments, used: int) -> Floats:
    """The rows along the principal directions of the largest variance, float64, (n, used), each scaled to at
    most 1.
    """
    vectors = np.linalg.eigh(moments.covariance())[1][:, ::-1][:, :used]
    along: Floats = points.matrix @ vectors.astype(np.float32) - moments.mean @ vectors
    largest = np.abs(along).max(axis=0)
    return along / np.where(largest > 0, largest, 1.0)


def _near(found: Neighbourhoods | None, logs: Floats) -> tuple[Figure, int]:
    """The correlation of the asked rows' logs with the mean of their neighbours', and how many have both."""
    if found is None or found.undecided:
        return Figure(math.nan), 0
    around = logs[found.rows]
    there = np.isfinite(around)
    means = np.divide(
        np.where(there, around, 0.0).sum(axis=1),
        there.sum(axis=1),
        where=there.any(axis=1),
        out=np.full(len(around), np.nan),
    )
    own = logs[found.asked]
    both = np.isfinite(own) & np.isfinite(means)
    return _correlation(own[both], means[both]), int(both.sum())


def _correlation(x: Floats, y: Floats) -> Figure:
    """Pearson's correlation with its interval; NaN where one is constant or there are fewer than three."""

    def statistic(kept: NDArray[np.bool_]) -> float:
        a, b = x[kept], y[kept]
        if len(a) < 3:
            return math.nan
        a, b = a - a.mean(), b - b.mean()
        size = math.sqrt(float(a @ a) * float(b @ b))
        least = 1e-12 * len(a) * max(1.0, float(np.abs(x).max())) * max(1.0, float(np.abs(y).max()))
        return float(a @ b) / size if size > least else math.nan

    return jackknife(statistic, len(x), bounds=(-1.0, 1.0))
