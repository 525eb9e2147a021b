"""Which neighbours of a row are still its neighbours in another space, and how far the others have moved.

Nothing of the size n × n is kept: a block of rows is multiplied with all, and of each only its k nearest and
the ranks of the other space's k nearest are found, the latter by counting how many rows are nearer, not by
sorting.

Products are float32, which takes half the time. How wrong they can be is known: with rows of a length of at
most 1, (d + 8) · 1.5 · 2^-24 (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1).
Where that could change what is nearer, the rows in question are compared in float64, so that the ranks are
those of float64.
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
Singles = NDArray[np.float32]
Rows = NDArray[np.int64]
CELLS = 1 << 23  # products of one block: 32 MB for each space
FEWEST = 64  # queries of one block; with fewer, reading all rows takes longer than multiplying them
SPARE = 6  # candidates beyond k that are looked at in float64
ROUNDING = 2.0**-24  # the greatest relative error of one step
EXACT = 2.0**-53  # the same in float64


@dataclass(frozen=True, kw_only=True, eq=False)
class Preserved:
    """What became of the neighbours of some rows, of n in all.

    Attributes:
        shared: float64, (q,): how many of a row's k nearest are so in both spaces.
        intruded: float64, (q,): Σ (rank in the original - k) over the k nearest that are not so in the
            original.
        lost: float64, (q,): Σ (rank in the space - k) over the k nearest of the original that are not so in
            the space; NaN where it was not looked for.
        level: float64, (2, q): how many of the k nearest in the original and in the space are no nearer than
            the next one, so that the lower row was taken; 0 where there is no tie, or none was looked for.
    """

    shared: Floats
    intruded: Floats
    lost: Floats
    level: Floats


class Keys:
    """Rows whose products order all points by how near they are in the metric of their space.

    The order by x·q - |x|² / 2 is that of the euclidean distance, with rows of length 1 also that of the
    cosine. Rows are taken less their mean, so that what is common to all rounds no difference away, and
    scaled to lengths of at most 1; a last number holds -|x|² / 2, and 1 in a query.

    Attributes:
        exact: float64, (n, d) or (n, d + 1); rounded: the same in float32.
        slack: how wrong a product of rounded rows can be.
        level: how far products in float64 may be apart and still be level.
    """

    def __init__(self, points: Points):
        rows = points.matrix.astype(np.float64)
        metric = points.vectors.metric
        if metric == "cosine":
            rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        if metric != "dot":
            rows -= rows.mean(axis=0)
        squares = np.einsum("ij,ij->i", rows, rows)
        longest = float(squares.max())
        if longest > 0:
            rows /= np.sqrt(longest)
            squares /= longest
        self.by_distance = metric != "dot"
        self.exact = np.column_stack([rows, squares / -2]) if self.by_distance else rows
        self.rounded = self.exact.astype(np.float32)
        self.slack = 1.5 * (self.exact.shape[1] + 8) * ROUNDING
        self.level = 1.5 * (self.exact.shape[1] + 8) * EXACT

    def __len__(self) -> int:
        return len(self.exact)

    def queries(self, rows: Rows) -> Floats:
        """Some rows as queries, float64, (q, d) or (q, d + 1)."""
        queries = self.exact[rows]
        if self.by_distance:
            queries[:, -1] = 1.0
        return queries

    def products(self, queries: Floats) -> Singles:
        """The rounded products of queries with all rows, float32, (q, n)."""
        products: Singles = queries.astype(np.float32) @ self.rounded.T
        return products


def preserved(
    original: Keys, space: Keys, *, asked: Rows, k: int, lost: bool = True, ties: bool = True
) -> Preserved:
    """Compare the neighbourhoods of the same n rows in two spaces.

    Args:
        original, space: of the same rows in the same order, finite.
        asked: int64, (q,): the rows to compare.
        k: neighbours of each, at most n - 1.
        lost: whether to look for what was lost too, which takes more time; NaN if not.
        ties: whether to look for ties in the original too, where its nearest are not needed otherwise.
    """
    found = np.empty((5, len(asked)))
    step = max(FEWEST, CELLS // len(original))

    def compare(first: int) -> None:
        block = slice(first, first + step)
        found[:, block] = _of_block(original, space, asked[block], k, lost, ties)

    with ThreadPoolExecutor(
        Run().worker_count
    ) as pool:  # the kernels of one block beside the products of another
        list(pool.map(compare, range(0, len(asked), step)))
    return Preserved(shared=found[0], intruded=found[1], lost=found[2], level=found[3:])


def _of_block(original: Keys, space: Keys, own: Rows, k: int, lost: bool, ties: bool) -> Floats:
    """What `Preserved` holds of some rows, float64, (5, q)."""
    queries, others = original.queries(own), space.queries(own)
    products, other_products = original.products(queries), space.products(others)
    near, level = _nearest(space, others, other_products, own, k)
    intruded = _beyond(original, queries, products, own, near)
    found = np.full((5, len(own)), np.nan)
    found[0] = np.count_nonzero(intruded == 0, axis=1)
    found[1] = intruded.sum(axis=1)
    found[3], found[4] = 0, level
    if lost or ties:
        near_before, found[3] = _nearest(original, queries, products, own, k)
        if lost:
            found[2] = _beyond(space, others, other_products, own, near_before).sum(axis=1)
    return found


def _beyond(keys: Keys, queries: Floats, products: Singles, own: Rows, chosen: Rows) -> Rows:
    """By how much the rank of each chosen row, int64, (q, k), exceeds k; 0 for the k nearest."""
    from firth.kernels.neighbourhoods import count_nearer

    ranks = np.empty(chosen.shape, np.int64)
    count_nearer(products, keys.slack, queries, keys.exact, own, chosen, ranks)
    beyond: Rows = np.maximum(ranks - chosen.shape[1], 0)
    return beyond


def _nearest(keys: Keys, queries: Floats, products: Singles, own: Rows, k: int) -> tuple[Rows, Rows]:
    """The k nearest rows of each query, int64, (q, k), of equally near ones the lower; its own left out.

    And how many of them are no nearer than the next one, int64, (q,).
    """
    from firth.kernels.topk import keep_best

    m, n = products.shape
    kept = min(k + SPARE, n - 1)
    best, rows = np.full((m, kept), -np.inf, np.float32), np.full((m, kept), -1, np.int64)
    keep_best(products, np.ones(n, np.float32), np.zeros(n, np.float32), 0, own[:, None], best, rows)
    rows, exact = _ordered(keys, queries, rows)
    # A row that was not kept may be as near as the worst that was: rounding hides up to the slack of each.
    in_doubt = (best[:, 0] + keys.slack >= exact[:, k - 1]) & (kept < n - 1)
    level = _level(exact, k, keys.level)
    for i in np.flatnonzero(in_doubt):
        close = np.flatnonzero(products[i] >= exact[i, k - 1] - keys.slack)
        close, nearness = _ordered(keys, queries[i : i + 1], close[close != own[i]][None])
        rows[i, :k] = close[0, :k]
        level[i] = _level(nearness, k, keys.level)[0]
    return np.ascontiguousarray(rows[:, :k]), level


def _level(exact: Floats, k: int, tolerance: float) -> Rows:
    """How many of the first k of falling products (q, c) are no greater than the next one, int64, (q,)."""
    following = exact[:, k : k + 1] if exact.shape[1] > k else np.full((len(exact), 1), -np.inf)
    level: Rows = np.count_nonzero(exact[:, :k] <= following + tolerance, axis=1)
    return level


def _ordered(keys: Keys, queries: Floats, rows: Rows) -> tuple[Rows, Floats]:
    """Rows (q, c) by falling exact product with their query, of equal ones the lower first; the products."""
    from firth.kernels.neighbourhoods import exact_products

    exact = np.empty(rows.shape)
    exact_products(queries, keys.exact, rows, exact)
    order = np.lexsort((rows, -exact))
    return np.take_along_axis(rows, order, 1), np.take_along_axis(exact, order, 1)
