"""Sums over the windows of a block as products with a band matrix: X = A E, and back E += Aᵀ G.

E holds the rows of all positions in reach, A how much each counts in each window. Where each counts by a
weight of its own this is the form; where all of a window count alike, running sums do with less (see
`windows`).
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.negative import BLOCK
from firth.kernels.tiles import LANES, ROWS, add_product, product

__all__ = ["Band", "add_back", "lay_band", "mix"]

Band = namedtuple("Band", "E A G end")


@kernel
def lay_band(begin, G, row, window):
    """Where these parts stand, from `begin` on, a multiple of LANES; at G are the steps of the hidden
    vectors."""
    reach = BLOCK + 2 * window
    E = begin
    A = E + reach * row
    return Band(E, A, G, A + -(-BLOCK * reach // LANES) * LANES)


@kernel
def mix(s, X, row, w, low, high, start, stop, first, window, wide):
    """X = A E, with rows of zeros up to BLOCK."""
    reach = BLOCK + 2 * window
    s[X + (stop - start) // ROWS * ROWS * row : X + BLOCK * row] = 0.0
    for i in range(start, stop, ROWS):
        l, h = np.int64(low[i]), np.int64(high[i])
        for k in range(i + 1, min(i + ROWS, stop)):
            l, h = min(l, np.int64(low[k])), max(h, np.int64(high[k]))
        a, b = w.A + (i - start) * reach + l - first, w.E + (l - first) * row
        product(s, X + (i - start) * row, row, a, reach, 1, b, row, h - l + 1, ROWS, wide // LANES)


@kernel
def add_back(s, w, start, stop, first, last, window, near, inputs):
    """Each word takes its share of the steps G of the windows it stands in, straight into the matrix."""
    reach, wide = BLOCK + 2 * window, inputs.shape[1]
    for j in range(first, last + 1, ROWS):
        above, below = max(start, j - window), min(stop, j + window + ROWS)
        if above < below:
            a, g = w.A + (above - start) * reach + j - first, w.G + (above - start) * wide
            add_product(
                s, inputs, near, j - first, min(ROWS, last + 1 - j), a, 1, reach, g, wide, below - above
            )
