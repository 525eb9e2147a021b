"""k-means by FAISS, made exact at the edges: offsets that float32 cannot bear, near ties, threads, seeds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.extras import require
from firth.parallel import faiss_threads

__all__ = ["Clusters", "cluster", "nearest", "sum_of_squares"]

_BLOCK = 1 << 14
_DOUBTFUL = 0.01  # of the points: where float32 cannot place more, FAISS's centroids are moved on in float64


class Clusters(NamedTuple):
    """What k-means found.

    Attributes:
        centroids: float32, (k, d). counts: int64, (k,), how many points are nearest to each.
        inertia: the sum over the points of their squared distance to the nearest centroid.
        history: the same before each iteration moved the centroids.
        reseeded: how often a centroid without points was put elsewhere.
    """

    centroids: NDArray[np.float32]
    counts: NDArray[np.int64]
    inertia: float
    history: list[float]
    reseeded: int


class _Assigned(NamedTuple):
    """The code of each point, its squared distance to that centroid, and what follows; see `Clusters`."""

    codes: NDArray[np.int32]
    away: NDArray[np.float32]
    counts: NDArray[np.int64]
    inertia: float
    doubtful: int


def cluster(
    points: NDArray[np.float32], size: int, *, iterations: int, spherical: bool, seed: int, threads: int
) -> Clusters:
    """Find `size` centroids by FAISS, and by as many further iterations as were asked for where its float32
    could not tell which centroid is nearest, or left one without points.

    Args:
        points: float32, (n, d), finite, at least `size`; of length 1 where `spherical` is set.
    """
    faiss = require("faiss", extra="index")
    # FAISS computes |x|² - 2 x·c + |c|² in float32, which loses everything where the points lie far from
    # the origin and near each other. Moved to their middle, they keep their distances. Directions do not.
    middle = np.zeros(points.shape[1], np.float32) if spherical else _middle(points)
    moved = points - middle if middle.any() else points
    with faiss_threads(threads):
        kmeans = faiss.Kmeans(
            points.shape[1],
            size,
            niter=iterations,
            spherical=spherical,
            init_method=faiss.ClusteringInitMethod_AFK_MC2,
            seed=int(np.random.default_rng(seed).integers(1, 2**31 - 1)),
            min_points_per_centroid=1,
            max_points_per_centroid=max(1, -(-len(points) // size)),  # all of them: `sample` is asked for
        )
        kmeans.train(moved)
    centroids = kmeans.centroids + middle
    stats = kmeans.iteration_stats
    history = [float(one["obj"]) for one in stats]
    if spherical:  # there FAISS sums the cosines: |x - c|² = 2 - 2 x·c for both of length 1
        history = [2 * (len(points) - cosines) for cosines in history]
    reseeded = sum(int(one["nsplit"]) for one in stats)
    found = _assigned(points, centroids, threads)
    if found.doubtful > _DOUBTFUL * len(points) or not found.counts.all():
        for _ in range(iterations):
            moved, seeded = _moved(points, found, centroids, spherical)
            if (moved == centroids).all():
                break
            centroids, reseeded = moved, reseeded + seeded
            history.append(found.inertia)
            found = _assigned(points, centroids, threads)
    return Clusters(centroids, found.counts, found.inertia, history, reseeded)


def nearest(
    points: NDArray[np.float32], centroids: NDArray[np.float32], *, threads: int
) -> tuple[NDArray[np.int32], int]:
    """The row of the nearest centroid for each point, of two as near the lower.

    FAISS proposes the two nearest, whose distances, rounded in float32, depend on how many points are asked
    at a time. Where they are as near as the rounding can be off, the point is compared with every centroid in
    float64. Thus a point has the same code alone and among others, on any number of threads.

    Returns:
        The codes, int32, (n,), and how many points float32 could not place.
    """
    faiss = require("faiss", extra="index")
    middle = _middle(centroids)
    moved, around = points - middle, centroids - middle
    with faiss_threads(threads):
        away, found = faiss.knn(moved, around, min(2, len(centroids)))
    codes: NDArray[np.int32] = found[:, 0].astype(np.int32)
    if len(centroids) == 1:
        return codes, 0
    near = np.flatnonzero(away[:, 1] - away[:, 0] <= _roundings(moved, around))
    wide = around.astype(np.float64)
    step = max(1, _BLOCK * 64 // len(centroids))  # 8 MB of distances, however many centroids
    for start in range(0, len(near), step):
        rows = near[start : start + step]
        rest = moved[rows].astype(np.float64)
        # |x|² is the same for every centroid, and left out.
        away = np.einsum("ij,ij->i", wide, wide) - 2 * (rest @ wide.T)
        likely = away <= (away.min(axis=1) + _roundings(rest, wide))[:, None]
        codes[rows] = _nearest_of(points[rows], centroids, likely)
    return codes, len(near)


def _assigned(points: NDArray[np.float32], centroids: NDArray[np.float32], threads: int) -> _Assigned:
    codes, away = np.empty(len(points), np.int32), np.empty(len(points), np.float32)
    doubtful = 0
    for start in range(0, len(points), _BLOCK):
        part = slice(start, start + _BLOCK)
        codes[part], more = nearest(points[part], centroids, threads=threads)
        apart = points[part] - centroids[codes[part]]
        away[part] = np.einsum("ij,ij->i", apart, apart)
        doubtful += more
    counts = np.bincount(codes, minlength=len(centroids))
    return _Assigned(codes, away, counts, float(away.sum(dtype=np.float64)), doubtful)


def _moved(
    points: NDArray[np.float32], found: _Assigned, centroids: NDArray[np.float32], spherical: bool
) -> tuple[NDArray[np.float32], int]:
    """The centroids in the middle of their points, summed in float64; those that have none at the points
    farthest from theirs, and how many these are."""
    from scipy.sparse import csr_array

    codes, empty = found.codes.copy(), np.flatnonzero(found.counts == 0)
    far = np.argsort(-found.away, kind="stable")[: len(empty)]
    far = far[found.away[far] > 0]  # where all points are centroids, the rest stay where they are
    codes[far] = empty[: len(far)]
    sums = np.zeros(centroids.shape)
    for start in range(0, len(points), _BLOCK):
        block, rows = points[start : start + _BLOCK].astype(np.float64), codes[start : start + _BLOCK]
        of_code = csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), (len(centroids), len(rows)))
        sums += np.asarray(of_code @ block)
    weights = np.linalg.norm(sums, axis=1) if spherical else np.bincount(codes, minlength=len(centroids))
    moved, there = centroids.copy(), weights > 0
    moved[there] = sums[there] / weights[there, None]
    return moved, len(far)


def _roundings(points: NDArray[Any], centroids: NDArray[Any]) -> NDArray[Any]:
    """How far apart two distances of a point must be, as sums of products, to tell which is the smaller.

    A sum of d products is off by at most d roundings of the sum of their magnitudes (Higham 2002, section
    3.1), and |x|² + |c|² bounds each of the three sums that make a distance. The differences and the sum of
    the three are rounded too, a few times.
    """
    lengths = np.einsum("ij,ij->i", points, points) + np.einsum("ij,ij->i", centroids, centroids).max()
    return np.asarray(4 * (points.shape[1] + 3) * np.finfo(points.dtype).eps * lengths)


def _nearest_of(
    points: NDArray[np.float32], centroids: NDArray[np.float32], likely: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The nearest of the likely centroids, (n, k), by the squares of the differences, in float64."""
    rows, columns = np.nonzero(likely)
    away = np.full(likely.shape, np.inf)
    step = max(1, (1 << 20) // points.shape[1])
    for start in range(0, len(rows), step):
        row, column = rows[start : start + step], columns[start : start + step]
        away[row, column] = ((points[row].astype(np.float64) - centroids[column]) ** 2).sum(axis=1)
    codes: NDArray[np.intp] = away.argmin(axis=1)
    return codes


def sum_of_squares(rows: NDArray[np.float32]) -> float:
    """The sum of all squares, rows in float32 and their sum in float64."""
    return float(np.einsum("ij,ij->i", rows, rows).sum(dtype=np.float64))


def _middle(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the rows; rounded to float32, since any point near it serves as the origin."""
    return np.asarray(rows.mean(axis=0, dtype=np.float64), np.float32)
