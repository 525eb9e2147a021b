"""`Task` and `Outcome`: what a space got on every item of a set.

Figures, their intervals and the paired tests of `compare` are all made of outcomes, so that every task has
all of them: a task says what each item got and how a figure is made of the items.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats, bca_interval, proportion_interval
from firth.measure.report import Report, Row
from firth.measure.spaces import Space

__all__ = ["Outcome", "Statistic", "Task", "mean_of", "row_of", "share_of"]

Statistic: TypeAlias = Callable[[Floats, NDArray[np.int64], Floats], Floats]


def mean_of(values: Floats, _items: NDArray[np.int64], weights: Floats) -> Floats:
    """The weighted mean of the values (k,) under each row of weights (m, k); float64, (m,)."""
    mean: Floats = (weights @ values) / weights.sum(axis=1)
    return mean


def share_of(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
    """The weighted mean of what is 1 for right and 0 for wrong, or lies between; float64, (m,).

    It says that the figure is a share. The values alone do not: any quantity may happen to be 0 or 1.
    """
    return mean_of(values, items, weights)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What one space got on the items of one set.

    Attributes:
        task: the name of the set.
        figure: what is made of the items: "spearman", "accuracy", "nDCG@10".
        values: what each item got, float64, (total,) or (total, s): a score, 1 or 0 for right or wrong, the
            nDCG of a query, its cluster in each of s clusterings. NaN where the item is not covered.
        covered: which items the space could be asked about, bool, (total,).
        statistic: the figure: of values (k,) or (k, s), of the numbers of their items (k,), and of weights
            (m, k), how often each item counts in each of m resamples; float64, (m,), NaN where there is none.
        chance: what a space that knows nothing gets, where that is known.
        higher_is_better: None where more is neither better nor worse, such as a leaning to one side.
        untested: why no paired test of the figure would keep its promise; "" where one does.
        missing: what the space does not have, sorted.
        extra: what else belongs into the row.
        notes: what a reader should know.
    """

    task: str
    figure: str
    values: Floats
    covered: NDArray[np.bool_]
    statistic: Statistic = mean_of
    chance: float | None = None
    higher_is_better: bool | None = True
    untested: str = ""
    missing: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_mean(self) -> bool:
        """Whether the figure is the mean of what the items got."""
        return self.statistic in (mean_of, share_of)

    def right_or_wrong(self, items: NDArray[np.int64]) -> bool:
        """Whether the figure is a share, and each of some items is right (1) or wrong (0)."""
        return self.statistic is share_of and bool(np.isin(self.values[items], (0.0, 1.0)).all())

    def under(self, weights: Floats, items: NDArray[np.int64] | None = None) -> Floats:
        """The figure over some items, all covered ones if None, under each row of weights (m, k)."""
        items = np.flatnonzero(self.covered) if items is None else items
        return self.statistic(self.values[items], items, weights)

    def value_over(self, items: NDArray[np.int64] | None = None) -> float:
        """The figure over some items, all covered ones if None, each counted once; NaN for none."""
        items = np.flatnonzero(self.covered) if items is None else items
        return float(self.under(np.ones((1, items.size)), items)[0]) if items.size else math.nan


class Task(Protocol):
    """A set and how it is measured: a frozen dataclass, whose fields are the options.

    `outcomes` gives the main figure first; `report` is what the function of the task returns.
    """

    @property
    def name(self) -> str:
        """The name of the set."""

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """What the space gets on each item, for each figure of the task."""

    def report(self, space: Space) -> Report:
        """The figures with their intervals, and what a reader should know."""


def row_of(outcome: Outcome, *, seed: int, name: str | None = None) -> Row:
    """The figure of an outcome with its 95 % interval over the items: Wilson's for shares, else bootstrap.

    NaN for the ends where resamples show no spread, such as an AUC of 1: how far a figure of other items
    would lie from it is then not known. `extra` has "higher_is_better" where that is not so.
    """
    items = np.flatnonzero(outcome.covered)
    value = outcome.value_over()
    if outcome.right_or_wrong(items):
        low, high = proportion_interval(int(outcome.values[items].sum()), items.size)
    else:
        low, high = bca_interval(outcome.under, items.size, seed=seed, value=value)
    known: dict[str, Any] = {} if outcome.chance is None else {"chance": outcome.chance}
    if outcome.higher_is_better is not True:
        known["higher_is_better"] = outcome.higher_is_better
    return Row(
        task=outcome.task,
        name=name or outcome.figure,
        value=value,
        low=low,
        high=high,
        n=items.size,
        total=len(outcome.covered),
        extra={**known, **outcome.extra},
    )
