"""k-means by FAISS, made exact at the edges: offsets that float32 cannot bear, near ties, threads, seeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.extras import require

__all__ = ["Clusters", "cluster", "nearest", "sum_of_squares"]

_BLOCK = 1 << 14
_ROUNDING = float(np.finfo(np.float32).eps)


class Clusters(NamedTuple):
    """What k-means found.

    Attributes:
        centroids: float32, (k, d). counts: int64, (k,), how many points are nearest to each.
        inertia: the sum over the points of their squared distance to the nearest centroid.
        history: the same before each iteration moved the centroids, from FAISS.
        reseeded: how often a centroid without points was put elsewhere.
    """

    centroids: NDArray[np.float32]
    counts: NDArray[np.int64]
    inertia: float
    history: list[float]
    reseeded: int


def cluster(
    points: NDArray[np.float32], size: int, *, iterations: int, spherical: bool, seed: int, threads: int
) -> Clusters:
    """Find `size` centroids.

    Args:
        points: float32, (n, d), finite, at least `size`; of length 1 where `spherical` is set.
    """
    faiss = require("faiss", extra="index")
    # FAISS computes |x|² - 2 x·c + |c|² in float32, which loses everything where the points lie far from
    # the origin and near each other. Moved to their middle, they keep their distances. Directions do not.
    middle = np.zeros(points.shape[1], np.float32) if spherical else _middle(points)
    moved = points - middle if middle.any() else points
    with _threads(faiss, threads):
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
    counts, inertia = np.zeros(size, np.int64), 0.0
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        codes = nearest(block, centroids, threads=threads)
        counts += np.bincount(codes, minlength=size)
        inertia += sum_of_squares(block - centroids[codes])
    stats = kmeans.iteration_stats
    history = [float(one["obj"]) for one in stats]
    if spherical:  # there FAISS sums the cosines: |x - c|² = 2 - 2 x·c for both of length 1
        history = [2 * (len(points) - cosines) for cosines in history]
    return Clusters(centroids, counts, inertia, history, sum(int(one["nsplit"]) for one in stats))


def nearest(
    points: NDArray[np.float32], centroids: NDArray[np.float32], *, threads: int
) -> NDArray[np.int32]:
    """The row of the nearest centroid for each point, of two as near the lower; int32, (n,).

    FAISS proposes the two nearest, whose distances, rounded in float32, depend on how many points are asked
    at a time. Where they are as near as the rounding can be off, they are computed again in float64. Thus a
    point has the same code alone and among others, on any number of threads.
    """
    faiss = require("faiss", extra="index")
    middle = _middle(centroids)
    moved, around = points - middle, centroids - middle
    with _threads(faiss, threads):
        away, found = faiss.knn(moved, around, min(2, len(centroids)))
    codes: NDArray[np.int32] = found[:, 0].astype(np.int32)
    if len(centroids) == 1:
        return codes
    # A sum of d products is off by at most d roundings of the sum of their magnitudes (Higham 2002, section
    # 3.1), and |x|² + |c|² bounds each of the three sums that make a distance.
    lengths = np.einsum("ij,ij->i", moved, moved) + np.einsum("ij,ij->i", around, around).max()
    near = np.flatnonzero(away[:, 1] - away[:, 0] <= 4 * points.shape[1] * _ROUNDING * lengths)
    pairs = np.sort(found[near], axis=1)
    wide = points[near].astype(np.float64)
    first, second = (((wide - centroids[column]) ** 2).sum(axis=1) for column in pairs.T)
    codes[near] = np.where(first <= second, pairs[:, 0], pairs[:, 1])
    return codes


def sum_of_squares(rows: NDArray[np.float32]) -> float:
    """The sum of all squares, rows in float32 and their sum in float64."""
    return float(np.einsum("ij,ij->i", rows, rows).sum(dtype=np.float64))


def _middle(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of the rows; rounded to float32, since any point near it serves as the origin."""
    return np.asarray(rows.mean(axis=0, dtype=np.float64), np.float32)


@contextmanager
def _threads(faiss: Any, threads: int) -> Iterator[None]:
    """So many threads within the block; the number is FAISS's own and is set back."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
