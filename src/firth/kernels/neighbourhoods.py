"""Every row's neighbours among all rows, and how many rows are nearer than a given one.

A product of a block of rows with another block says how near each of the first is to each of the second and
the other way round. `keep_both` takes it into the heaps of both sides, so that all pairs of n rows cost half
the products. `count_nearer` finds the rank of a few rows among all without sorting: it counts.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.topk import replace_root

__all__ = ["count_nearer", "keep_both"]

GROUP = 64
CHUNK = 2048  # keys that are compared with all k thresholds while they are in the first-level cache


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


@kernel
def count_nearer(keys, own, chosen, ranks):
    """Write the rank of each chosen row among all: 1 + how many rows other than `own` come before it.

    A row comes before another one if its key is greater, or equal and the row lower.

    Reads:
        keys: float64, (m, n): how near each of n rows is to each of m queries.
        own: int64, (m,): the row of the query itself, which has no rank.
        chosen: int64, (m, k): rows, none of them the query's own.

    Writes:
        ranks: int64, (m, k).
    """
    m, n = keys.shape
    k = chosen.shape[1]
    for i in range(m):
        ties = np.zeros(k, np.int64)
        for c in range(k):
            row = chosen[i, c]
            mine, key = keys[i, own[i]], keys[i, row]
            ranks[i, c] = 1 - int(mine > key or (mine == key and own[i] < row))
        for start in range(0, n, CHUNK):
            chunk = keys[i, start : start + CHUNK]  # from 0 on, so that the loop becomes vector instructions
            for c in range(k):
                key = keys[i, chosen[i, c]]
                nearer, as_near = 0, 0
                for j in range(chunk.size):
                    nearer += chunk[j] > key
                    as_near += chunk[j] == key
                ranks[i, c] += nearer
                ties[c] += as_near
        for c in range(k):
            if ties[c] > 1:  # itself is one
                row = chosen[i, c]
                for j in range(row):
                    ranks[i, c] += keys[i, j] == keys[i, row]
