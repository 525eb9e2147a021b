"""The difference of two spaces on the items of one task: how large, how sure, and what could have been seen.

What the items got decides on the test:

- right or wrong: McNemar's exact test on the items that one space alone gets right, and the interval of
  Bonett and Price (2012) for the difference of two paired shares;
- a score an item, whose mean is the figure: the sign of each item's difference is flipped at random, all ways
  for few items; the interval is that of the paired bootstrap, in which an item that is drawn is drawn for
  both spaces;
- any other figure, such as a correlation: p is that of the paired bootstrap too. In simulations of Spearman's
  correlation with 15 to 150 pairs it claimed a difference between equals in 1 to 5 of 100 runs at p < 0.05;
  the accelerated interval, turned into a test, claimed one in up to 8. No test is made where the outcome
  says that none would hold (`Outcome.untested`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import LEVEL, ROUNDING, Floats, has_spread, percentile_interval, resamples
from firth.measure.outcome import Outcome
from firth.measure.pairedtests import bootstrap_test, mcnemar, sign_flips

__all__ = ["POWER", "Difference", "differences"]

POWER = 0.80
REACH = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a space differs from another on the items that both cover. NaN is what too few items cannot tell.

    Attributes:
        before, after: the figures of the one and of the other over these items.
        n: how many items both cover.
        low, high: the 95 % interval of after - before.
        p: of the test, two-sided, not corrected for other tests.
        test: which test it was.
        effect: the size of the difference in units of the items. For right and wrong it is Cohen's g, how far
            from one half the other space's share is among the items that one alone gets right; for means d_z,
            the mean difference in standard deviations of the differences. Else the difference itself is the
            size.
        effect_name: "Cohen's g", "d_z" or "".
        detectable: the smallest difference that so many such items show 80 times of 100 at p < 0.05: 2.8
            standard errors.
    """

    before: float
    after: float
    n: int
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    test: str = "none"
    effect: float = math.nan
    effect_name: str = ""
    detectable: float = math.nan

    @property
    def value(self) -> float:
        """The difference: positive where the other space has more."""
        return self.after - self.before


def differences(
    outcomes: Mapping[str, Outcome], pairs: Sequence[tuple[str, str]], *, seed: int
) -> list[Difference]:
    """The difference of each pair of spaces on the items that both cover.

    Args:
        outcomes: what each space got, by its name, on the same figure of the same task.
        pairs: the names of two spaces each, before and after.
        seed: of the draws, which are the same for all spaces that share the items.
    """
    shared = [_shared(outcomes[before], outcomes[after]) for before, after in pairs]
    drawn = _drawn(outcomes, pairs, shared, seed)
    found = []
    for pair, items in zip(pairs, shared, strict=True):
        before, after = (outcomes[name] for name in pair)
        draws = [drawn[name, items.tobytes()] for name in pair if (name, items.tobytes()) in drawn]
        a, b = before.value_over(items), after.value_over(items)
        if math.isnan(b - a):
            found.append(Difference(before=a, after=b, n=items.size))
        elif before.right_or_wrong(items) and after.right_or_wrong(items):
            found.append(_of_shares(before.values[items] > 0, after.values[items] > 0))
        elif not draws:
            found.append(Difference(before=a, after=b, n=items.size))
        elif before.is_mean and after.is_mean:
            found.append(_of_means(before.values[items], after.values[items], draws[1] - draws[0], seed))
        else:
            tested = not before.untested and not after.untested
            found.append(_of_figures(a, b, draws[1] - draws[0], items.size, tested))
    return found


def _shared(before: Outcome, after: Outcome) -> NDArray[np.int64]:
    """The items that both cover, with values that are finite in both."""
    both = before.covered & after.covered
    for outcome in (before, after):
        finite = np.isfinite(outcome.values)
        both = both & (finite if finite.ndim == 1 else finite.all(axis=1))
    return np.flatnonzero(both)


def _drawn(
    outcomes: Mapping[str, Outcome],
    pairs: Sequence[tuple[str, str]],
    shared: Sequence[NDArray[np.int64]],
    seed: int,
) -> dict[tuple[str, bytes], Floats]:
    """The figures of the spaces under resamples, by the name of the space and the bytes of the items.

    The weights are made once for each set of items, and every space gets its figures under them.
    """
    wanted: dict[bytes, tuple[NDArray[np.int64], dict[str, list[Floats]]]] = {}
    for pair, items in zip(pairs, shared, strict=True):
        if items.size >= 3 and not all(outcomes[name].right_or_wrong(items) for name in pair):
            names = wanted.setdefault(items.tobytes(), (items, {}))[1]
            names.update({name: [] for name in pair})
    for items, names in wanted.values():
        for weights in resamples(items.size, seed=seed):
            for name, blocks in names.items():
                blocks.append(outcomes[name].under(weights, items))
    return {
        (name, key): np.concatenate(blocks)
        for key, (_, names) in wanted.items()
        for name, blocks in names.items()
    }


def _of_shares(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> Difference:
    n = right_a.size
    only_a, only_b = int(np.count_nonzero(right_a & ~right_b)), int(np.count_nonzero(right_b & ~right_a))
    # Bonett and Price 2012, "Adjusted Wald Confidence Interval for a Difference of Binomial Proportions Based
    # on Paired Data": one more item for each of the two, so that a few items that agree do not prove much.
    share_a, share_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    middle = share_b - share_a
    error = math.sqrt((share_a + share_b - middle**2) / (n + 2))
    return Difference(
        before=int(np.count_nonzero(right_a)) / n,
        after=int(np.count_nonzero(right_b)) / n,
        n=n,
        low=max(-1.0, middle - REACH * error),
        high=min(1.0, middle + REACH * error),
        p=mcnemar(only_a, only_b),
        test="McNemar, exact",
        effect=only_b / (only_a + only_b) - 0.5 if only_a + only_b else math.nan,
        effect_name="Cohen's g",
        detectable=_detectable(error),
    )


def _of_means(a: Floats, b: Floats, drawn: Floats, seed: int) -> Difference:
    away = b - a
    mean, spread = float(away.mean()), float(away.std(ddof=1))
    if spread < ROUNDING * abs(mean):
        spread = 0.0
    low, high = percentile_interval(drawn, away.size)
    p, test = sign_flips(away, seed=seed)
    return Difference(
        before=float(a.mean()),
        after=float(b.mean()),
        n=away.size,
        low=low,
        high=high,
        p=p,
        test=test,
        effect=mean / spread if spread > 0 else math.nan,
        effect_name="d_z",
        detectable=_detectable(spread / math.sqrt(away.size)),
    )


def _of_figures(a: float, b: float, drawn: Floats, n: int, tested: bool) -> Difference:
    drawn = drawn[~np.isnan(drawn)]  # resamples in which one space has no figure, such as all ties
    low, high = percentile_interval(drawn, n)
    if not tested:
        return Difference(before=a, after=b, n=n, low=low, high=high)
    p, test = bootstrap_test(b - a, drawn, n=n)
    detectable = _detectable(float(drawn.std())) if has_spread(drawn) else math.nan
    return Difference(before=a, after=b, n=n, low=low, high=high, p=p, test=test, detectable=detectable)


def _detectable(error: float) -> float:
    """What is found with the stated power, given the standard error; NaN where nothing differs at all."""
    return (REACH + NormalDist().inv_cdf(POWER)) * error if error > 0 else math.nan
