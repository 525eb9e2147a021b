"""Exact nearest neighbours: matrix products in blocks, and the best of each query kept on the way.

Neither the n rows nor the m queries are ever multiplied at once: a block of products has about a million
values, however many there are. The rows are read as they lie in the matrix, which may be memory-mapped; a
cosine needs one more number a row (1 / length) and no second matrix of unit rows.

A block of products decides which rows come near; they are then scored again in float64, so that equal rows
have equal scores, no cosine is above 1 and small euclidean distances are right. A few more rows than asked
for go through this second step, because the first one rounds. Where more rows than those few are nearly
equal, which shows in the worst of them, all rows that rounding may have hidden are scored again
(`_nearest_of_many`). How far it may lead astray follows from the bound on the error of a sum of d products,
d u |q| |x|, whatever the order of the sum (Higham 2002, "Accuracy and Stability of Numerical Algorithms",
section 3.1).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.kernels.topk import (
    COSINE,
    DOT,
    EUCLIDEAN,
    SHORTEST,
    exact_scores,
    keep_best,
    multiply_few,
    squared_norms,
)

__all__ = ["Scales", "directions", "nearest", "row_scales", "scores_of_pairs", "unit_rows", "usable"]

METRICS = {"cosine": COSINE, "dot": DOT, "euclidean": EUCLIDEAN}
QUERY_BLOCK = 256
CLOSE = 1 << 14  # rows at a time of those that are nearly equal
PRODUCTS = 1 << 20  # values of a block of products: 4 MB, which stays in the caches of a current processor
SPARE = 8
ROUNDING, ROUNDING_64 = 2.0**-24, 2.0**-53  # the greatest relative error of one step
TINIEST = 2.0**-149  # the least positive float32
FEW = 4  # from 5 queries on, BLAS is faster


class Scales(NamedTuple):
    """What turns the product of a query with a row into a key that orders the rows: product * scale + shift.

    scale, shift: float32, (n,); float64 for the euclidean metric, whose keys are small differences of large
    numbers.
    longest: the greatest finite length of a row that the keys depend on; 1 for the cosine.
    """

    scale: NDArray[Any]
    shift: NDArray[Any]
    longest: float


def row_scales(matrix: NDArray[np.float32], metric: str) -> Scales:
    """The scales of a matrix (n, d).

    The order by falling x·q / |x| is that of the cosine; by falling x·q - |x|² / 2, that of the euclidean
    distance.
    """
    n = len(matrix)
    if metric == "cosine":
        return Scales(inverse_norms(matrix).astype(np.float32), np.zeros(n, np.float32), 1.0)
    squares = np.empty(n, np.float64)
    squared_norms(matrix, squares)
    longest = float(np.sqrt(np.max(squares, where=np.isfinite(squares), initial=0.0)))
    if metric == "dot":
        return Scales(np.ones(n, np.float32), np.zeros(n, np.float32), longest)
    return Scales(np.ones(n, np.float64), squares / -2, longest)


def inverse_norms(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """1 / length of each row of (n, d), float64, (n,); 0 for a row of zeros, NaN for one with a NaN."""
    norms = np.empty(len(matrix), np.float64)
    squared_norms(matrix, norms)
    np.sqrt(norms, out=norms)
    return np.divide(1.0, norms, out=np.zeros(len(matrix)), where=~(norms < SHORTEST))


def unit_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of (n, d) at length 1, float32; rows of zeros stay zeros."""
    unit = np.empty(matrix.shape, np.float32)
    with np.errstate(invalid="ignore"):  # an infinite row becomes NaN
        np.multiply(matrix, inverse_norms(matrix)[:, None], out=unit, dtype=np.float64, casting="same_kind")
    return unit


