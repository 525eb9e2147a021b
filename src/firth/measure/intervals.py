"""95 % intervals by the bootstrap (Efron and Tibshirani 1993, "An Introduction to the Bootstrap").

A resample of n items is written as weights: how often each item was drawn. Ranks and correlations of all
resamples are then sums over a matrix (resamples, items), without sorting anything again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["bca_interval", "pearson", "proportion_interval", "resamples", "spearman"]

Floats = NDArray[np.float64]
RESAMPLES = 5_000
LEVEL = 0.95
CELLS = 1 << 16  # of one block of weights: 512 kB, which stay in the second-level cache


def pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's correlation of x and y, (n,), under each row of weights (m, n); NaN where one is constant."""
    return _correlation(np.broadcast_to(x, weights.shape), np.broadcast_to(y, weights.shape), weights)


def spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's correlation under each row of weights: Pearson's of the ranks, equal values sharing one."""
    return _correlation(_ranks(x, weights), _ranks(y, weights), weights)


def resamples(n: int, *, seed: int, m: int = RESAMPLES) -> Iterator[Floats]:
    """Blocks of weights (some, n) of m resamples in all: how often each of n items was drawn in n draws."""
    random = np.random.default_rng(seed)
    step = max(1, CELLS // n)
    for start in range(0, m, step):
        count = min(step, m - start)
        drawn = random.integers(0, n, (count, n)) + np.arange(count)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)


def bca_interval(
    statistic: Callable[[Floats], Floats], n: int, *, seed: int, value: float, m: int = RESAMPLES
) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval (Efron and Tibshirani 1993, section 14.3).

    Args:
        statistic: the figure under each row of weights (m, n).
        n: how many items there are.
        seed: of the resampling.
        value: the figure on the items themselves.
        m: how many resamples.

    Returns:
        low and high, NaN where the figure itself is.
    """
    if n < 3 or math.isnan(value):
        return math.nan, math.nan
    drawn = np.concatenate([statistic(weights) for weights in resamples(n, seed=seed, m=m)])
    drawn = np.sort(drawn[~np.isnan(drawn)])
    if not drawn.size or drawn[0] == drawn[-1]:
        return value, value
    normal = NormalDist()
    below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn == value) / 2) / drawn.size
    bias = normal.inv_cdf(min(max(below, 1 / (drawn.size + 1)), 1 - 1 / (drawn.size + 1)))
    acceleration = _acceleration(statistic, n)
    ends = []
    for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        z = bias + normal.inv_cdf(tail)
        ends.append(float(np.quantile(drawn, normal.cdf(bias + z / (1 - acceleration * z)))))
    return min(ends[0], value), max(ends[1], value)


def proportion_interval(right: int, n: int, *, seed: int) -> tuple[float, float]:
    """The bootstrap percentile interval of the share `right` / n; NaN for no items.

    The number right in a resample of n is binomial, so it is drawn at once. Where none or all are right every
    resample says the same, which is no sign of certainty: that end is Wilson's (1927) bound instead.
    """
    if not n:
        return math.nan, math.nan
    drawn = np.random.default_rng(seed).binomial(n, right / n, RESAMPLES) / n
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    z2 = NormalDist().inv_cdf((1 + LEVEL) / 2) ** 2
    if right == 0:
        high = z2 / (n + z2)
    if right == n:
        low = n / (n + z2)
    return float(low), float(high)


def _ranks(x: Floats, weights: Floats) -> Floats:
    """The rank of each item in each resample, (m, n); equal values share the mean of their ranks."""
    _, group, sizes = np.unique(x, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    held: Floats = np.add.reduceat(weights[:, order], starts, axis=1)  # weight of each group of equal values
    ranks: Floats = np.cumsum(held, axis=1) - held + (held + 1) / 2
    return ranks[:, group]


def _correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    dx, xx = _spread(x, weights)
    dy, yy = _spread(y, weights)
    xy = np.einsum("mn,mn,mn->m", weights, dx, dy)
    norm = np.sqrt(xx * yy)
    found: Floats = np.divide(xy, norm, out=np.full(len(norm), np.nan), where=norm > 0)
    return found.clip(-1, 1)


def _spread(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The deviations of x from its mean, (m, n), and the sum of their squares, (m,); 0 for mere rounding."""
    away = x - ((weights * x).sum(axis=1) / weights.sum(axis=1))[:, None]
    squares = np.einsum("mn,mn,mn->m", weights, away, away)
    rounding = 1e-28 * np.einsum("mn,mn,mn->m", weights, x, x)
    return away, np.where(squares > rounding, squares, 0.0)


def _acceleration(statistic: Callable[[Floats], Floats], n: int) -> float:
    """How the spread changes with the figure: from the skewness of the values with one item left out."""
    parts = []
    step = max(1, CELLS // n)
    for start in range(0, n, step):
        count = min(step, n - start)
        weights = np.ones((count, n))
        weights[np.arange(count), start + np.arange(count)] = 0
        parts.append(statistic(weights))
    left_out = np.concatenate(parts)
    away = left_out[~np.isnan(left_out)]
    away = away.mean() - away if away.size else away
    spread = float((away**2).sum()) ** 1.5
    return float((away**3).sum()) / (6 * spread) if spread > 0 else 0.0
