"""Keep the best of many scores without sorting them, and score the few that are left exactly.

A search multiplies a block of queries with a block of rows (BLAS) and hands the products to `keep_best`,
which holds the k best rows of each query in a binary heap whose root is the worst of them. Almost every
product is below that root, so they are compared 64 at a time, without a branch, and only a group that holds a
better one is looked at again: 100,000 products cost about 20 µs. `exact_scores` then scores the winners anew
in float64.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = [
    "COSINE",
    "DOT",
    "EUCLIDEAN",
    "SHORTEST",
    "exact_scores",
    "keep_best",
    "multiply_few",
    "squared_norms",
]

COSINE, DOT, EUCLIDEAN = 0, 1, 2
GROUP = 64
ANY_ORDER = {"reassoc", "contract"}  # sums may be vectorised; NaN and infinity keep their meaning
SHORTEST = 1.1754943508222875e-38  # the least normal float32; shorter rows count as zero


@kernel(fastmath=ANY_ORDER)
def squared_norms(matrix, out):
    """Write to `out` (float64, (n,)) the sum of squares of each row of `matrix` (float32, (n, d))."""
    for i in range(matrix.shape[0]):
        total = 0.0
        for j in range(matrix.shape[1]):
            x = np.float64(matrix[i, j])
            total += x * x
        out[i] = total


@kernel(fastmath=ANY_ORDER)
def multiply_few(queries, matrix, out):
    """Write to `out` (float32, (m, n)) the products of a few queries (m, d) with the rows of a matrix (n, d).

    The rows are read once, at the speed of the memory, by the calling thread alone. BLAS would wake its other
    threads for each query; they gain little here, and where another program has a core, waiting for them was
    measured to take several times as long as the work.
    """
    m, d = queries.shape
    for row in range(matrix.shape[0]):
        for i in range(m):
            total = np.float32(0)
            for j in range(d):
                total += queries[i, j] * matrix[row, j]
            out[i, row] = total


@kernel(inline="always")
def worse(key, row, other_key, other_row):
    """Whether (key, row) comes after (other_key, other_row): by falling key, equal keys by rising row."""
    return key < other_key or (key == other_key and row > other_row)


@kernel
def replace_root(keys, rows, key, row):
    """Put (key, row) in the place of the root of the full heap (keys, rows)."""
    size = keys.size
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        if child + 1 < size and worse(keys[child + 1], rows[child + 1], keys[child], rows[child]):
            child += 1
        if not worse(keys[child], rows[child], key, row):
            break
        keys[parent], rows[parent] = keys[child], rows[child]
        parent = child
    keys[parent], rows[parent] = key, row


@kernel(inline="always")
def contains(values, value):
    """Whether the short list `values` holds `value`."""
    for k in range(values.size):  # noqa: SIM110 - any() with a generator does not compile
        if values[k] == value:
            return True
    return False


@kernel
def keep_best(products, scale, shift, first_row, excluded, keys, rows):
    """Take a block of products into the heaps of the best k of each query.

    The key of row first_row + j for query i is products[i, j] * scale[j] + shift[j]; the greatest keys are
    kept, of equal ones those of the lower row (blocks come in rising order of rows). A key that is NaN or
    -inf is never kept.

    Reads:
        products: float32 or float64, (m, b).
        scale, shift: the same type, (b,).
        first_row: the row of the first column.
        excluded: int64, (m, e): rows that are no answer to query i; -1 fills.

    Changes:
        keys: the same type as the products, (m, k), and rows: int64, (m, k): the heaps, always full. They
            start with keys of -inf and rows of -1, the places that any row may take.
    """
    m, b = products.shape
    groups = b // GROUP
    for i in range(m):
        for g in range(groups + 1):
            # Plain indices, a constant length and no branch let this loop become a few vector instructions;
            # slices of the arrays would cost more than the comparisons.
            if g < groups:
                threshold = keys[i, 0]
                better = 0
                for j in range(GROUP):
                    column = g * GROUP + j
                    better += products[i, column] * scale[column] + shift[column] > threshold
                if better == 0:
                    continue
            for column in range(g * GROUP, min((g + 1) * GROUP, b)):
                key = products[i, column] * scale[column] + shift[column]
                if key > keys[i, 0] and not contains(excluded[i], first_row + column):
                    replace_root(keys[i], rows[i], key, first_row + column)


@kernel(fastmath=ANY_ORDER)
def exact_scores(queries, matrix, rows, metric, scores):
    """Score chosen rows in float64, each by the same steps, however BLAS was blocked before.

    Reads:
        queries: float32, (m, d); matrix: float32, (n, d); rows: int64, (m, k), -1 for none.
        metric: COSINE (a zero vector has similarity 0), DOT or EUCLIDEAN (minus the distance).

    Writes:
        scores: float64, (m, k); -inf where there is no row.
    """
    m, k = rows.shape
    d = matrix.shape[1]
    for i in range(m):
        for c in range(k):
            row = rows[i, c]
            if row < 0:
                scores[i, c] = -np.inf
                continue
            total, query_norm, row_norm = 0.0, 0.0, 0.0
            for j in range(d):
                q, x = np.float64(queries[i, j]), np.float64(matrix[row, j])
                if metric == EUCLIDEAN:
                    total += (q - x) * (q - x)
                else:
                    total += q * x
                query_norm += q * q
                row_norm += x * x
            if metric == EUCLIDEAN:
                scores[i, c] = -np.sqrt(total)
            elif metric == DOT:
                scores[i, c] = total
            else:
                norms = np.sqrt(query_norm), np.sqrt(row_norm)
                if norms[0] < SHORTEST or norms[1] < SHORTEST:
                    scores[i, c] = 0.0
                else:
                    cosine = total / (norms[0] * norms[1])
                    if cosine > 1.0:  # by rounding; NaN stays NaN, which min and max would hide
                        cosine = 1.0
                    elif cosine < -1.0:
                        cosine = -1.0
                    scores[i, c] = cosine
