"""`health`: rows and dimensions that hold nothing."""

from __future__ import annotations

import numpy as np

from firth.measure.jackknife import Figure
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["health", "health_of"]

SHOWN = 50


def health(space: Space) -> Report:
    """Rows that are not finite, rows of zeros, and dimensions in which all rows are alike.

    Args:
        space: vectors or a model.

    Returns:
        A report of "not_finite", "zero_rows" and "dead_dimensions", each a share. They are counted over all
        rows, so that nothing is estimated and there is no interval. The first ids are in
        details["not_finite"] and details["zero_rows"], the dimensions in details["dead_dimensions"].
    """
    return health_of(points_of(space))


def health_of(points: Points) -> Report:
    """The report of `health`."""
    vectors = points.vectors
    n, dim = len(vectors), vectors.dim
    matrix = points.matrix
    dead = np.flatnonzero(matrix.min(axis=0) == matrix.max(axis=0)) if len(points) > 1 else np.arange(0)
    rows = (
        figure_row(
            "health",
            "not_finite",
            Figure(len(points.not_finite) / n if n else float("nan")),
            n=n,
            total=n,
            means=f"{len(points.not_finite):,} of {n:,} rows hold NaN or infinity",
            advice="leave them out, or train again with a smaller rate",
            why_none="there is no row",
        ),
        figure_row(
            "health",
            "zero_rows",
            Figure(len(points.zero) / n if n else float("nan")),
            n=n,
            total=n,
            means=f"{len(points.zero):,} of {n:,} rows are only zeros",
            advice="they are near nothing and near everything: leave them out",
            why_none="there is no row",
        ),
        figure_row(
            "health",
            "dead_dimensions",
            Figure(len(dead) / dim if dim and len(points) > 1 else float("nan")),
            n=dim,
            total=dim,
            means=f"{len(dead):,} of {dim:,} dimensions are the same in all rows",
            advice="they say nothing and cost memory: drop them",
            why_none="it takes two usable rows",
        ),
    )
    return Report(
        title="Health",
        rows=rows,
        notes=points.notes,
        details={
            "not_finite": [vectors.ids[int(row)] for row in points.not_finite[:SHOWN]],
            "zero_rows": [vectors.ids[int(row)] for row in points.zero[:SHOWN]],
            "dead_dimensions": dead.tolist(),
        },
    )
