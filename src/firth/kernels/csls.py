"""How crowded it is around each row of two spaces, and which row of the other one is its best partner.

`multiply` makes one block of products of rows a (m, d) with rows b (c, d) after another, and the other
kernels keep what they need of it for both sides at once, so that the similarities of two spaces are
multiplied out once for a pass and not once for each side. As in `topk.keep_best`, 64 products at a time are
compared without a branch, and only a group that holds something new is looked at again.

The register tiles of `tiles.product` do the multiplying, and threads of our own share the blocks. They never
wait for each other, as the threads of a BLAS do at the end of every product: on a processor that had other
work too, a pass took them six times the time of the processor. On one core the tiles were measured at 110
billion operations a second, the BLAS of NumPy at 80. And a product is the same, bit for bit, wherever its
rows stand in a block, so that equal rows have equal similarities.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.stream import splitmix
from firth.kernels.tiles import LANES, product

__all__ = ["LANES", "best_of_both", "count_above", "keep_greatest", "multiply", "place", "stays"]

GROUP = 64
_UNIT = 1.0 / (1 << 53)


@kernel
def place(a, s):
    """Write the rows of a (m, d) to the beginning of a scratch array, filled up to a multiple of four.

    Reads:
        a: float32.

    Changes:
        s: float32, at least as long as these rows.
    """
    m, d = a.shape
    for i in range(m):
        for k in range(d):
            s[i * d + k] = a[i, k]
    for i in range(m * d, (m + 3) // 4 * 4 * d):
        s[i] = 0


@kernel
def multiply(height, b, s):
    """Write the products of rows that were placed with rows b (c, d) to the end of a scratch array.

    Reads:
        height: how many rows were placed, a multiple of four; b: float32. What is not finite makes products
            that are not.

    Changes:
        s: float32. It begins with the placed rows; b follows, on its side, in columns up to a multiple of
            LANES, C, and then the products: s[(height + C) d :], (height, C).
    """
    c, d = b.shape
    width = (c + LANES - 1) // LANES * LANES
    right = height * d
    for j in range(c):
        for k in range(d):
            s[right + k * width + j] = b[j, k]
    for k in range(d):
        for j in range(c, width):
            s[right + k * width + j] = 0
    product(s, right + d * width, width, 0, d, 1, right, width, d, height, width // LANES)


@kernel
def replace_least(heap, value):
    """Put a value in the place of the least of a full heap (k,), whose root that is."""
    size = heap.size
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[parent] = heap[child]
        parent = child
    heap[parent] = value


@kernel
def keep_greatest(products, of_rows, of_columns):
    """Take a block of products into the heaps of the k greatest of each row and of each column.

    Reads:
        products: float32, (m, c). NaN and -inf are never kept.

    Changes:
        of_rows: float32, (m, k), and of_columns: float32, (c, l): the heaps, always full. They start as -inf.
    """
    m, c = products.shape
    groups = c // GROUP
    least = of_columns[:, 0].copy()  # one after the other, to be compared 64 at a time
    for i in range(m):
        for g in range(groups + 1):
            if g < groups:
                least_of_row = of_rows[i, 0]
                greater = 0
                for j in range(GROUP):
                    column = g * GROUP + j
                    product = products[i, column]
                    greater += (product > least_of_row) | (product > least[column])
                if greater == 0:
                    continue
            for column in range(g * GROUP, min((g + 1) * GROUP, c)):
                product = products[i, column]
                if product > of_rows[i, 0]:
                    replace_least(of_rows[i], product)
                if product > least[column]:
                    replace_least(of_columns[column], product)
                    least[column] = of_columns[column, 0]


@kernel(inline="always")
def stays(seed, row, column, keep):
    """Whether the pair (row, column) stays when a share `keep` of all pairs does, by a number of its own."""
    _, bits = splitmix(np.uint64(seed) ^ (np.uint64(row) << np.uint64(32)) ^ np.uint64(column))
    _, bits = splitmix(bits)  # once more: neighbouring states differ in few bits
    return np.float64(bits >> np.uint64(11)) * _UNIT < keep


@kernel
def best_of_both(products, first_row, first_column, row_crowding, column_crowding, keep, seed, rows, columns):
    """Keep the best partner of each row and of each column by CSLS, over a block of products.

    The key of row i and column j is 2 products[i, j] - column_crowding[j] for the row, whose own crowding is
    the same for all its partners, and 2 products[i, j] - row_crowding[i] for the column. Of equal keys the
    lower partner is kept; NaN never is. Pairs that do not stay (see `stays`) are nobody's partners.

    Reads:
        products: float32, (m, c); row_crowding: float32, (m,); column_crowding: float32, (c,).
        first_row, first_column: which row and column the block begins with.
        keep, seed: the share of pairs that stay, 1 for all, and where the numbers come from.

    Changes:
        rows: (keys float32 (m,), partners int64 (m,)); columns: the same of the columns, (c,). Keys start as
            -inf, partners as -1.
    """
    m, c = products.shape
    groups = c // GROUP
    row_keys, row_partners = rows
    column_keys, column_partners = columns
    for i in range(m):
        away = row_crowding[i]
        for g in range(groups + 1):
            if g < groups:
                best = row_keys[i]
                better = 0
                for j in range(GROUP):
                    column = g * GROUP + j
                    twice = products[i, column] + products[i, column]
                    better += (twice - column_crowding[column] > best) | (twice - away > column_keys[column])
                if better == 0:
                    continue
            for column in range(g * GROUP, min((g + 1) * GROUP, c)):
                twice = products[i, column] + products[i, column]
                of_row, of_column = twice - column_crowding[column], twice - away
                if not (of_row > row_keys[i] or of_column > column_keys[column]):
                    continue
                if keep < 1.0 and not stays(seed, first_row + i, first_column + column, keep):
                    continue
                if of_row > row_keys[i]:
                    row_keys[i], row_partners[i] = of_row, first_column + column
                if of_column > column_keys[column]:
                    column_keys[column], column_partners[column] = of_column, first_row + i


@kernel
def count_above(products, scale, shift, own, tolerance, above, level):
    """Count the columns whose key is above that of the row, and those that are level with it.

    Reads:
        products: float32, (m, c); scale, shift: float32, (c,): the key is products * scale + shift; NaN and
            -inf count for nothing.
        own: float32, (m,): the key to compare with; tolerance: how far keys may be apart and still be level.

    Changes:
        above, level: int64, (m,): added to.
    """
    m, c = products.shape
    for i in range(m):
        high, low = own[i] + tolerance, own[i] - tolerance
        greater, near = 0, 0
        for j in range(c):
            key = products[i, j] * scale[j] + shift[j]
            greater += key > high
            near += key >= low
        above[i] += greater
        level[i] += near - greater
