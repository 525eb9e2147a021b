"""Distances from products, and from differences where products have lost their digits."""

from __future__ import annotations

import math

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.topk import ANY_ORDER

__all__ = ["minus_distances", "squares_away"]


@kernel(fastmath={"contract"})
def minus_distances(products, factors, own, others, means, centres, weight, near, faint, scores, counts):
    """scores[i, j] = -√(own[i] + others[j] - factors[i] · products[i, j] + weight · (means[i] - centres[j])²)

    What rounding made negative counts as 0; what is not finite becomes NaN, so that it looks like no
    distance.

    Reads: products float32, (m, b); factors, own, means float64, (m,); others, centres float64, (b,).
    Writes: scores float32, (m, b); counts int64, (m,): how many squares are below near · (own + others),
    where float32 products leave few digits, or have own + others below faint, where they may have vanished.
    """
    for i in range(products.shape[0]):
        factor, mine, mean, few = factors[i], own[i], means[i], 0
        for j in range(products.shape[1]):
            both, apart = mine + others[j], mean - centres[j]
            square = both - factor * np.float64(products[i, j]) + weight * apart * apart
            few += int(square < near * both) | int(both < faint)
            root = math.sqrt(max(square, 0.0))
            scores[i, j] = np.float32(-root if abs(square) < np.inf else np.nan)
        counts[i] = few


@kernel(fastmath=ANY_ORDER)
def squares_away(rows, query, squares):
    """squares[i] = |rows[i] - query|², the differences in float32, their squares summed in float64.

    Reads: rows float32, (n, d); query float32, (d,). Writes: squares float64, (n,).
    """
    for i in range(rows.shape[0]):
        total = 0.0
        for j in range(rows.shape[1]):
            away = np.float64(rows[i, j] - query[j])
            total += away * away
        squares[i] = total
