"""Which neighbours of a row are still its neighbours in another space, and how far the others have moved.

Nothing of the size n × n is kept: a block of rows is multiplied with all, and of each only its k nearest and
the ranks of the other space's k nearest are found, the latter by counting how many rows are nearer, not by
sorting. Products are float64, of rows less their mean under the euclidean metric, so that small distances are
right.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.measure.points import Points
from firth.run import Run

__all__ = ["Keys", "Preserved", "preserved"]

Floats = NDArray[np.float64]
CELLS = 1 << 21  # keys of one block: 16 MB for each space, half of a third-level cache
FEWEST = 64  # queries of one block; with fewer, reading all rows takes longer than multiplying them


@dataclass(frozen=True, kw_only=True, eq=False)
class Preserved:
    """What became of the neighbours of some rows, of n in all.

    Attributes:
        shared: float64, (q,): how many of a row's k nearest are so in both spaces. intruded: float64, (q,): Σ
        (rank in the original - k) over the k nearest that are not so in the original. lost: float64, (q,): Σ
        (rank in the space - k) over the k nearest of the original that are not so in it.
    """

    shared: Floats
    intruded: Floats
    lost: Floats


class Keys:
    """How near each point is to some: float64, the greater the nearer, in the order of the metric.

    Args:
        points: all of them.
    """

    def __init__(self, points: Points):
        wide = points.matrix.astype(np.float64)
        metric = points.vectors.metric
        if metric == "cosine":
            wide /= np.sqrt(np.einsum("ij,ij->i", wide, wide))[:, None]
        elif metric == "euclidean":
            wide -= wide.mean(axis=0)  # large common parts would round small differences away
            shift = np.einsum("ij,ij->i", wide, wide) / -2
            wide = np.column_stack([wide, shift])  # times 1: the order by x·q - |x|² / 2 is that of distances
        self.wide = wide
        self._last_is_one = metric == "euclidean"

    def of(self, rows: NDArray[np.int64]) -> Floats:
        """The keys of all points for some, float64, (q, n)."""
        queries = self.wide[rows]
        if self._last_is_one:
            queries[:, -1] = 1
        keys: Floats = queries @ self.wide.T
        return keys


def preserved(original: Keys, space: Keys, *, asked: NDArray[np.int64], k: int) -> Preserved:
    """Compare the neighbourhoods of the same n rows in two spaces.

    Args:
        original, space: of the same rows in the same order, finite.
        asked: int64, (q,): the rows to compare.
        k: neighbours of each, at most n - 1.
    """
    n = len(original.wide)
    found = np.empty((3, len(asked)))
    step = max(FEWEST, CELLS // n)

    def compare(first: int) -> None:
        block = slice(first, first + step)
        found[:, block] = _of_block(original, space, asked[block], k)

    with ThreadPoolExecutor(
        Run().worker_count
    ) as pool:  # the kernels of one block beside the products of another
        list(pool.map(compare, range(0, len(asked), step)))
    return Preserved(shared=found[0], intruded=found[1], lost=found[2])


def _of_block(original: Keys, space: Keys, own: NDArray[np.int64], k: int) -> Floats:
    """What `Preserved` holds of some rows, float64, (3, q)."""
    from firth.kernels.neighbourhoods import count_nearer

    before, after = original.of(own), space.of(own)
    near_before, near_after = _nearest(before, own, k), _nearest(after, own, k)
    ranks = np.empty((2, len(own), k), np.int64)
    count_nearer(before, own, near_after, ranks[0])
    count_nearer(after, own, near_before, ranks[1])
    beyond = np.maximum(ranks - k, 0)
    shared = np.count_nonzero(beyond[0] == 0, axis=1)
    return np.stack([shared, *beyond.sum(axis=2)]).astype(np.float64)


def _nearest(keys: Floats, own: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    """The rows of the k greatest keys of each query, int64, (q, k), of equal ones the lower; its own left
    out.
    """
    from firth.kernels.topk import keep_best

    m, n = keys.shape
    best, rows = np.full((m, k), -np.inf), np.full((m, k), -1, np.int64)
    keep_best(keys, np.ones(n), np.zeros(n), 0, own[:, None], best, rows)
    return rows
