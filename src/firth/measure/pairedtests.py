"""Tests of whether a paired difference could be chance: exact where that is possible."""

from __future__ import annotations

import math

import numpy as np

from firth.measure.intervals import CELLS, Floats, has_spread

__all__ = ["bootstrap_test", "mcnemar", "sign_flips"]

EXACT = 14  # items: their 16,384 signs are all tried
FLIPS = 9_999
MANY = 20_000  # items: the sum of so many signs is normal for all that p can show


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p of McNemar's test: how likely so uneven a split is for a fair coin.

    McNemar 1947, "Note on the Sampling Error of the Difference between Correlated Proportions".
    """
    n = only_a + only_b
    k = np.arange(min(only_a, only_b) + 1)
    factorials = np.array([math.lgamma(i + 1) for i in range(n + 1)])
    logs = factorials[n] - factorials[k] - factorials[n - k] - n * math.log(2)
    return min(1.0, 2 * float(np.exp(logs).sum()))


def sign_flips(away: Floats, *, seed: int) -> tuple[float, str]:
    """The two-sided p of a mean difference, and how it was found: what if each sign were a coin's?

    Fisher's randomisation test (1935, "The Design of Experiments", section 21). Up to 14 differences that are
    not 0, all signs are tried; up to 20,000, 9,999 random ones; beyond that the sum is taken for normal, with
    the spread that random signs give it.

    Args:
        away: the difference of each item, float64, (n,), finite.
        seed: of the random signs.
    """
    away = away[away != 0]
    observed = abs(float(away.sum()))
    least = observed - 1e-12 * float(np.abs(away).sum())  # sums that differ by rounding alone are equal
    if not away.size:
        return 1.0, "sign flips, exact"
    if away.size > MANY:
        return math.erfc(observed / math.sqrt(2 * float(away @ away))), "sign flips, normal"
    if away.size <= EXACT:
        bits = np.arange(1 << away.size)[:, None] >> np.arange(away.size) & 1
        return float((np.abs((1 - 2 * bits) @ away) >= least).mean()), "sign flips, exact"
    random = np.random.default_rng(seed)
    extreme = 1  # the signs as they are
    step = max(1, CELLS // away.size)
    for start in range(0, FLIPS, step):
        bits = random.integers(0, 2, (min(step, FLIPS - start), away.size), np.int8)
        extreme += int(np.count_nonzero(np.abs((1.0 - 2.0 * bits) @ away) >= least))
    return extreme / (FLIPS + 1), f"sign flips, {FLIPS:,} drawn"


def bootstrap_test(value: float, drawn: Floats, *, n: int) -> tuple[float, str]:
    """The two-sided p of a difference from its bootstrap draws, and how it was found.

    Twice the share of draws with the other sign (Efron and Tibshirani 1993, section 15.4). Where no draw has
    the other sign, that says no more than that p is small; it is then the p of Student's distribution with
    the spread of the draws, if that is smaller, so that many comparisons can be corrected for. It is at least
    2 / 2^n, the least p of n items whose signs are tried: the draws of a handful of items differ little.

    Args:
        value: the difference.
        drawn: that of each resample, float64, (m,); NaN where there was none.
        n: how many items there are.

    Returns:
        p and the name of the test. NaN where no resample had a difference, or all had the same one: it may
        be due to what all these items have in common. Where that is 0, nothing speaks against equals: 1.
    """
    from scipy.special import stdtr

    drawn = drawn[~np.isnan(drawn)]
    if not has_spread(drawn):
        return (1.0 if drawn.size and not drawn.any() else math.nan), "none"
    # Draws without a difference count for both signs, and one more for each keeps p from being 0.
    beyond = int(min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0)))
    p = min(1.0, 2 * (beyond + 1) / (drawn.size + 1))
    if not beyond:
        p = min(p, 2 * float(stdtr(n - 1, -abs(value) / float(drawn.std()))))
    return max(p, 2.0 ** (1 - n)), f"bootstrap, {drawn.size:,} draws"
