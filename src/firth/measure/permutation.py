"""Is the sum over one of two groups greater than chance would make it? A permutation test."""

from __future__ import annotations

import math
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from firth.measure.intervals import Floats, proportion_interval

__all__ = ["Chance", "chance_of_split"]

MOST = 200_000  # ways to split the words: up to so many, all are counted
DRAWS = 100_000
CELLS = 1 << 20  # of a block of draws


class Chance(NamedTuple):
    """How often a split by chance gets as much.

    p: the share of splits with as great a sum or a greater one; p_two_sided: with one as far from the mean.
    low, high: the 95 % interval of p, which is that of a share of random draws (Wilson 1927); both are p
        where all splits were counted.
    splits: how many splits p rests on; exact: whether these are all.
    """

    p: float
    p_two_sided: float
    low: float
    high: float
    splits: int
    exact: bool


def chance_of_split(scores: Floats, k: int, *, seed: int) -> Chance:
    """How often the first k of the scores would sum to as much if any k of them were the first.

    All splits are counted where there are at most 200,000; else 100,000 are drawn, and the one that was seen
    is counted as one more, so that p is never 0 and is too small by chance no more often than it says
    (Phipson and Smyth 2010, "Permutation P-values should never be zero").

    Args:
        scores: float64, (n,).
        k: how many of them are the first group, 1 to n - 1.
        seed: of the draws.
    """
    n = len(scores)
    away = scores - scores.mean()
    seen = float(away[:k].sum())
    rounding = 1e-9 * float(np.abs(away).sum())  # sums of the same numbers in another order are equal
    ways = math.comb(n, k)
    sums = _all_sums(away, k, ways) if ways <= MOST else _drawn_sums(away, k, seed)
    as_much = int(np.count_nonzero(sums >= seen - rounding))
    as_far = int(np.count_nonzero(np.abs(sums) >= abs(seen) - rounding))
    if ways <= MOST:
        p = as_much / ways
        return Chance(p, as_far / ways, p, p, ways, True)
    p = (as_much + 1) / (DRAWS + 1)
    low, high = proportion_interval(as_much, DRAWS)
    return Chance(p, (as_far + 1) / (DRAWS + 1), low, max(high, p), DRAWS, False)


def _all_sums(scores: Floats, k: int, ways: int) -> Floats:
    """The sums of every k of the scores, float64, (ways,)."""
    places = np.fromiter(chain.from_iterable(combinations(range(len(scores)), k)), np.int64, ways * k)
    sums: Floats = scores[places].reshape(ways, k).sum(axis=1)
    return sums


def _drawn_sums(scores: Floats, k: int, seed: int) -> Floats:
    """The sums of k of the scores, drawn without replacement, float64, (DRAWS,)."""
    random = np.random.default_rng(seed)
    step = max(1, CELLS // len(scores))
    parts = []
    for start in range(0, DRAWS, step):
        block = np.tile(scores, (min(step, DRAWS - start), 1))
        parts.append(random.permuted(block, axis=1, out=block)[:, :k].sum(axis=1))
    return np.concatenate(parts)
