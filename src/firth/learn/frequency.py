"""`Frequency`: each category as how often it occurs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError
from firth.learn.categories import (
    Missing,
    check_word,
    found_factors,
    learnt_categories,
    learnt_counts,
    learnt_missing,
    places,
)
from firth.learn.columnwise import Block, FromColumns, Learnt

__all__ = ["Frequency"]


@dataclass(frozen=True, kw_only=True)
class Frequency(FromColumns):
    """A category as the share of the training rows that have it, or their number.

    Attributes:
        of: "share" (of all training rows, those without a value too) or "count".
        missing: "own" (how often the value was missing in training), "zero" or "error".
        unknown: "zero", which is how often it was there, or "error".

    Raises:
        OptionError: a value is outside its range.

    One number whatever the number of categories; two that are equally frequent become the same.

    >>> model = Frequency().fit({"city": ["Oslo", "Rome", "Rome", "Rome"]})
    >>> model.encode({"city": ["Oslo", "Rome", "Paris"]}).matrix.ravel().tolist()
    [0.25, 0.75, 0.0]
    """

    of: Literal["share", "count"] = "share"
    missing: Missing = "own"
    unknown: Literal["zero", "error"] = "zero"

    width: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_word("of", self.of, ("share", "count"))
        check_word("missing", self.missing, ("own", "zero", "error"))
        check_word("unknown", self.unknown, ("zero", "error"))

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """How often each category occurs."""
        factors = found_factors(columns[0], missing=self.missing)
        return learnt_categories(factors, self._of_counts(factors.counts, len(columns[0]))[:, None])

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Shares or counts, (n, 1); see `ColumnLearner.encode`."""
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        counts, absent = learnt_counts(learnt), learnt_missing(learnt)
        values = self._of_counts(np.append(counts, [absent, 0]), int(counts.sum()) + absent)
        # The place -1 of what has none is the last value, 0.
        return Block(matrix=values[np.minimum(found.places, counts.size)][:, None], counts=found.counts)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """There is no way back: categories may be equally frequent. Raises DataError."""
        del learnt, matrix
        raise DataError("there is no way back from how often a category occurs: several may occur as often")

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city share" or "city count"."""
        del learnt
        return [f"{columns[0]} {self.of}"]

    def _of_counts(self, counts: NDArray[np.int64], rows: int) -> NDArray[np.float64]:
        return counts / (max(rows, 1) if self.of == "share" else 1.0)
