"""Every row's neighbours among all rows, and how many rows are nearer than a given one.

A product of a block of rows with another block says how near each of the first is to each of the second and
the other way round. `keep_both` takes it into the heaps of both sides, so that all pairs of n rows cost half
the products. `count_nearer` finds the rank of a few rows among all without sorting: it counts.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.topk import ANY_ORDER, replace_root

__all__ = ["count_nearer", "exact_products", "keep_both"]

GROUP = 64
CHUNK = 128  # keys that are looked at again where one of them is unsure


@kernel
def keep_both(products, shift, first, other, floors, keys, rows):
    """Take the products of two blocks of rows into the heaps of the best k of each row of both.

    The key of row b for row a is their product + shift[b]; the greatest are kept, of equal ones the first
    to come. If blocks come with rising `first` and, for each, rising `other` >= first, that is the lower row.

    Reads:
        products: float32 or float64, (m, b): of the rows from `first` on with those from `other` on.
        shift: the same type, (n,).

    Changes:
        floors: the same type, (n,): the worst key that each row has kept; starts at -inf.
        keys: the same type, (n, k), and rows: int64, (n, k): the heaps, which start with -inf and -1.
    """
    m, b = products.shape
    groups = b // GROUP
    # Views that begin with the block, so that the loop below needs no other index than the column.
    shifts, lowest = shift[other : other + b], floors[other : other + b]
    for i in range(m):
        a = first + i
        own = shift[a]
        for g in range(groups + 1):
            # As in topk.keep_best: plain indices and no branch make vector instructions of this loop.
            if g < groups:
                floor = floors[a]
                better = 0
                for j in range(GROUP):
                    column = g * GROUP + j
                    product = products[i, column]
                    better += (product + shifts[column] > floor) | (product + own > lowest[column])
                if better == 0:
                    continue
            for column in range(g * GROUP, min((g + 1) * GROUP, b)):
                product, c = products[i, column], other + column
                if c == a:
                    continue
                if product + shifts[column] > floors[a]:
                    replace_root(keys[a], rows[a], product + shifts[column], c)
                    floors[a] = keys[a, 0]
                # Within one block every pair comes twice, once from each side.
                if first != other and product + own > lowest[column]:
                    replace_root(keys[c], rows[c], product + own, a)
                    lowest[column] = keys[c, 0]


@kernel(fastmath=ANY_ORDER)
def product(a, b):
    """The product of two rows, float64, (d,), always summed in the same way."""
    total = 0.0
    for j in range(a.size):
        total += a[j] * b[j]
    return total


@kernel
def exact_products(queries, matrix, rows, out):
    """Write to `out` (float64, (m, c)) the products of queries, float64, (m, d), with chosen rows, int64, (m,
    c), of a matrix, float64, (n, d); -inf where the row is -1.
    """
    for i in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            out[i, c] = product(queries[i], matrix[rows[i, c]]) if rows[i, c] >= 0 else -np.inf


@kernel
def count_nearer(keys, slack, queries, matrix, own, chosen, ranks):
    """Write the rank of each chosen row among all: 1 + how many rows other than `own` come before it.

    A row comes before another one if its product with the query is greater, or equal and the row lower.
    Rounded products decide where they can; where one is so near to that of the chosen row that rounding may
    hide which is greater, the two are compared in float64.

    Reads:
        keys: float32, (m, n): the rounded products, wrong by `slack` at the most.
        queries: float64, (m, d); matrix: float64, (n, d).
        own: int64, (m,): the row of the query itself, which has no rank.
        chosen: int64, (m, k): rows, none of them the query's own.

    Writes:
        ranks: int64, (m, k).
    """
    m, n = keys.shape
    exact, known = np.empty(n), np.full(n, -1)  # products of query known[j]; each is computed once at most
    for i in range(m):
        for c in range(chosen.shape[1]):
            row = chosen[i, c]
            key = product(queries[i], matrix[row])
            low, high = np.float32(key - slack), np.float32(key + slack)
            rank = 1 - int(keys[i, own[i]] > high)
            for start in range(0, n, CHUNK):
                chunk = keys[i, start : start + CHUNK]  # from 0 on, so that the loop is made of vectors
                nearer, unsure = np.uint16(0), np.uint16(0)  # many fit into one vector
                for j in range(chunk.size):
                    nearer = np.uint16(nearer + np.uint16(chunk[j] > high))
                    unsure = np.uint16(unsure + np.uint16(chunk[j] >= low))
                rank += np.int64(nearer)
                if unsure - nearer == int(start <= row < start + chunk.size):
                    continue  # no other row than the chosen one itself
                for j in range(start, start + chunk.size):
                    if low <= keys[i, j] <= high and j != row and j != own[i]:
                        if known[j] != i:
                            exact[j], known[j] = product(queries[i], matrix[j]), i
                        rank += exact[j] > key or (exact[j] == key and j < row)
            ranks[i, c] = rank
