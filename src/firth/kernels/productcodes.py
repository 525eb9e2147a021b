"""Codes made of parts: find the nearest centroid of each part, pack the numbers, sum tables over them.

A row of d numbers is cut at `bounds` into parts, and each part has k centroids of its own. All of them fit
one matrix (k, d), whose columns bounds[p] to bounds[p + 1] are the centroids of part p; the kernels take it
transposed, (d, k), so that one number of a row meets the k centroids side by side.

A code is the number of a centroid, below k, for every part; `unpack` cannot give another, whatever the bytes.
"""

from __future__ import annotations

import numba
import numpy as np

from firth.kernels.codelanes import AT_ONCE, nearest_of, sum_entries
from firth.kernels.jit import kernel
from firth.kernels.lanes import LANES
from firth.kernels.topk import ANY_ORDER

__all__ = ["TOGETHER", "add_rows", "nearest_parts", "pack", "spread", "sum_few", "sum_many", "unpack"]

TOGETHER = LANES  # queries of `sum_many`
_ROWS = 256  # of a block whose parts are placed one after the other, so that rows and centroids stay near


@kernel
def nearest_parts(rows, centroids, halves, bounds, first, last, codes):
    """Write the nearest centroid (of equal ones the lower) of each of the parts first to last of each row.

    |x - c|² is smallest where x·c - |c|²/2 is greatest. A row has the same codes alone and among others.

    Reads, all C-contiguous: rows float32, (n, d); centroids float32, (d, k); halves float32, (parts, k),
    |c|²/2; bounds int64, (parts + 1,). k is a multiple of 16. Writes: codes uint8, (n, parts).
    """
    n, width = rows.shape
    k, parts = centroids.shape[1], codes.shape[1]
    for start in range(0, n, _ROWS):
        end = min(start + _ROWS, n)
        for p in range(first, last):
            low = bounds[p]
            dims = bounds[p + 1] - low
            i = start
            while i + AT_ONCE <= end:
                place, code = i * width + low, i * parts + p
                nearest_of(
                    rows, place, width, dims, centroids, low * k, k, halves, p * k, codes, code, parts, 4
                )
                i += AT_ONCE
            while i < end:
                place, code = i * width + low, i * parts + p
                nearest_of(
                    rows, place, width, dims, centroids, low * k, k, halves, p * k, codes, code, parts, 1
                )
                i += 1


@kernel
def add_rows(rows, codes, bounds, first, last, sums, counts):
    """Add each part of each row to the sum of its centroid, for the parts first to last.

    Reads: rows float32, (n, d); codes uint8, (n, parts); bounds int64, (parts + 1,).
    Changes: sums float64, (k, d); counts int64, (parts, k).
    """
    for i in range(rows.shape[0]):
        for part in range(first, last):
            c = codes[i, part]
            counts[part, c] += 1
            for j in range(bounds[part], bounds[part + 1]):
                sums[c, j] += rows[i, j]


@kernel(fastmath=ANY_ORDER)
def spread(rows, bounds, draws, first, last, chosen):
    """Choose rows to start the centroids of each part from: each with a probability that grows with its
    squared distance to the nearest one chosen before (k-means++, Arthur and Vassilvitskii 2007).

    Reads: rows float32, (n, d); bounds int64, (parts + 1,); draws float64, (parts, k), evenly in [0, 1).
    Writes: chosen int64, (parts, k), row numbers, for the parts first to last. Where all rows are as one that
    was chosen, row 0 is chosen again.
    """
    n = rows.shape[0]
    away = np.empty(n, np.float32)
    for part in range(first, last):
        away[:] = np.float32(3e38)
        row = min(n - 1, int(draws[part, 0] * n))
        for c in range(draws.shape[1]):
            if c > 0:
                row = _drawn(away, draws[part, c])
            chosen[part, c] = row
            for i in range(n):
                total = np.float32(0)
                for j in range(bounds[part], bounds[part + 1]):
                    apart = rows[i, j] - rows[row, j]
                    total += apart * apart
                away[i] = min(away[i], total)


@kernel
def _drawn(weights, draw):
    """The number of a weight, drawn in proportion to the weights; 0 if all are 0."""
    total = 0.0
    for i in range(weights.size):
        total += weights[i]
    target, reached, last = draw * total, 0.0, 0
    for i in range(weights.size):
        if weights[i] > 0.0:
            reached += weights[i]
            last = i
            if reached > target:
                break
    return last


@kernel
def pack(codes, bits, packed):
    """Write the codes (uint8, (n, parts), each below 2^bits) as `bits` bits each, the first in the lowest
    bits of the first byte, into `packed` (uint8, (n, ⌈parts · bits / 8⌉))."""
    for i in range(codes.shape[0]):
        held, have, place = 0, 0, 0
        for part in range(codes.shape[1]):
            held |= np.int64(codes[i, part]) << have
            have += bits
            if have >= 8:
                packed[i, place] = held & 255
                held >>= 8
                have -= 8
                place += 1
        if have:
            packed[i, place] = held


@kernel
def unpack(packed, bits, codes):
    """Write the codes that `pack` packed; every one is below 2^bits. Shapes and types as there."""
    mask = (1 << bits) - 1
    for i in range(codes.shape[0]):
        held, have, place = 0, 0, 0
        for part in range(codes.shape[1]):
            if have < bits:
                held |= np.int64(packed[i, place]) << have
                have += 8
                place += 1
            codes[i, part] = held & mask
            held >>= bits
            have -= bits


@kernel
def sum_few(tables, codes, sums):
    """Sum, for each query and row, the entries of the query's tables that the row's codes name.

    Eight rows are summed side by side, each in the order of its parts: the sums are those of `sum_many`, to
    the bit, and rows with equal codes have equal sums.

    Reads: tables float32, (m, parts, k); codes uint8, (b, parts). Writes: sums float32, (m, b).
    """
    b, parts = codes.shape
    for query in range(tables.shape[0]):
        table = tables[query]
        row = 0
        while row + 8 <= b:
            s0, s1, s2, s3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            s4, s5, s6, s7 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for p in range(parts):
                s0 += table[p, codes[row, p]]
                s1 += table[p, codes[row + 1, p]]
                s2 += table[p, codes[row + 2, p]]
                s3 += table[p, codes[row + 3, p]]
                s4 += table[p, codes[row + 4, p]]
                s5 += table[p, codes[row + 5, p]]
                s6 += table[p, codes[row + 6, p]]
                s7 += table[p, codes[row + 7, p]]
            for offset, total in enumerate((s0, s1, s2, s3, s4, s5, s6, s7)):
                sums[query, row + offset] = total
            row += 8
        for last in range(row, b):
            total = np.float32(0)
            for p in range(parts):
                total += table[p, codes[last, p]]
            sums[query, last] = total


@kernel
def sum_many(tables, codes, sums):
    """As `sum_few` for TOGETHER queries, whose entries lie side by side: one vector is added a part.

    Reads, all C-contiguous: tables float32, (parts, k, TOGETHER); codes uint8, (b, parts).
    Writes: sums float32, (b, TOGETHER).
    """
    b, parts = codes.shape
    k, row = tables.shape[1], 0
    while row + AT_ONCE <= b:
        sum_entries(tables, k, codes, row * parts, parts, sums, row * TOGETHER, 4)
        row += AT_ONCE
    while row < b:
        sum_entries(tables, k, codes, row * parts, parts, sums, row * TOGETHER, 1)
        row += 1


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference_productcodes import nearest_parts, sum_many
