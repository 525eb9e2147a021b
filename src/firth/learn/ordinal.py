"""`Ordinal`: each category as a whole number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.data.factors import UNKNOWN, Factors, look_up
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.learn.categories import (
    Missing,
    Unknown,
    check_word,
    found_factors,
    learnt_categories,
    listed,
    own_places,
    places,
    refuse,
)
from firth.learn.columnwise import Block, Learnt
from firth.model import Model
from firth.run import Run

__all__ = ["Ordinal", "check_order", "in_order"]


@dataclass(frozen=True, kw_only=True)
class Ordinal:
    """A category as its number in an order, from 1 on; 0 is what has no number.

    Attributes:
        order: all categories, the first one first, such as ("low", "middle", "high"); None sorts them,
            strings by code point.
        missing: "own" (the number after all categories, where there were missing values in training), "zero"
            or "error".
        unknown: "zero", "own" (the last number) or "error".

    Raises:
        OptionError: a value is outside its range.

    Numbers of categories without an order say that a is nearer to b than to c, which is true of school grades
    and not of cities. Trees do not mind, linear models do. Less one, the numbers are those of scikit-learn's
    OrdinalEncoder.

    >>> model = Ordinal(order=("low", "high")).fit({"risk": ["high", "low", None]})
    >>> model.encode({"risk": ["low", "high", None, "none"]}).matrix.ravel().tolist()
    [1.0, 2.0, 3.0, 0.0]
    """

    order: tuple[str | int | float | bool, ...] | None = None
    missing: Missing = "own"
    unknown: Unknown = "zero"

    width: ClassVar[int] = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", check_order(self.order))
        check_word("missing", self.missing, ("own", "zero", "error"))
        check_word("unknown", self.unknown, ("zero", "own", "error"))

    def fit(self, observations: Any, *, target: Any = None, run: Run | None = None) -> Model:
        """Number the categories of every column of a table; see `firth.Table.fit`."""
        from firth.learn.table import fit_columns

        return fit_columns(self, observations, target=target, run=run)

    def learn(
        self, columns: Sequence[Column], *, target: NDArray[Any] | None = None, seed: int = 1
    ) -> Learnt:
        """The categories in their order; see `ColumnLearner.learn`."""
        del target, seed  # it learns from the columns alone
        factors = in_order(found_factors(columns[0], missing=self.missing), self.order, columns[0])
        return learnt_categories(factors, np.arange(1.0, len(factors.values) + 1)[:, None])

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Numbers, (n, 1); see `ColumnLearner.encode`."""
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        return Block(matrix=(found.places + 1.0)[:, None], counts=found.counts)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The category of each number; None for 0 and for the numbers after the categories.

        Raises:
            DataError: a number is none of those that `encode` gives.
        """
        codes = np.rint(matrix[:, 0])
        highest = len(known) if (known := learnt.vectors) is not None else 0
        highest += len(own_places(learnt, missing=self.missing, unknown=self.unknown)[2])
        wrong = (np.abs(matrix[:, 0] - codes) > 1e-3) | (codes < 0) | (codes > highest)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise DataError(f"row {row} is {matrix[row, 0]:g}, and the numbers go from 0 to {highest}")
        return [listed(learnt, codes.astype(np.int64) - 1)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """The name of the column."""
        del learnt
        return [columns[0]]


def check_order(order: Any) -> tuple[Any, ...] | None:
    """The order as a tuple of different strings, numbers or truth values; else OptionError."""
    if order is None:
        return None
    if isinstance(order, (str, bytes)) or not isinstance(order, Sequence) or not order:
        raise OptionError(f"order is a list of all categories or None, not {order!r}")
    for value in order:
        if not isinstance(value, (str, int, float, bool)):
            raise OptionError(f"order holds strings, numbers or truth values, not {value!r}")
    if len(set(order)) < len(order):
        twice = next(value for value in order if list(order).count(value) > 1)
        raise OptionError(f"order holds {twice!r} twice")
    return tuple(order)


def in_order(factors: Factors, order: tuple[Any, ...] | None, column: Column) -> Factors:
    """The factors with their values in this order, also those that no row has; as they are if it is None.

    Raises:
        DataError: a value of the column is not in the order, or is of another kind.
    """
    if order is None:
        return factors
    pa = require("pyarrow", extra="table")
    try:
        values = pa.array(order)
    except pa.ArrowException as error:
        raise DataError(f"the order of the column {column.name!r} is of mixed types: {order!r}") from error
    codes = look_up(values, factors, column=column.name)
    strange = codes == UNKNOWN
    if strange.any():
        value = column.values[int(np.argmax(strange))].as_py()
        refuse(strange, column, f"holds {value!r}, which is not in the order,", "add it to the order")
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    return Factors(codes=codes, values=values, counts=counts.astype(np.int64))
