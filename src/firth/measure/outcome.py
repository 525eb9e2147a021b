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

__all__ = ["Outcome", "Statistic", "Task", "mean_of", "row_of"]

Statistic: TypeAlias = Callable[[Floats, NDArray[np.int64], Floats], Floats]


def mean_of(values: Floats, _items: NDArray[np.int64], weights: Floats) -> Floats:
    """The weighted mean of the values (k,) under each row of weights (m, k); float64, (m,)."""
    mean: Floats = (weights @ values) / weights.sum(axis=1)
    return mean


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
    missing: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

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
    """The figure of an outcome with its 95 % interval over the items: Wilson's for a share, else the bootstrap."""
    items = np.flatnonzero(outcome.covered)
    value = outcome.value_over()
    values = outcome.values[items]
    if outcome.statistic is mean_of and values.ndim == 1 and np.isin(values, (0.0, 1.0)).all():
        low, high = proportion_interval(int(values.sum()), items.size)
    else:
        low, high = bca_interval(outcome.under, items.size, seed=seed, value=value)
    chance = {} if outcome.chance is None else {"chance": outcome.chance}
    return Row(
        task=outcome.task,
        name=name or outcome.figure,
        value=value,
        low=low,
        high=high,
        n=items.size,
        total=len(outcome.covered),
        extra={**chance, **outcome.extra},
    )
