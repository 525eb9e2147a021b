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

Rows = NDArray[np.int64]
NEAR = 0.1  # of the usual distance to the last neighbour
CHANCE = 0.001
BLOCK = 8192
SHOWN = 20


def duplicates(space: Space, *, sample: int | None = 20_000, seed: int = 1) -> Report:
    """Rows that are equal to another one in every number, and rows that have another one close by.

    Args:
        space: vectors or a model.
        sample: how many rows are asked for their nearest, as in `hubness`; equal ones are looked for among
            all.
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


def equal_rows(matrix: NDArray[np.float32]) -> list[Rows]:
    """Groups of rows of (n, d) that are equal in every number, the largest group first.

    Rows are told apart by a random hash of their bits; those that agree in it are then compared in full, each
    with the next. Only where those differ, which takes a collision of hashes, are groups made anew.
    """
    n, d = matrix.shape
    odd = np.random.default_rng(0).integers(0, 2**63, d, np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(n, np.uint64)
    for first in range(0, n, BLOCK):
        bits = (matrix[first : first + BLOCK] + np.float32(0)).view(np.uint32)  # -0.0 becomes 0.0
        hashes[first : first + BLOCK] = (bits * odd).sum(axis=1, dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    agrees = np.diff(hashes[order]) == 0
    collides = _unequal(matrix, order, np.flatnonzero(agrees))
    bounds = np.concatenate(([0], np.flatnonzero(~agrees) + 1, [n]))
    groups = []
    for i in np.flatnonzero(np.diff(bounds) > 1):
        first, end = int(bounds[i]), int(bounds[i + 1])
        groups += _split(matrix, order[first:end]) if collides[first:end].any() else [order[first:end]]
    return sorted(groups, key=lambda group: (-len(group), int(group[0])))


def _unequal(matrix: NDArray[np.float32], order: Rows, places: Rows) -> NDArray[np.bool_]:
    """Which rows differ from the next in the order, of those at the places; bool, (n,)."""
    unequal = np.zeros(len(order), np.bool_)
    for first in range(0, len(places), BLOCK):
        block = places[first : first + BLOCK]
        unequal[block] = (matrix[order[block]] != matrix[order[block + 1]]).any(axis=1)
    return unequal


def _split(matrix: NDArray[np.float32], rows: Rows) -> list[Rows]:
    """The groups of equal rows among some."""
    _, which = np.unique(matrix[rows] + np.float32(0), axis=0, return_inverse=True)
    groups = [rows[which == w] for w in range(which.max() + 1)]
    return [group for group in groups if len(group) > 1]


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
