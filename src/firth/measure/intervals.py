"""95 % intervals by the bootstrap (Efron and Tibshirani 1993, "An Introduction to the Bootstrap").

A resample of n items is written as weights: how often each item was drawn. The figures of all resamples are
then sums over a matrix (resamples, items), without sorting anything again.

Up to 10,000 items there are 5,000 resamples. Beyond that there are as many fewer as make 50 million weights,
a second or two of work, but at least 500: with so many items the interval is narrow, and near enough to that
of a normal distribution for the ends of 500 draws to be good to a tenth of their distance.

The bootstrap takes the spread of few items for smaller than it is, by sqrt((n - 1) / n), and the normal
distribution where Student's would be due. Both are put right by going further out into the tails, as
Hesterberg (2015, "What Teachers Should Know About the Bootstrap", section 3.3) proposes. In simulations here,
95 % intervals of the mean of 8 skewed values covered it 92 times of 100, not 88; from 30 items on there is no
difference to speak of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEVEL",
    "Floats",
    "acceleration_of",
    "bca_interval",
    "has_spread",
    "pearson",
    "percentile_interval",
    "proportion_interval",
    "resamples",
    "resamples_for",
    "spearman",
    "without_each",
]

Floats = NDArray[np.float64]
RESAMPLES, FEWEST = 5_000, 500
WORK = 50_000_000  # weights of all resamples together
LEVEL = 0.95
ROUNDING = 1e-9  # draws that lie nearer together than this share of the largest are all one
CELLS = 1 << 16  # of one block of weights: 512 kB, which stay in the second-level cache
ROWS = 4  # of a block at least, so that what a statistic does once a block costs little beside the rest
GROUPS, FEWEST_GROUPS = 1_000, 100  # of the jackknife


def pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's correlation of x and y, (n,), under each row of weights (m, n); NaN where one is constant."""
    from firth.kernels.correlations import pearson_rows

    found = np.empty(len(weights))
    pearson_rows(_plain(x), _plain(y), _plain(weights), found)
    return found


def spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Spearman's correlation under each row of weights: Pearson's of the ranks, equal values sharing one."""
    from firth.kernels.correlations import spearman_rows

    (of_x, x_groups), (of_y, y_groups) = _groups(_plain(x).tobytes()), _groups(_plain(y).tobytes())
    found = np.empty(len(weights))
    spearman_rows(of_x, of_y, x_groups, y_groups, _plain(weights), found)
    return found


def resamples_for(n: int) -> int:
    """How many resamples a figure over n items gets."""
    return min(RESAMPLES, max(FEWEST, WORK // max(1, n)))


def resamples(n: int, *, seed: int, m: int | None = None) -> Iterator[Floats]:
    """Blocks of weights (some, n) of m resamples in all: how often each of n items was drawn in n draws.

    Args:
        n: how many items there are.
        seed: the same one gives the same weights.
        m: how many resamples; None for `resamples_for(n)`.
    """
    random = np.random.default_rng(seed)
    m = resamples_for(n) if m is None else m
    step = max(ROWS, CELLS // n)
    for start in range(0, m, step):
        count = min(step, m - start)
        drawn = random.integers(0, n, (count, n)) + np.arange(count)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=count * n).reshape(count, n).astype(np.float64)


def without_each(n: int) -> Iterator[Floats]:
    """Blocks of weights (some, n) that leave out one item each, or for many items one group of them.

    Beyond 1,000 items there are 1,000 groups, fewer (at least 100) where they would take longer than the
    resamples; which items form a group is drawn, since neighbours in a set are often alike.
    """
    groups = min(n, GROUPS, max(FEWEST_GROUPS, WORK // (2 * n)))
    group_of = np.arange(n) % groups
    if groups < n:
        group_of = np.random.default_rng(0).permutation(group_of)
    step = max(ROWS, CELLS // n)
    for start in range(0, groups, step):
        left_out = np.arange(start, min(start + step, groups))
        yield (group_of != left_out[:, None]).astype(np.float64)


def bca_interval(
    statistic: Callable[[Floats], Floats], n: int, *, seed: int, value: float, m: int | None = None
) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval (Efron and Tibshirani 1993, section 14.3).

    Args:
        statistic: the figure under each row of weights (m, n). Resamples that have none (NaN) are left out.
        n: how many items there are.
        seed: of the resampling.
        value: the figure on the items themselves.
        m: how many resamples; None for `resamples_for(n)`.

    Returns:
        low and high, NaN where the figure itself is, where there are fewer than three items, or where all
        resamples have the same figure: scores that put all that is right first have an AUC of 1 in each of
        them, which does not say how near to 1 that of other items would be.
    """
    if n < 3 or math.isnan(value):
        return math.nan, math.nan
    drawn = np.concatenate([statistic(weights) for weights in resamples(n, seed=seed, m=m)])
    drawn = np.sort(drawn[~np.isnan(drawn)])
    if not has_spread(drawn):
        return math.nan, math.nan
    normal = NormalDist()
    below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn == value) / 2) / drawn.size
    bias = normal.inv_cdf(min(max(below, 1 / (drawn.size + 1)), 1 - 1 / (drawn.size + 1)))
    acceleration = acceleration_of(np.concatenate([statistic(weights) for weights in without_each(n)]))
    ends = []
    for z in (bias - _reach(n), bias + _reach(n)):
        shrink = 1 - acceleration * z  # not positive only for a handful of items: the end of all draws then
        ends.append(bias + (z / shrink if shrink > 0 else math.copysign(math.inf, z)))
    low, high = np.quantile(drawn, [normal.cdf(end) for end in ends])
    return min(float(low), value), max(float(high), value)


