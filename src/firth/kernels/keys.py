"""The keys that order rows by nearness to a query, and the exact look at rows whose keys are nearly equal."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.longlists import LONG, sort_best
from firth.kernels.rerank import insert, score_of
from firth.kernels.topk import ANY_ORDER, COSINE, EUCLIDEAN, SHORTEST

__all__ = ["keep_close", "key_of", "may_be", "weigh"]


@kernel(inline="always")
def key_of(product, row, weights, metric):
    """What orders rows by nearness: see `weigh`."""
    if metric == COSINE:
        return product * weights[row]
    if metric == EUCLIDEAN:
        return product - weights[row]
    return product


@kernel(inline="always")
def may_be(allowed, row):
    """Whether a row may be an answer; an empty `allowed` allows all."""
    return allowed.size == 0 or allowed[row]


@kernel(fastmath=ANY_ORDER)
def weigh(matrix, metric, centre, weights):
    """Write the weight of each row of a matrix (n, d) to `weights`, float32, (n,).

    It is 1 / |x| for COSINE, whose keys are x·q / |x|, and |x - c|² / 2 for EUCLIDEAN, whose keys are
    x·(q - c) - |x - c|² / 2, with any centre c (float32, (d,)): the closer it is to the rows, the less their
    differences drown in rounding. For DOT, whose keys are x·q, nothing is written.

    Returns the greatest length of these rows, and for EUCLIDEAN their greatest distance from the centre, else
    0; rows that are not finite do not count.
    """
    longest = farthest = 0.0
    for i in range(matrix.shape[0]):
        squares = away = 0.0
        for j in range(matrix.shape[1]):
            x = np.float64(matrix[i, j])
            squares += x * x
            if metric == EUCLIDEAN:
                away += (x - np.float64(centre[j])) ** 2
        if squares < np.inf:
            longest, farthest = max(longest, np.sqrt(squares)), max(farthest, np.sqrt(away))
        if metric == COSINE:
            norm = np.sqrt(squares)
            weights[i] = 0.0 if norm < SHORTEST else 1.0 / norm
        elif metric == EUCLIDEAN:
            weights[i] = away / 2
    return longest, farthest


@kernel(fastmath=ANY_ORDER)
def rounded_product(query, row):
    """The product of two rows, float32, (d,), as any order of its sum rounds it."""
    total = np.float32(0)
    for j in range(query.size):
        total += query[j] * row[j]
    return total


@kernel
def keep_close(matrix, weights, metric, query, scaled, least, allowed, first, rows, scores):
    """Score every row exactly whose rounded key reaches `least`, and keep the best of one query.

    This finds the true neighbours where more rows are nearly equally near than a heap had places.

    Reads:
        matrix, weights, metric, allowed: as in `keep_of_one`.
        query: float32, (d,), that is scored with; scaled: the same as the keys take it, of length 1 for
            COSINE, without the centre of the weights for EUCLIDEAN. least: float64.

    Changes:
        rows: int64, (k,), and scores: float32, (k,): by falling score, equal ones by rising row; -1 and -inf
            where nothing is yet.
    """
    held = 0
    while held < rows.size and rows[held] >= 0:
        held += 1
    squares = 0.0
    for j in range(query.size):
        squares += np.float64(query[j]) * np.float64(query[j])
    norm = np.sqrt(squares)
    many = rows.size > LONG
    near, theirs = np.empty(0, np.int64), np.empty(0, np.float32)
    if many:
        near, theirs = np.full(held + matrix.shape[0], -1), np.empty(held + matrix.shape[0], np.float32)
        near[:held], theirs[:held] = rows[:held], scores[:held]
    for i in range(matrix.shape[0]):
        if may_be(allowed, i):
            key = key_of(rounded_product(scaled, matrix[i]), i, weights, metric)
            if key >= least:
                score = np.float32(score_of(query, matrix[i], metric, norm))
                if many:
                    near[held + i], theirs[held + i] = first + i, score
                elif score == score:
                    held = insert(scores, rows, held, score, first + i)
    if many:
        sort_best(near, theirs, rows, scores)
