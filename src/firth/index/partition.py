"""The leaves of a tree: many clusters, found quickly by splitting a few."""

from __future__ import annotations

import heapq
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.extras import require
from firth.parallel import faiss_threads
from firth.run import Run

__all__ = ["Partition"]

Floats = NDArray[np.float32]

FEW = 256  # leaves that are found without branches
MANY = 4_096  # leaves that every row is compared with: below, one large product beats several small ones
NEAR = 8  # branches whose leaves a row is compared with
SAMPLE = 64  # rows for each leaf that k-means looks at
ITERATIONS = 10
BLOCK = 1 << 14


class Partition:
    """A tree of two levels: branches, and the leaves of each, both centroids of k-means.

    With b branches of l leaves, k-means compares a row with b + l centroids and not with b · l; so does a row
    that looks for its leaf, but for NEAR branches instead of one, since the nearest leaf of a row between two
    branches may hang on either.

    Attributes:
        leaves: float32, (L, d).
        spread: float32, (L,): the mean square of the distance of a leaf's rows from it.
        branches: float32, (B, d). first: int64, (B + 1,): branch b has the leaves first[b] to first[b + 1].
    """

    def __init__(self, leaves: Floats, spread: Floats, branches: Floats, first: NDArray[np.int64]):
        self.leaves = leaves
        self.spread = spread
        self.branches = branches
        self.first = first
        self._middle = leaves.mean(axis=0, dtype=np.float64).astype(np.float32)

    def __len__(self) -> int:
        return len(self.leaves)

    @classmethod
    def learn(cls, rows: Floats, leaves: int, *, run: Run) -> Self:
        """So many leaves for rows (n, d), finite, n at least as many.

        Raises:
            DataError: a row is so long that squares of distances are beyond float32.
        """
        _check_lengths(rows)  # the k-means of FAISS would never end
        sample = _sample(rows, SAMPLE * leaves, run.seed)
        if leaves <= FEW:
            return cls._over(_cluster(sample, leaves, run), sample, run=run)
        branches = _cluster(sample, round(leaves**0.5), run)
        of = cls._over(branches, sample[:0], run=run).assign(sample, threads=run.worker_count)
        counts = np.bincount(of, minlength=len(branches))
        shares = _shares(counts, leaves)
        parts = [
            _cluster(np.ascontiguousarray(sample[of == b]), share, run)
            for b, share in enumerate(shares.tolist())
            if share
        ]
        first = np.concatenate([[0], np.cumsum(shares)]).astype(np.int64)
        return cls._over(np.concatenate(parts), sample, branches, first, run=run)

    @classmethod
    def _over(
        cls,
        leaves: Floats,
        sample: Floats,
        branches: Floats | None = None,
        first: NDArray[np.int64] | None = None,
        *,
        run: Run,
    ) -> Self:
        """Leaves with the spread of these rows around them."""
        if branches is None or first is None:
            branches, first = leaves[:0], np.zeros(1, np.int64)
        partition = cls(leaves, np.zeros(len(leaves), np.float32), branches, first)
        of = partition.assign(sample, threads=run.worker_count)
        apart = sample - leaves[of]
        sums = np.bincount(of, np.einsum("ij,ij->i", apart, apart), minlength=len(leaves))
        counts = np.bincount(of, minlength=len(leaves))
        partition.spread = (sums / np.maximum(counts, 1)).astype(np.float32)
        return partition

    def assign(self, rows: Floats, *, threads: int) -> NDArray[np.int32]:
        """The leaf of each row (n, d), int32, (n,): the nearest of those of the nearest branches.

        Raises:
            DataError: a row is so far from the leaves that the square of the distance is beyond float32.
        """
        of = np.empty(len(rows), np.int32)
        with faiss_threads(threads):
            for start in range(0, len(rows), BLOCK):
                block = slice(start, start + BLOCK)
                away, of[block] = self._assign(rows[block] - self._middle)
                if not np.isfinite(away).all():
                    raise _too_far(rows, start + int(np.argmin(np.isfinite(away))))
        return of

    def _assign(self, moved: Floats) -> tuple[Floats, NDArray[Any]]:
        """Squares of distances, and leaves.

        FAISS takes distances apart into squares and products, so the rows come moved to the middle.
        """
        leaves = self.leaves - self._middle
        if len(leaves) <= MANY or len(self.branches) <= NEAR:
            away, leaf = _nearest(moved, leaves, 1)
            return np.where(leaf[:, 0] < 0, np.float32(np.inf), away[:, 0]), leaf[:, 0]
        _, near = _nearest(moved, self.branches - self._middle, NEAR)
        best = np.full(len(moved), np.inf, np.float32)
        of = np.zeros(len(moved), np.int32)
        for branch in range(len(self.branches)):
            low, high = self.first[branch], self.first[branch + 1]
            mine = np.flatnonzero((near == branch).any(axis=1))
            if low == high or not len(mine):
                continue
            away, leaf = _nearest(np.ascontiguousarray(moved[mine]), leaves[low:high], 1)
            better = away[:, 0] < best[mine]
            best[mine[better]] = away[better, 0]
            of[mine[better]] = low + leaf[better, 0]
        return best, of

    def memory(self) -> int:
        """Bytes."""
        return int(self.leaves.nbytes + self.spread.nbytes + self.branches.nbytes + self.first.nbytes)


def _check_lengths(rows: Floats) -> None:
    """Refuse rows whose distances may have squares beyond float32; these are at most 4 |x|²."""
    most = float(np.finfo(np.float32).max) / 4
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        squares = np.einsum("ij,ij->i", block, block, dtype=np.float64)
        if squares.max() > most:
            raise _too_far(rows, start + int(squares.argmax()))


def _too_far(rows: Floats, row: int) -> DataError:
    length = np.linalg.norm(rows[row].astype(np.float64))
    return DataError(
        f"row {row:,} has the length {length:.3g}, and squares of distances from it are beyond float32; "
        "scale the vectors down"
    )


def _sample(rows: Floats, size: int, seed: int) -> Floats:
    if len(rows) <= size:
        return np.ascontiguousarray(rows)
    drawn = np.random.default_rng(seed).choice(len(rows), size, replace=False)
    return np.ascontiguousarray(rows[np.sort(drawn)])


def _cluster(rows: Floats, size: int, run: Run) -> Floats:
    """The centroids of k-means."""
    from firth.kmeans import cluster

    if size == 1:
        return np.asarray(rows.mean(axis=0, dtype=np.float64, keepdims=True), np.float32)
    return cluster(
        rows, size, iterations=ITERATIONS, spherical=False, seed=run.seed, threads=run.worker_count
    ).centroids


def _nearest(rows: Floats, centroids: Floats, k: int) -> tuple[Floats, NDArray[np.int64]]:
    faiss = require("faiss", extra="index")
    away, found = faiss.knn(rows, np.ascontiguousarray(centroids), min(k, len(centroids)))
    return np.asarray(away), np.asarray(found)


def _shares(counts: NDArray[np.int64], leaves: int) -> NDArray[np.int64]:
    """How many leaves each branch gets: as evenly by rows as can be, none more than it has rows."""
    shares = np.minimum(counts, 1)
    heap = [(-float(count), b) for b, count in enumerate(counts.tolist()) if count > 1]
    heapq.heapify(heap)
    for _ in range(leaves - int(shares.sum())):
        _, b = heapq.heappop(heap)
        shares[b] += 1
        if shares[b] < counts[b]:
            heapq.heappush(heap, (-int(counts[b]) / int(shares[b]), b))
    return shares
