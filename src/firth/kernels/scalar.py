"""Numbers to levels of a few bits and back, and products with levels that are never made numbers.

A level c (uint8) stands for the number low + step · c. Low and step belong to a column of the matrix or to a
row of it; each kernel is there for either, and does its sums in the order that is fastest.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.topk import ANY_ORDER

__all__ = [
    "column_values",
    "level_products",
    "level_sums",
    "levels_by_column",
    "levels_by_row",
    "losses_by_row",
    "row_values",
    "squares_by_column",
]


@kernel
def levels_by_column(rows, low, inverse, top, levels):
    """levels[i, j] = (rows[i, j] - low[j]) · inverse[j] to the nearest whole number from 0 to top.

    rows: float32, (n, d), finite. low, inverse: float64, (d,), so that no difference of floats overflows;
    inverse is 0 where all numbers of a column become its low. levels: uint8, (n, d), written.
    """
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            place = (np.float64(rows[i, j]) - low[j]) * inverse[j] + 0.5
            levels[i, j] = np.uint8(np.int32(min(max(place, 0.0), top)))


@kernel
def levels_by_row(rows, low, inverse, top, levels):
    """The same with low and inverse (n,) of a row each."""
    for i in range(rows.shape[0]):
        first, many = low[i], inverse[i]
        for j in range(rows.shape[1]):
            place = (np.float64(rows[i, j]) - first) * many + 0.5
            levels[i, j] = np.uint8(np.int32(min(max(place, 0.0), top)))


@kernel(fastmath=ANY_ORDER)
def losses_by_row(rows, low, step, inverse, top, losses):
    """losses[i] = Σ_j (low[i] + step[i] · c - rows[i, j])² with the levels c of `levels_by_row`.

    rows: float32, (n, d), finite. low, step, inverse: float64, (n,). losses: float64, (n,), written.
    """
    for i in range(rows.shape[0]):
        first, size, many, total = low[i], step[i], inverse[i], 0.0
        for j in range(rows.shape[1]):
            number = np.float64(rows[i, j])
            level = np.floor(min(max((number - first) * many + 0.5, 0.0), top))
            away = first + size * level - number
            total += away * away
        losses[i] = total


@kernel(fastmath={"contract"})
def column_values(codes, first, low, step, rows):
    """rows[i, j] = low[j] + step[j] · codes[i, first + j].

    codes: uint8, (n, first + d), read-only. low, step: float32, (d,). rows: float32, (n, d), written.
    """
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[i, j] = low[j] + step[j] * np.float32(codes[i, first + j])


@kernel(fastmath={"contract"})
def row_values(codes, first, low, step, rows):
    """The same with low and step (n,) of a row each."""
    for i in range(rows.shape[0]):
        begin, many = low[i], step[i]
        for j in range(rows.shape[1]):
            rows[i, j] = begin + many * np.float32(codes[i, first + j])


@kernel(fastmath=ANY_ORDER)
def level_products(codes, first, weights, products):
    """products[q, i] = Σ_j weights[q, j] · codes[i, first + j], for few queries: BLAS would need floats.

    codes: uint8, (n, first + d), read-only. weights: float32, (m, d). products: float32, (m, n), written.
    """
    for q in range(weights.shape[0]):
        weight = weights[q]
        for i in range(codes.shape[0]):
            total = np.float32(0.0)
            for j in range(weight.shape[0]):
                total += weight[j] * np.float32(codes[i, first + j])
            products[q, i] = total


@kernel(fastmath=ANY_ORDER)
def squares_by_column(codes, first, low, step, squares):
    """squares[i] = Σ_j (low[j] + step[j] · codes[i, first + j])², in float64, which no float32 overflows.

    codes: uint8, (n, first + d), read-only. low, step: float32, (d,). squares: float64, (n,), written.
    """
    for i in range(codes.shape[0]):
        total = 0.0
        for j in range(low.shape[0]):
            x = np.float64(low[j] + step[j] * np.float32(codes[i, first + j]))
            total += x * x
        squares[i] = total


@kernel
def level_sums(codes, first, sums):
    """sums[i] = (Σ_j c, Σ_j c²) over the levels c = codes[i, first + j], exactly.

    codes: uint8, (n, first + d), read-only. sums: int64, (n, 2), written.
    """
    for i in range(codes.shape[0]):
        once, twice = np.int64(0), np.int64(0)
        for j in range(first, codes.shape[1]):
            level = np.int64(codes[i, j])
            once += level
            twice += level * level
        sums[i, 0], sums[i, 1] = once, twice
