"""The last step of every search: score the candidates exactly and put the best of them in order."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.longlists import LONG, sort_best
from firth.kernels.tiles import prefetch
from firth.kernels.topk import ANY_ORDER, COSINE, EUCLIDEAN, SHORTEST

__all__ = ["best_of", "first_strange", "in_order", "unit_queries"]

_AHEAD = 6  # candidates whose rows are asked for while others are scored: they lie anywhere in memory


@kernel(fastmath=ANY_ORDER)
def unit_queries(queries, out):
    """Write to `out` the rows of `queries` (both float32, (m, d)) at length 1; zeros stay zeros.

    Returns the first row that has a number that is not finite, or -1.
    """
    strange = -1
    for i in range(queries.shape[0]):
        total = 0.0
        for j in range(queries.shape[1]):
            x = np.float64(queries[i, j])
            total += x * x
        if strange < 0 and not np.isfinite(total):  # squares of float32 are far from the end of float64
            strange = i
        norm = np.sqrt(total)
        scale = 0.0 if norm < SHORTEST else 1.0 / norm
        for j in range(queries.shape[1]):
            out[i, j] = queries[i, j] * scale
    return strange


@kernel(fastmath=ANY_ORDER)
def first_strange(queries):
    """The first row of `queries` (float32, (m, d)) that has a number that is not finite, or -1."""
    for i in range(queries.shape[0]):
        total = 0.0
        for j in range(queries.shape[1]):
            x = np.float64(queries[i, j])
            total += x * x
        if not np.isfinite(total):
            return i
    return -1


@kernel(inline="always")
def insert(scores, rows, held, score, row):
    """Put (score, row) in its place among the `held` best, by falling score, equal ones by rising row.

    A row that is there already stays there once. Returns how many are held then.
    """
    k = scores.size
    if held == k and (score < scores[k - 1] or (score == scores[k - 1] and row >= rows[k - 1])):
        return held
    place = held
    while place > 0 and (score > scores[place - 1] or (score == scores[place - 1] and row < rows[place - 1])):
        place -= 1
    if place > 0 and rows[place - 1] == row and scores[place - 1] == score:
        return held
    last = min(held, k - 1)
    for i in range(last, place, -1):
        scores[i], rows[i] = scores[i - 1], rows[i - 1]
    scores[place], rows[place] = score, row
    return min(held + 1, k)


@kernel(fastmath=ANY_ORDER)
def score_of(query, row, metric, query_norm):
    """The score of one row for one query, both float32, (d,), summed in float64.

    Every row is summed by the same steps, so equal rows have equal scores. The cosine with a vector of zeros
    is 0.
    """
    total, squares = 0.0, 0.0
    for j in range(query.size):
        q, x = np.float64(query[j]), np.float64(row[j])
        if metric == EUCLIDEAN:
            total += (q - x) * (q - x)
        else:
            total += q * x
        squares += x * x
    if metric == EUCLIDEAN:
        return -np.sqrt(total)
    if metric == COSINE:
        norm = np.sqrt(squares)
        if norm < SHORTEST or query_norm < SHORTEST:
            return 0.0
        cosine = total / (norm * query_norm)
        if cosine > 1.0:  # by rounding; NaN stays NaN, which min and max would hide
            return 1.0
        if cosine < -1.0:
            return -1.0
        return cosine
    return total


@kernel
def best_of(queries, matrix, candidates, metric, rows, scores):
    """The best of some candidates of each query, scored exactly.

    Reads:
        queries: float32, (m, d). matrix: float32, (n, d).
        candidates: int64, (m, c): rows of the matrix; negative ones are no candidates; one that occurs twice
            counts once.
        metric: COSINE, DOT or EUCLIDEAN of `kernels.topk`.

    Writes:
        rows: int64, (m, k), and scores: float32, (m, k): by falling score, equal scores by rising row; -1
            and -inf where there are fewer. A score that is NaN is no answer.
    """
    many = rows.shape[1] > LONG
    keys = np.empty(candidates.shape[1] if many else 0, np.float32)
    for i in range(queries.shape[0]):
        squares = 0.0
        for j in range(queries.shape[1]):
            squares += np.float64(queries[i, j]) * np.float64(queries[i, j])
        norm = np.sqrt(squares)
        held, given = 0, candidates.shape[1]
        for c in range(min(_AHEAD, given)):
            prefetch(matrix, max(0, candidates[i, c]))
        for c in range(given):
            if c + _AHEAD < given:
                prefetch(matrix, max(0, candidates[i, c + _AHEAD]))
            row = candidates[i, c]
            if row < 0:
                continue
            score = np.float32(score_of(queries[i], matrix[row], metric, norm))
            if many:
                keys[c] = score
            elif score == score:
                held = insert(scores[i], rows[i], held, score, row)
        if many:
            held = sort_best(candidates[i], keys, rows[i], scores[i])
        for c in range(held, rows.shape[1]):
            rows[i, c] = -1
            scores[i, c] = -np.inf


@kernel
def in_order(candidates, keys, rows, scores):
    """The best k of candidates that have scores already; as `best_of` without its matrix.

    Reads: candidates: int64, (m, c), -1 for none; keys: float32, (m, c). Writes: rows, scores, (m, k).
    """
    for i in range(candidates.shape[0]):
        held = 0
        if rows.shape[1] > LONG:
            held = sort_best(candidates[i], keys[i], rows[i], scores[i])
        for c in range(candidates.shape[1] if rows.shape[1] <= LONG else 0):
            if candidates[i, c] >= 0 and keys[i, c] == keys[i, c]:
                held = insert(scores[i], rows[i], held, keys[i, c], candidates[i, c])
        for c in range(held, rows.shape[1]):
            rows[i, c] = -1
            scores[i, c] = -np.inf
