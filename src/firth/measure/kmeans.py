"""k-means on NumPy alone: k-means++ seeds, Lloyd's steps as products of matrices in blocks.

Lloyd 1982, "Least squares quantization in PCM"; Arthur and Vassilvitskii 2007, "k-means++", whose greedy form
draws several candidates for each centroid and keeps the best; Dhillon and Modha 2001 for the spherical form.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.measure.products import by_few

__all__ = ["Clustering", "kmeans"]

BLOCK = 1 << 18  # products at a time: 1 MB of float32, which stays in the second-level cache
STILL = 1e-4  # of the mean variance: centroids that moved less than this are where they stay
ROUNDING = 2.0**-24
LARGE = 1e15  # values whose squares, summed, float32 may not hold

Points = NDArray[np.float32]


class Clustering(NamedTuple):
    """What k-means found.

    Attributes:
        clusters: the cluster of each point, int64, (n,).
        centroids: float32, (k, d); fewer than k where there are not k different points.
        inertia: the sum of the squared distances of the points to their centroids.
        steps: how often the centroids moved.
        settled: whether they came to rest within the steps there were.
        reseeded: how often a cluster lost its last point and began again at the point farthest from its own.
    """

    clusters: NDArray[np.int64]
    centroids: Points
    inertia: float
    steps: int
    settled: bool
    reseeded: int


def kmeans(
    points: Points, k: int, *, seed: int | tuple[int, ...], spherical: bool = False, steps: int = 300
) -> Clustering:
    """Find k clusters of points.

    >>> import numpy as np
    >>> points = np.float32([[0, 0], [0, 1], [9, 9], [9, 8]])
    >>> kmeans(points, 2, seed=1).clusters.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True

    Args:
        points: float32, (n, d), finite; of length 1 where `spherical` is set.
        k: how many clusters, 1 to n.
        seed: of the first centroids.
        spherical: keep the centroids at length 1.
        steps: how often the centroids may move.

    Raises:
        OptionError: there are more clusters than points.
    """
    if not 1 <= k <= len(points):
        raise OptionError(
            f"k is a number of clusters from 1 to the {len(points):,} points there are, not {k}"
        )
    # Distances are differences of squares, which lose everything where the points lie far from the origin and
    # near each other. Moved to their middle they keep their distances; directions would not.
    size = float(np.abs(points).max())
    if size > LARGE:
        found = kmeans(points / np.float32(size), k, seed=seed, spherical=spherical, steps=steps)
        return found._replace(centroids=found.centroids * np.float32(size), inertia=found.inertia * size**2)
    middle = np.zeros(points.shape[1], np.float32) if spherical else _middle(points)
    moved = np.ascontiguousarray(points - middle) if middle.any() else points
    found = _lloyd(moved, _first_centroids(moved, k, np.random.default_rng(seed)), spherical, steps)
    return found._replace(centroids=found.centroids + middle)


def _first_centroids(points: Points, k: int, random: np.random.Generator) -> Points:
    """k-means++: each centroid a point, drawn in proportion to its squared distance from those before it.

    Of 2 + ln k candidates the one is kept that leaves the smallest sum of squared distances.
    """
    squares = _squares(points)
    chosen = [int(random.integers(len(points)))]
    away = _away(points, squares, chosen)[0]
    for _ in range(k - 1):
        shares = np.cumsum(away, dtype=np.float64)
        if shares[-1] <= 0:  # every point is where a centroid is
            break
        drawn = random.random(2 + int(math.log(k))) * shares[-1]
        candidates = np.minimum(np.searchsorted(shares, drawn, side="right"), len(points) - 1)
        left = np.minimum(_away(points, squares, candidates), away)
        best = int(left.sum(axis=1, dtype=np.float64).argmin())
        chosen.append(int(candidates[best]))
        away = left[best]
    return points[chosen]


def _away(points: Points, squares: Points, chosen: Any) -> Points:
    """The squared distance of all points from each of the chosen ones, float32, (chosen, n).

    A distance within the rounding of its sums is 0, so that no copy of a centroid is drawn as another.
    """
    both = squares[chosen][:, None] + squares
    away: Points = both - 2 * by_few(points, np.ascontiguousarray(points[chosen].T)).T
    away[away <= 4 * (points.shape[1] + 3) * ROUNDING * both] = 0
    return away


def _lloyd(points: Points, centroids: Points, spherical: bool, steps: int) -> Clustering:
    still = STILL * float(points.var(axis=0, dtype=np.float64).mean())
    clusters = _nearest(points, centroids)
    reseeded, done, settled = 0, 0, False
    while done < steps and not settled:
        moved, lost = _moved(points, clusters, centroids, spherical)
        shift = float(((moved - centroids) ** 2).sum(dtype=np.float64))
        centroids, reseeded, done = moved, reseeded + lost, done + 1
        before, clusters = clusters, _nearest(points, centroids)
        settled = not lost and (shift <= still or np.array_equal(before, clusters))
    away = points - centroids[clusters]
    inertia = float(np.einsum("nd,nd->", away, away, dtype=np.float64))
    return Clustering(clusters, centroids, inertia, done, settled, reseeded)


def _nearest(points: Points, centroids: Points) -> NDArray[np.int64]:
    """The nearest centroid of each point, of two as near the first."""
    found = np.empty(len(points), np.int64)
    half = _squares(centroids) / 2
    turned = np.ascontiguousarray(centroids.T)
    step = max(1, BLOCK // len(centroids))
    for start in range(0, len(points), step):
        keys = by_few(points[start : start + step], turned)
        keys -= half
        keys.argmax(axis=1, out=found[start : start + step])
    return found


def _moved(
    points: Points, clusters: NDArray[np.int64], centroids: Points, spherical: bool
) -> tuple[Points, int]:
    """The centroids in the middle of their points, and how many had none and were put elsewhere."""
    from scipy.sparse import csr_array

    k, n = len(centroids), len(points)
    counts = np.bincount(clusters, minlength=k)
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        away = _squares(points - centroids[clusters])
        far = np.argsort(-away, kind="stable")[: empty.size]
        far = far[away[far] > 0]  # where every point is a centroid, a cluster may stay empty
        empty = empty[: far.size]
        clusters = clusters.copy()
        clusters[far] = empty
        counts = np.bincount(clusters, minlength=k)
    of_cluster = csr_array((np.ones(n, np.float32), (clusters, np.arange(n))), (k, n))
    sums = np.asarray(of_cluster @ points)
    lengths = np.sqrt(_squares(sums)) if spherical else counts.astype(np.float32)
    there = lengths > 0
    moved = centroids.copy()
    moved[there] = sums[there] / lengths[there, None]
    return moved, int(empty.size)


def _squares(rows: Points) -> Points:
    """The squared length of each row, summed in float64."""
    squares: Points = np.einsum("nd,nd->n", rows, rows, dtype=np.float64).astype(np.float32)
    return squares


def _middle(rows: Points) -> Points:
    middle: Points = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    return middle
