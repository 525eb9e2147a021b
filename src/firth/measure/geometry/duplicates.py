"""`duplicates`: rows that say what another row says already."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import proportion_interval
from firth.measure.jackknife import Figure
from firth.measure.neighbourhoods import Neighbourhoods, neighbourhoods
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["duplicates", "duplicates_of", "equal_rows"]

NEAR = 0.1  # of the usual distance to the last neighbour
CHANCE = 0.001
BLOCK = 8192
SHOWN = 20


def duplicates(space: Space, *, sample: int | None = 20_000, seed: int = 1) -> Report:
    """Rows that are equal to another one in every number, and rows that have another one close by.

    Args:
        space: vectors or a model.
        sample: how many rows are asked for their nearest; None asks all. Equal rows are looked for among all.
        seed: of the sample.

    Returns:
        A report of "exact_duplicates", the share of rows that repeat one before, counted and so without an
        interval; and "near_duplicates", the share of rows whose nearest is closer than a tenth of the usual
        distance to the tenth neighbour (less in few dimensions), equal ones among them, with Wilson's (1927)
        interval. Groups of equal ids are in details["duplicates"], the closest pairs of rows that are not
        equal in details["near_duplicates"].

    Raises:
        DataError: there are fewer than two usable rows.
    """
    found = neighbourhoods(points_of(space), k=None, sample=sample, seed=seed)
    return duplicates_of(found.points, found)


def duplicates_of(points: Points, found: Neighbourhoods | None) -> Report:
    """The report of `duplicates`; without neighbours, without near ones."""
    n, total = len(points), len(points.vectors)
    groups = equal_rows(points.matrix)
    repeats = sum(len(group) - 1 for group in groups)
    near, asked, pairs = _near(points, found)
    rows = (
        figure_row(
            "duplicates",
            "exact_duplicates",
            Figure(repeats / n if n else math.nan),
            n=n,
            total=total,
            means=f"{repeats:,} of {n:,} rows repeat another row exactly",
            advice="see whether their ids mean the same, or were never trained",
        ),
        figure_row(
            "duplicates",
            "near_duplicates",
            near,
            n=asked,
            total=total,
            means=f"{near.value:.2%} of the rows have another one right beside them",
            advice="a search will answer with copies",
            why_none="it takes two usable rows",
        ),
    )
    return Report(
        title="Duplicates",
        rows=rows,
        notes=points.notes,
        details={
            "duplicates": [points.ids(group[:SHOWN]) for group in groups[:SHOWN]],
            "near_duplicates": pairs,
        },
    )


def equal_rows(matrix: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Groups of rows of (n, d) that are equal in every number, the largest group first.

    Rows are told apart by a random hash of their bits; those that agree in it are then compared in full.
    """
    n, d = matrix.shape
    odd = np.random.default_rng(0).integers(0, 2**63, d, np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(n, np.uint64)
    for first in range(0, n, BLOCK):
        bits = (matrix[first : first + BLOCK] + np.float32(0)).view(np.uint32)  # -0.0 becomes 0.0
        hashes[first : first + BLOCK] = (bits * odd).sum(axis=1, dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    ends = np.flatnonzero(np.diff(hashes[order])) + 1
    groups = []
    for alike in (part for part in np.split(order, ends) if len(part) > 1):
        _, which = np.unique(matrix[alike] + np.float32(0), axis=0, return_inverse=True)
        groups += [alike[which == w] for w in range(which.max() + 1) if np.count_nonzero(which == w) > 1]
    return sorted(groups, key=lambda group: (-len(group), int(group[0])))


def _near(points: Points, found: Neighbourhoods | None) -> tuple[Figure, int, list[list[Any]]]:
    """The share with another one close by, of how many, and the closest pairs that are not equal."""
    if found is None:
        return Figure(math.nan), 0, []
    nearest = found.distances[:, 0]
    close = nearest <= _reach(found)
    share = Figure(float(close.mean()), *proportion_interval(int(close.sum()), len(close)))
    apart = np.flatnonzero(close & (nearest > 0))
    pairs: dict[tuple[int, ...], list[Any]] = {}
    for q in apart[np.argsort(nearest[apart], kind="stable")]:
        pair = sorted((int(found.asked[q]), int(found.rows[q, 0])))
        pairs.setdefault(tuple(pair), [*points.ids(pair), float(nearest[q])])
        if len(pairs) == SHOWN:
            break
    return share, len(close), list(pairs.values())


def _reach(found: Neighbourhoods) -> float:
    """What is right beside: a tenth of the median distance to the last neighbour.

    In few dimensions less, so that chance puts no more than one row in a thousand there: of rows that fill d
    dimensions evenly, k q^d have their nearest within q of the distance to the k-th.
    """
    dim = found.points.places.shape[1]
    share: float = min(NEAR, (CHANCE / found.k) ** (1 / max(1, dim)))
    return share * float(np.median(found.distances[:, -1]))
