"""Tall matrices times small square ones, part by part: what orthonormal bases are made of.

A tall matrix q (n, d) has millions of rows and some hundred columns. Its products are left to threads of our
own, each with rows of its own, and not to a BLAS: the threads of a BLAS wait for each other many times a
product, and where a processor is shared they wait long.

Rows are copied into a scratch array beside the other operand, and the register tiles of `tiles.product` do
the rest. d is a multiple of 16 throughout.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.tiles import LANES, product

__all__ = ["GRAM_ROWS", "TURN_ROWS", "add_gram", "turn"]

GRAM_ROWS = 256  # rows whose products are summed in float32 before they are added up in float64
TURN_ROWS = 64
_STRIP = 64  # rows of the Gram matrix computed together, from the diagonal on


@kernel
def add_gram(q, first, last, s, total):
    """total += qᵀq over the rows first to last, in and above the diagonal.

    Args:
        q: float32, (n, d), read.
        s: float32 scratch, at least d · (GRAM_ROWS + d) long.
        total: float64, (d, d), written; below the diagonal it means nothing.
    """
    d = q.shape[1]
    c = GRAM_ROWS * d
    for start in range(first, last, GRAM_ROWS):
        rows = min(GRAM_ROWS, last - start)
        for r in range(rows):
            for k in range(d):
                s[r * d + k] = q[start + r, k]
        for i in range(0, d, _STRIP):
            height = min(_STRIP, d - i)
            product(s, c, d, i, 1, d, i, d, rows, height, (d - i) // LANES)
            for r in range(height):
                for k in range(d - i):
                    total[i + r, i + k] += np.float64(s[c + r * d + k])


@kernel
def turn(q, first, last, s):
    """q ← q T for the rows first to last, in place.

    Args:
        q: float32, (n, d), written.
        s: float32 scratch, d · (d + 2 · TURN_ROWS) long; begins with T (d, d).
    """
    d = q.shape[1]
    a = d * d
    c = a + TURN_ROWS * d
    for start in range(first, last, TURN_ROWS):
        rows = min(TURN_ROWS, last - start)
        for r in range(rows):
            for k in range(d):
                s[a + r * d + k] = q[start + r, k]
        # Tiles are four rows high: up to three rows of the last one are left over from before.
        product(s, c, d, a, d, 1, 0, d, d, (rows + 3) // 4 * 4, d // LANES)
        for r in range(rows):
            for k in range(d):
                q[start + r, k] = s[c + r * d + k]
