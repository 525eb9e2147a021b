"""The leaves of a ball tree looked at in float32, all rows of a leaf at once, before any is scored exactly.

The rows of a leaf lie number by number: the first number of all its rows, then the next. So one instruction
takes a number of the query to many rows. What rounding may have done to a sum is bounded (Higham 2002,
"Accuracy and Stability of Numerical Algorithms", section 3.1), so that no row is passed over that might be
an answer.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.topk import ANY_ORDER, COSINE, EUCLIDEAN

__all__ = ["any_within", "lay_leaves", "limit_of", "screen"]

ROUNDING, TINIEST = 2.0**-24, 2.0**-149  # the greatest relative error of a step; the least float32


@kernel
def lay_leaves(rows, order, left, start, stop, out):
    """Copy the rows (float32, (n, d)) of each leaf to `out` (float32, (b · d,)), number by number.

    order, left, start, stop: the tree, see `balltree`. A leaf's rows begin at start · d.
    """
    d = rows.shape[1]
    for node in range(left.size):
        if left[node] == 0:
            first, size = start[node], stop[node] - start[node]
            for i in range(size):
                row = order[first + i]
                for j in range(d):
                    out[first * d + j * size + i] = rows[row, j]


@kernel(fastmath=ANY_ORDER)
def screen(query, leaf, metric, out):
    """Write to `out` (float32, (size,)) how near the rows of a leaf are, more is nearer: the product with the
    query, or for EUCLIDEAN minus the square of the distance. leaf: float32, (d · size,)."""
    size = out.size
    out[:] = 0
    for j in range(query.size):
        q, part = query[j], leaf[j * size : (j + 1) * size]
        if metric == EUCLIDEAN:
            for i in range(size):
                away = q - part[i]
                out[i] -= away * away
        else:
            for i in range(size):
                out[i] += q * part[i]


@kernel(inline="always")
def limit_of(score, dim, length, longest, metric):
    """What `screen` says of a row with a score, at least. The query has this length, and no row is longer
    than `longest`."""
    if metric == EUCLIDEAN:
        return np.float32(-(np.float64(score) ** 2) * (1 + (2 * dim + 16) * ROUNDING) - (dim + 2) * TINIEST)
    product = np.float64(score) * (length if metric == COSINE else 1.0)
    bound = (dim + 16) * (ROUNDING * length * longest + TINIEST)
    return np.float32(product - bound - 4 * ROUNDING * abs(product))


@kernel
def any_within(nearness, limit):
    """Whether a row of a leaf may reach the limit; a sum that overflowed to NaN may."""
    beyond = 0
    for i in range(nearness.size):
        beyond += nearness[i] < limit
    return beyond < nearness.size
