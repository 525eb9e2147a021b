"""Tasks whose truth is planted: a space says itself what it got on each item."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from firth.measure.intervals import spearman
from firth.measure.outcome import Outcome, mean_of, row_of, share_of
from firth.measure.pairs import correlation_with
from firth.measure.report import Report


class Got:
    """A space that got these values, NaN where it does not cover the item."""

    def __init__(self, values: Any):
        self.values = np.asarray(values, np.float64)

    def encode(self, objects: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A task whose figure is the mean of the values, or a share, or their correlation with grades."""

    name: str = "planted"
    grades: tuple[float, ...] | None = None
    share: bool = False
    higher_is_better: bool | None = True

    def outcomes(self, space: Any) -> tuple[Outcome, ...]:
        grades = self.grades
        main = Outcome(
            task=self.name,
            figure="mean" if grades is None else "spearman",
            values=space.values,
            covered=np.isfinite(space.values),
            statistic=(share_of if self.share else mean_of)
            if grades is None
            else correlation_with(grades, spearman),
            higher_is_better=self.higher_is_better,
        )
        return main, replace(main, figure="again")

    def report(self, space: Any) -> Report:
        return Report(title=self.name, rows=(row_of(self.outcomes(space)[0], seed=1),))
