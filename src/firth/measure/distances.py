"""How the distances of pairs of rows in one space go with those in another."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import spearman
from firth.measure.jackknife import group_count, with_interval
from firth.measure.matching import Match
from firth.measure.points import Points
from firth.measure.report import Row
from firth.measure.verdicts import figure_row

__all__ = ["distance_rows", "pairs_among", "without_groups"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
PAIRS = 100_000
BLOCK = 1 << 22  # numbers of the rows that are compared at a time


def distance_rows(both: Match, *, task: str, seed: int) -> list[Row]:
    """Spearman's correlation of the distances, and Kruskal's stress at the best scale.

    All pairs of rows count, or 100,000 drawn at random where there are more. Under the dot product, which is
    no distance, pairs are ordered by it and there is no stress.

    Args:
        both: the same rows in two spaces.
        task: the heading of the rows.
        seed: of the sample of pairs.
    """
    n = len(both)
    left, right = pairs_among(n, most=PAIRS, seed=seed)
    before, after = pair_distances(both.original, left, right), pair_distances(both.space, left, right)
    order, strain = [], []
    for kept in without_groups(left, right, n):
        x, y = before[kept], after[kept]
        order.append(float(spearman(x, y, np.ones((1, len(x))))[0]))
        strain.append(_stress(x, y))
    if "dot" in (both.original.vectors.metric, both.space.vectors.metric):
        strain = [math.nan]
    total = len(both.original.vectors)
    correlation = with_interval(order[0], order[1:], bounds=(-1.0, 1.0))
    stress = with_interval(strain[0], strain[1:], bounds=(0.0, 1.0))
    return [
        figure_row(
            task,
            "spearman",
            correlation,
            n=n,
            total=total,
            means=f"pairs are ordered by distance alike: correlation {correlation.value:.2f}",
            advice="far and near are not to be read off between distant groups",
            why_none="all distances are equal in one of the spaces",
            pairs=len(left),
        ),
        figure_row(
            task,
            "stress",
            stress,
            n=n,
            total=total,
            means=f"distances are wrong by {stress.value:.0%} of their size, at the best scale",
            advice="lengths on this map are not those of the original",
            why_none="all rows are at one place, or the dot product is no distance",
            pairs=len(left),
        ),
    ]


def pairs_among(n: int, *, most: int, seed: int) -> tuple[Rows, Rows]:
    """The two rows of every pair among n, or of `most` pairs drawn at random, each as likely; int64."""
    if n * (n - 1) // 2 <= most:
        left, right = np.triu_indices(n, 1)
        return left.astype(np.int64), right.astype(np.int64)
    random = np.random.default_rng(seed)
    left = random.integers(0, n, most)
    return left, (left + random.integers(1, n, most)) % n


def pair_distances(points: Points, left: Rows, right: Rows) -> Floats:
    """The euclidean distances of pairs of places, minus the product under the dot product; float64, (p,)."""
    found = np.empty(len(left))
    step = max(1, BLOCK // max(1, points.places.shape[1]))
    for first in range(0, len(left), step):
        block = slice(first, first + step)
        a, b = points.places[left[block]].astype(np.float64), points.places[right[block]].astype(np.float64)
        if points.vectors.metric == "dot":
            found[block] = -np.einsum("ij,ij->i", a, b)
        else:
            found[block] = np.sqrt(np.einsum("ij,ij->i", a - b, a - b))
    return found


def without_groups(left: Rows, right: Rows, n: int) -> Iterator[NDArray[np.bool_]]:
    """Which pairs are left: first all, then all but those with a row in each group of the n rows, bool, (p,).

    Where pairs are a sample, this makes the interval somewhat wider than it has to be: a pair is left out
    with both of its rows.
    """
    groups = group_count(n)
    a, b = left % groups, right % groups
    yield np.ones(len(left), np.bool_)
    for g in range(groups):
        yield (a != g) & (b != g)


def _stress(original: Floats, distances: Floats) -> float:
    """√(1 - cos²) of the two lists of distances, which is Kruskal's stress at the scale where it is least."""
    squares = float(original @ original) * float(distances @ distances)
    if not squares > 0:
        return math.nan
    return math.sqrt(max(0.0, 1 - float(original @ distances) ** 2 / squares))
