"""`norms`: how long the rows are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.measure.jackknife import Figure, jackknife
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["lengths_of", "norms", "norms_of"]

SHOWN = 10


def norms(space: Space) -> Report:
    """How much the lengths of the rows differ, and whether some stand out.

    Args:
        space: vectors or a model.

    Returns:
        A report of "norm_spread", the standard deviation of the lengths over their mean, with an interval
        that leaves out groups of rows; and "longest_norm", the longest over the median, which has none. The
        longest and the shortest rows are named in details["longest"] and details["shortest"], quantiles are
        in details["norm_quantiles"].

    Raises:
        DataError: there is no usable row.
    """
    return norms_of(points_of(space).at_least(1, "a length"))


def norms_of(points: Points) -> Report:
    """The report of `norms`."""
    lengths = lengths_of(points)
    n, total = len(points), len(points.vectors)
    mean, median = float(lengths.mean()), float(np.median(lengths))
    spread = jackknife(lambda kept: _spread(lengths[kept]), n, bounds=(0.0, np.inf))
    longest = Figure(float(lengths.max()) / median if median > 0 else float("nan"))
    unit = bool(np.abs(lengths - 1).max() < 1e-3)
    rows = (
        figure_row(
            "norms",
            "norm_spread",
            spread,
            n=n,
            total=total,
            means="all rows have the length 1"
            if unit
            else f"lengths are {mean:.3g} on average and vary by {spread.value:.0%} of that",
            advice="where length is not meant, compare by the cosine",
            mean=mean,
            median=median,
        ),
        figure_row(
            "norms",
            "longest_norm",
            longest,
            n=n,
            total=total,
            means=f"the longest row is {longest.value:.1f} times as long as the middle one",
            advice="look at the longest rows by name",
            why_none="most rows have the length 0",
        ),
    )
    order = np.argsort(lengths, kind="stable")
    quantiles = np.quantile(lengths, [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]).tolist()
    return Report(
        title="Lengths",
        rows=rows,
        notes=points.notes,
        details={
            "norm_quantiles": dict(zip(("0", "5", "25", "50", "75", "95", "100"), quantiles, strict=True)),
            "longest": _named(points, lengths, order[::-1][:SHOWN]),
            "shortest": _named(points, lengths, order[:SHOWN]),
        },
    )


def lengths_of(points: Points) -> NDArray[np.float64]:
    """The euclidean length of each usable row as it is, float64, (n,)."""
    from firth.kernels.topk import squared_norms

    squares = np.empty(len(points), np.float64)
    squared_norms(points.matrix, squares)
    return np.sqrt(squares)


def _spread(lengths: NDArray[np.float64]) -> float:
    mean = float(lengths.mean())
    return float(lengths.std()) / mean if mean > 0 else float("nan")


def _named(points: Points, lengths: NDArray[np.float64], which: NDArray[np.int64]) -> list[dict[str, object]]:
    return [
        {"id": key, "norm": float(lengths[point])}
        for key, point in zip(points.ids(which), which.tolist(), strict=True)
    ]