def directions(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of (n, d) at length 1, float32; NaN for one of no direction, which is nobody's neighbour."""
    unit = unit_rows(matrix)
    unit[~unit.any(axis=1)] = np.nan
    return unit


def usable(matrix: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rows (n, d) are finite and have a direction, bool, (n,)."""
    return np.asarray(inverse_norms(matrix) > 0)


def nearest(
    queries: NDArray[np.float32],
    matrix: NDArray[np.float32],
    scales: Scales,
    *,
    metric: str,
    k: int,
    excluded: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k nearest rows of each query, best first, of equally near ones the lower row first.

    Args:
        queries: float32, (m, d), finite.
        matrix: float32, (n, d); rows that are not finite are never an answer.
        scales: `row_scales(matrix, metric)`.
        metric: "cosine", "dot" or "euclidean".
        k: how many, 1 to n.
        excluded: int64, (m, e): rows that are no answer to the query; -1 fills.

    Returns:
        rows: int64, (m, k), -1 where there were fewer; scores: float32, (m, k), higher is nearer; -inf
            beside -1.
    """
    m = len(queries)
    rows = np.empty((m, k), np.int64)
    scores = np.empty((m, k), np.float32)
    for start in range(0, m, QUERY_BLOCK):
        block = slice(start, start + QUERY_BLOCK)
        rows[block], scores[block] = _nearest_of_block(
            queries[block], matrix, scales, metric, k, excluded[block]
        )
    return rows, scores


def _nearest_of_block(
    queries: NDArray[np.float32],
    matrix: NDArray[np.float32],
    scales: Scales,
    metric: str,
    k: int,
    excluded: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    m, (n, d) = len(queries), matrix.shape
    wide = scales.scale.dtype
    kept = min(k + SPARE, n)
    keys = np.full((m, kept), -np.inf, wide)
    rows = np.full((m, kept), -1, np.int64)
    step = max(1, PRODUCTS // m)
    if wide != matrix.dtype:
        step = max(1, min(step, PRODUCTS // max(1, d)))  # a block of rows is copied to convert it
    left = unit_rows(queries) if metric == "cosine" else queries.astype(wide)
    products = np.empty(m * min(step, n), wide)
    for first in range(0, n, step):
        block = slice(first, first + step)
        right = matrix[block].astype(wide, copy=False)
        product = products[: m * len(right)].reshape(m, -1)
        if m <= FEW and wide == np.float32:
            multiply_few(left, right, product)
        else:
            with np.errstate(invalid="ignore", over="ignore"):  # such keys are never kept
                np.matmul(left, right.T, out=product)
        keep_best(product, scales.scale[block], scales.shift[block], first, excluded, keys, rows)
    exact = np.empty((m, kept), np.float64)
    exact_scores(queries, matrix, rows, METRICS[metric], exact)
    scores = exact.astype(np.float32)  # what is answered also orders: scores that look equal are equal
    rows, scores = _best(rows, scores, k)
    least = _least_keys(queries, scores[:, -1], scales.longest, metric)
    in_doubt = (keys[:, 0] >= least) & (keys[:, 0] > -np.inf)  # -inf: a place is free, none was left out
    for i in np.flatnonzero(in_doubt & (kept < n)):
        one = slice(i, i + 1)
        rows[one], scores[one] = _nearest_of_many(
            queries[one], left[one], matrix, scales, metric, k, excluded[i], least[i]
        )
    return rows, scores


def _best(
    rows: NDArray[np.int64], scores: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k best of (m, c) rows, of equal scores the lower row first, row -1 last."""
    order = np.lexsort((np.where(rows < 0, np.iinfo(np.int64).max, rows), -scores))[:, :k]
    return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)


def _least_keys(
    queries: NDArray[np.float32], scores: NDArray[np.float32], longest: float, metric: str
) -> NDArray[np.float64]:
    """The least key, (m,), that rounding may have made of a row with the score (m,) or a better one.

    The error of a key is that of a sum of d products; a few units more are for the rounding of the unit
    query, of the scale and of the score, and as many again for products that are too small for a float.
    """
    d, keys = queries.shape[1], scores.astype(np.float64)
    norms = np.empty(len(queries), np.float64)
    squared_norms(queries, norms)
    if metric == "cosine":
        keys -= (2 * d + 16) * ROUNDING
    elif metric == "dot":
        keys -= (d + 8) * (ROUNDING * np.sqrt(norms) * longest + TINIEST)
    else:
        squares = np.square(keys)  # infinite where fewer than k rows were found
        wrong = 4 * ROUNDING * squares + (d + 8) * ROUNDING_64 * np.square(np.sqrt(norms) + longest)
        keys = (norms - squares) / 2 - wrong
    return keys


def _nearest_of_many(
    query: NDArray[np.float32],
    left: NDArray[Any],
    matrix: NDArray[np.float32],
    scales: Scales,
    metric: str,
    k: int,
    excluded: NDArray[np.int64],
    least: float,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k nearest rows of one query, (1, k), among all with keys of at least `least`, however many."""
    rows = np.full((1, k), -1, np.int64)
    scores = np.full((1, k), -np.inf, np.float32)
    for first in range(0, len(matrix), CLOSE):
        block = slice(first, first + CLOSE)
        with np.errstate(invalid="ignore", over="ignore"):
            keys = matrix[block].astype(left.dtype, copy=False) @ left[0]
            close = first + np.flatnonzero(keys * scales.scale[block] + scales.shift[block] >= least)
        close = close[~np.isin(close, excluded)][None]
        exact = np.empty(close.shape, np.float64)
        exact_scores(query, matrix, close, METRICS[metric], exact)
        rows, scores = _best(
            np.concatenate([rows, close], 1), np.concatenate([scores, exact.astype(np.float32)], 1), k
        )
    return rows, scores


def scores_of_pairs(a: NDArray[np.float32], b: NDArray[np.float32], metric: str) -> NDArray[np.float64]:
    """The score of each row of `a`, float32 (m, d) or (1, d), with that of `b`, likewise; float64, (m,)."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    left = np.array(np.broadcast_to(a, shape), np.float32, order="C")
    right = np.array(np.broadcast_to(b, shape), np.float32, order="C")
    right.flags.writeable = False  # as the matrix of a search is: one compiled kernel serves both
    scores = np.empty((len(left), 1), np.float64)
    exact_scores(left, right, np.arange(len(left), dtype=np.int64)[:, None], METRICS[metric], scores)
    return scores[:, 0]
