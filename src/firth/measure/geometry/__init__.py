"""Geometry: what can be said of vectors with no labels at all.

Each part is a function of its own (`norms`, `isotropy`, `spectrum`, `hubness`, `intrinsic`, `leakage`,
`duplicates`, `health`); `geometry` puts them together and looks for the neighbours only once.

>>> import numpy as np, firth
>>> from firth.measure.geometry import geometry
>>> random = np.random.default_rng(0)
>>> report = geometry(firth.Vectors(range(500), random.standard_normal((500, 20)) + 1))
>>> print(report["mean_cosine"].extra["meaning"])
two rows at random have the cosine 0.50 on average; all vectors point the same way: subtract the mean row
"""

from __future__ import annotations

from firth.measure.geometry.duplicates import duplicates, duplicates_of
from firth.measure.geometry.health import health, health_of
from firth.measure.geometry.hubness import hubness, hubness_of
from firth.measure.geometry.intrinsic import intrinsic, intrinsic_of
from firth.measure.geometry.isotropy import isotropy, isotropy_of
from firth.measure.geometry.leakage import leakage, leakage_of
from firth.measure.geometry.moments import moments_of
from firth.measure.geometry.norms import norms, norms_of
from firth.measure.geometry.spectrum import spectrum, spectrum_of
from firth.measure.neighbourhoods import check_k, neighbourhoods, sample_of
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import CONVENTIONS

__all__ = [
    "CONVENTIONS",
    "duplicates",
    "geometry",
    "health",
    "hubness",
    "intrinsic",
    "isotropy",
    "leakage",
    "norms",
    "spectrum",
]


def geometry(space: Space, *, k: int | None = None, sample: int | None = 20_000, seed: int = 1) -> Report:
    """All that can be said of a space without labels: one row a figure, with its meaning in plain words.

    Args:
        space: vectors or a model, whoever trained them.
        k: neighbours of each row; None takes 10, or as many as there are.
        sample: how many rows are asked for their neighbours, at random; None asks all; so does a sample of
            half the rows or more. The neighbours are exact either way.
        seed: of the sample.

    Returns:
        A report. `row.task` is the part ("health", "norms", "isotropy", "spectrum", "hubness", "intrinsic",
        "leakage", "duplicates"), `row.extra["meaning"]` one sentence, and `row.extra["verdict"]` "good",
        "look at this" or "bad" by the conventions of docs/geometry.md. What could not be measured is a note,
        or a row whose value is NaN and whose verdict "not measured". The details hold the spectrum, the
        histogram of the k-occurrence, and the ids that stand out.

    Raises:
        OptionError: k is not smaller than the number of usable rows; the message names the largest.
    """
    points = points_of(space)
    n = len(points)
    check_k(k, n)
    sample_of(n, sample, seed=seed)
    parts = [health_of(points)]
    if n >= 2:
        parts += _parts(points, k, sample, seed)
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    if n < 2:
        notes.append(f"{n} of {len(points.vectors):,} rows can be used; all but health takes at least two")
    elif points.vectors.counts is None:
        notes.append('frequency leakage is not measured: there is no column "counts"')
    vectors = points.vectors
    return Report(
        title=f"Geometry of {len(vectors):,} rows, dim {vectors.dim}, {vectors.metric}",
        rows=tuple(row for part in parts for row in part.rows),
        columns=("verdict",),
        notes=tuple(notes),
        details={name: value for part in parts for name, value in part.details.items()},
    )


def _parts(points: Points, k: int | None, sample: int | None, seed: int) -> list[Report]:
    """The reports that take two rows; the neighbours serve four of them."""
    moments = moments_of(points.matrix)
    found = neighbourhoods(points, k=k, sample=sample, seed=seed)
    parts = [
        norms_of(points),
        isotropy_of(points, moments),
        spectrum_of(points, moments),
        hubness_of(found),
        intrinsic_of(found),
        duplicates_of(points, found),
    ]
    if points.vectors.counts is not None:
        parts.append(leakage_of(points, moments, found))
    return parts
