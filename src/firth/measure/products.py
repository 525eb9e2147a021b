"""Products of matrices in pieces that a BLAS computes on the thread that asks.

The threads of a BLAS wait for one another at the end of every product. Where a processor is shared they wait
for a turn each time, and thousands of small products, as a fit makes them, take a hundred times as long: a
probe that took 0.8 s alone took 79 s beside others. OpenBLAS leaves products of up to 2^18 multiplications to
one thread, which for these is as fast as it gets; sums of products of vectors are better left to einsum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["by_few", "rows_at_a_time"]

ALONE = 1 << 18  # multiplications
LEAST = 32  # rows, below which a piece is hardly worth its call


def rows_at_a_time(n: int, d: int, k: int) -> int:
    """How many of n rows (·, d) to multiply by (d, k) at a time; all where pieces would be too small."""
    step = ALONE // max(1, d * k)
    return max(1, n) if step < LEAST else min(step, max(1, n))


def by_few(rows: NDArray[np.float32], few: NDArray[np.float32]) -> NDArray[np.float32]:
    """The product of rows, float32 (n, d), with the few columns (d, k), float32; float32, (n, k)."""
    product = np.empty((len(rows), few.shape[1]), np.float32)
    step = rows_at_a_time(len(rows), *few.shape)
    for start in range(0, len(rows), step):
        np.matmul(rows[start : start + step], few, out=product[start : start + step])
    return product