def percentile_interval(drawn: Floats, n: int) -> tuple[float, float]:
    """The interval between the outer shares of what was drawn, (m,), over n items; NaN without any spread."""
    if not has_spread(drawn):
        return math.nan, math.nan
    tail = NormalDist().cdf(-_reach(n))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def has_spread(drawn: Floats) -> bool:
    """Whether there are draws, (m,), that differ by more than rounding; where none do, they tell nothing."""
    return bool(drawn.size) and float(np.ptp(drawn)) > ROUNDING * float(np.abs(drawn).max())


def proportion_interval(right: int, n: int) -> tuple[float, float]:
    """Wilson's (1927) interval of the share `right` / n; NaN for no items.

    It needs no draws, and covers the truth for few items and for shares near 0 and 1 too, where resamples
    are nearly all the same (Brown, Cai and DasGupta 2001, "Interval Estimation for a Binomial Proportion").
    """
    if not n:
        return math.nan, math.nan
    z2 = NormalDist().inv_cdf((1 + LEVEL) / 2) ** 2
    centre = (right + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (right * (n - right) / n + z2 / 4)) / (n + z2)
    return (0.0 if right == 0 else centre - half), (1.0 if right == n else centre + half)


def acceleration_of(left_out: Floats) -> float:
    """How the spread changes with the figure: from the skewness of the figures without each item or group."""
    away = left_out[~np.isnan(left_out)]
    away = away.mean() - away if away.size else away
    spread = float((away**2).sum()) ** 1.5
    return float((away**3).sum()) / (6 * spread) if spread > 0 else 0.0


def _reach(n: int) -> float:
    """How many standard errors an interval over n items goes to each side; 1.96 for very many."""
    from scipy.special import stdtrit

    return float(stdtrit(max(1, n - 1), (1 + LEVEL) / 2)) * math.sqrt(n / max(1, n - 1))


def _plain(values: Floats) -> Floats:
    """C-contiguous float64 as writeable as it must be for one compiled kernel to serve all callers."""
    return np.require(values, np.float64, ["C", "W"])


@lru_cache(maxsize=8)
def _groups(values: bytes) -> tuple[NDArray[np.int32], int]:
    """The rising groups of equal values that each of some float64 is in, and their number.

    Every block of resamples asks for those of the same values; to know them again by their bytes takes a
    hundredth of the time of sorting them.
    """
    distinct, group = np.unique(np.frombuffer(values), return_inverse=True)
    return group.astype(np.int32), len(distinct)
