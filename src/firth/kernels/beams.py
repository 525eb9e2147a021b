"""The inner steps of residual codes: extend the best beginnings of a code, and add up the rows of codes."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["compose", "extend"]

_GROUP = 64  # centroids that are compared with the worst kept one without a branch; k is 16, 32 or a multiple


@kernel
def extend(products, halves, losses, parents, codes, gains):
    """The best extensions of the beginnings of codes, by one centroid each.

    A beginning that leaves a residual r, and the centroid c, leave |r - c|² = |r|² - 2 (r·c - |c|²/2). What
    is kept are the greatest of r·c - |c|²/2 - |r|²/2, in falling order, of equal ones the first.

    Reads: products float32, (n, held, k), r·c; halves float32, (k,), |c|²/2; losses float32, (n, held), |r|².
    Writes: parents int64, codes uint8 and gains float32, (n, kept), with kept at most held · k: which
    beginning and which centroid. A gain that is not a number is left out; the places that stay free hold the
    first beginning and centroid 0.
    """
    n, held, k = products.shape
    kept = parents.shape[1]
    step = min(k, _GROUP)
    for i in range(n):
        for place in range(kept):
            gains[i, place], parents[i, place], codes[i, place] = -np.inf, 0, 0
        for parent in range(held):
            start = -losses[i, parent] * np.float32(0.5)
            for first in range(0, k, step):
                worst, better = gains[i, kept - 1], 0
                for offset in range(step):
                    c = first + offset
                    better += start + (products[i, parent, c] - halves[c]) > worst
                if better == 0:
                    continue
                for c in range(first, first + step):
                    gain = start + (products[i, parent, c] - halves[c])
                    if gain > gains[i, kept - 1]:
                        place = kept - 1
                        while place > 0 and gain > gains[i, place - 1]:
                            gains[i, place] = gains[i, place - 1]
                            parents[i, place] = parents[i, place - 1]
                            codes[i, place] = codes[i, place - 1]
                            place -= 1
                        gains[i, place], parents[i, place], codes[i, place] = gain, parent, c


@kernel
def compose(codebooks, codes, rows):
    """Add to rows (float32, (n, d)) the centroid of each stage that their codes (uint8, (n, stages), each
    below k) name; codebooks float32, (at least stages, k, d)."""
    for i in range(rows.shape[0]):
        for stage in range(codes.shape[1]):
            c = codes[i, stage]
            for j in range(rows.shape[1]):
                rows[i, j] += codebooks[stage, c, j]
