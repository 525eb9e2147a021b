"""Correlations of items under weights: one figure for each resample, in two passes over its weights."""

from __future__ import annotations

import math

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["pearson_rows", "spearman_rows"]

ROUNDING = 1e-28  # a spread below this share of the squares is the rounding of equal values


@kernel
def pearson_rows(x, y, weights, found):
    """Pearson's correlation under each row of weights.

    Args:
        x, y: float64, (n,).
        weights: float64, (m, n), C-contiguous, not negative.
        found: float64, (m,), written; NaN where x or y is constant among the items with a weight.
    """
    for r in range(len(weights)):
        total = sx = sy = sxx = syy = 0.0
        for i in range(x.size):
            w = weights[r, i]
            total += w
            sx += w * x[i]
            sy += w * y[i]
            sxx += w * x[i] * x[i]
            syy += w * y[i] * y[i]
        if total == 0.0:
            found[r] = math.nan
            continue
        mx, my = sx / total, sy / total
        xx = xy = yy = 0.0
        for i in range(x.size):
            w, dx, dy = weights[r, i], x[i] - mx, y[i] - my
            xx += w * dx * dx
            xy += w * dx * dy
            yy += w * dy * dy
        if xx > ROUNDING * sxx and yy > ROUNDING * syy:
            found[r] = min(1.0, max(-1.0, xy / math.sqrt(xx) / math.sqrt(yy)))
        else:
            found[r] = math.nan


@kernel
def spearman_rows(x, y, x_groups, y_groups, weights, found):
    """Spearman's correlation under each row of weights: Pearson's of the ranks, equal values sharing one.

    Args:
        x, y: int32, (n,): which of the rising groups of equal values each item is in, from 0.
        x_groups, y_groups: how many groups there are.
        weights: float64, (m, n), C-contiguous, not negative.
        found: float64, (m,), written; NaN where all the weight is in one group of x or of y.
    """
    of_x, of_y = np.empty(x_groups), np.empty(y_groups)
    for r in range(len(weights)):
        of_x[:] = 0.0
        of_y[:] = 0.0
        for i in range(x.size):
            of_x[x[i]] += weights[r, i]
            of_y[y[i]] += weights[r, i]
        xx, yy = _centre(of_x), _centre(of_y)
        xy = 0.0
        for i in range(x.size):
            xy += weights[r, i] * of_x[x[i]] * of_y[y[i]]
        if xx > 0.0 and yy > 0.0:
            found[r] = min(1.0, max(-1.0, xy / math.sqrt(xx) / math.sqrt(yy)))
        else:
            found[r] = math.nan


@kernel
def _centre(held):
    """Put into `held`, the weight of each group, its rank less the mean of all; returns their spread.

    A group's rank is the mean of those of its items: what is before it and half of itself. The weighted mean
    of all ranks is half of the weight in all, whatever the groups.
    """
    total = 0.0
    for weight in held:
        total += weight
    before = spread = 0.0
    for g in range(held.size):
        weight = held[g]
        rank = before + weight / 2 - total / 2
        spread += weight * rank * rank
        held[g] = rank
        before += weight
    return spread
