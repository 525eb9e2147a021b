"""Which trials are worth having, and which one to take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from firth.index.timing import ALIKE
from firth.index.trial import Trial
from firth.index.tuning import SURE

__all__ = ["Limits", "dominates", "frontier", "nearest_to", "winner"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What is asked for.

    Attributes:
        recall: the share of the true neighbours that is to be found.
        memory: bytes in memory at most; None for any.
        latency: milliseconds of a query asked alone at most, in the middle; None for any.
    """

    recall: float
    memory: int | None = None
    latency: float | None = None

    def keeps(self, trial: Trial) -> bool:
        """Whether a trial is within all limits."""
        return not self.missed(trial)

    def missed(self, trial: Trial) -> list[str]:
        """What a trial misses, in words."""
        words = []
        if trial.recall.value < self.recall:
            words.append(f"recall {trial.recall.value:.3f} is below {self.recall:g}")
        if self.memory is not None and trial.memory > self.memory:
            words.append(f"{trial.memory / 1e6:,.2f} MB are more than {self.memory / 1e6:,.2f} MB")
        if self.latency is not None and trial.speed.median > self.latency:
            words.append(f"{trial.speed.median:.3g} ms are more than {self.latency:g} ms")
        return words


def dominates(one: Trial, other: Trial) -> bool:
    """Whether one is as good, as small and as fast as the other, and better in one of the three.

    Times within 10 % of each other are equal, and so are recalls whose difference over the same queries is
    less than 1.96 of its standard errors.
    """
    a, b = one.speed.median, other.speed.median
    finds = _finds_more(one, other)
    as_good = finds >= 0 and one.memory <= other.memory and a <= b * (1 + ALIKE)
    better = finds > 0 or one.memory < other.memory or a * (1 + ALIKE) < b
    return as_good and better


def _finds_more(one: Trial, other: Trial) -> int:
    """1 if one finds more than the other by more than chance, -1 if less, else 0."""
    more, chance = one.recall.value - other.recall.value, 0.0
    if one.each is not None and other.each is not None and len(one.each) == len(other.each) > 1:
        chance = SURE * float((one.each - other.each).std(ddof=1)) / math.sqrt(len(one.each))
    return int(more > chance) - int(more < -chance)


def frontier(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """The trials that no other dominates, the smallest first."""
    front = [one for one in trials if not any(dominates(other, one) for other in trials)]
    # "Equal" is no order: of three, each could beat the next. Then all of them stay.
    return tuple(sorted(front or trials, key=lambda one: (one.memory, one.speed.median)))


def winner(trials: Sequence[Trial], limits: Limits) -> Trial | None:
    """The fastest of those within all limits, of equally fast ones the smallest; None if there is none.

    Fast is a query asked alone, in the middle. Where the whole interval of a recall is above the target, that
    trial goes before those that may be above it by luck.
    """
    fitting = [one for one in trials if limits.keeps(one)]
    if not fitting:
        return None
    fitting = [one for one in fitting if one.recall.low >= limits.recall] or fitting
    least = min(one.speed.median for one in fitting)
    fast = [one for one in fitting if one.speed.median <= (1 + ALIKE) * least]
    return min(fast, key=lambda one: (one.memory, one.speed.median))


def nearest_to(trials: Sequence[Trial], limits: Limits) -> Trial | None:
    """What comes nearest where nothing is within all limits: it misses least, in shares summed."""

    def away(one: Trial) -> float:
        total = max(0.0, limits.recall - one.recall.value) / limits.recall
        if limits.memory is not None:
            total += max(0.0, one.memory / limits.memory - 1)
        if limits.latency is not None:
            total += max(0.0, one.speed.median / limits.latency - 1)
        return total

    return min(trials, key=away) if trials else None
