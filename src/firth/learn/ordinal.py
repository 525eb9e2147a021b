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
    learnt_counts,
    listed,
    own_places,
    places,
    refuse,
)
from firth.learn.columnwise import Block, FromColumns, Learnt

__all__ = ["Numbered", "Ordinal"]


@dataclass(frozen=True, kw_only=True)
class Numbered(FromColumns):
    """What `Ordinal` and `Binary` share: categories numbered in an order, from 1 on, which are their vectors.
    The options are those of `Ordinal`.
    """

    order: tuple[str | int | float | bool, ...] | None = None
    missing: Missing = "own"
    unknown: Unknown = "zero"

    width: ClassVar[int] = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", _check_order(self.order))
        check_word("missing", self.missing, ("own", "zero", "error"))
        check_word("unknown", self.unknown, ("zero", "own", "error"))

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The categories in their order."""
        factors = _in_order(found_factors(columns[0], missing=self.missing), self.order, columns[0])
        return learnt_categories(factors, np.arange(1.0, len(factors.values) + 1)[:, None])

    def _highest(self, learnt: Learnt) -> int:
        """The last number: of a category, or of what is missing or unknown."""
        _, _, own = own_places(learnt, missing=self.missing, unknown=self.unknown)
        return learnt_counts(learnt).size + len(own)


@dataclass(frozen=True, kw_only=True)
class Ordinal(Numbered):
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

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Numbers, (n, 1); see `ColumnLearner.encode`."""
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        return Block(matrix=(found.places + 1.0)[:, None], counts=found.counts)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The category of each number; None for 0 and for the numbers after the categories.

        Raises:
            DataError: a number is none of those that `encode` gives.
        """
        highest = self._highest(learnt)
        codes = np.rint(matrix[:, 0]).clip(0, highest)
        right = np.abs(matrix[:, 0] - codes) <= 1e-3  # false for NaN
        if not right.all():
            row = int(np.argmin(right))
            raise DataError(f"row {row} is {matrix[row, 0]:g}, and the numbers go from 0 to {highest}")
        return [listed(learnt, codes.astype(np.int64) - 1)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """The name of the column."""
        del learnt
        return [columns[0]]


def _check_order(order: Any) -> tuple[Any, ...] | None:
    """The order as a tuple of different strings, numbers or truth values; else OptionError."""
    if order is None:
        return None
    if isinstance(order, np.ndarray):
        order = order.tolist()
    if isinstance(order, (str, bytes)) or not isinstance(order, Sequence) or not order:
        raise OptionError(f"order is a list of all categories or None, not {order!r}")
    values = tuple(value.item() if isinstance(value, np.generic) else value for value in order)
    for value in values:
        if not isinstance(value, (str, int, float, bool)):
            raise OptionError(f"order holds strings, numbers or truth values, not {value!r}")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise OptionError(f"order holds {value}, and whole numbers go from -2**63 to 2**63 - 1")
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            raise OptionError(f"order holds {value!r}, half of a pair of surrogates, which is no text")
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise OptionError(f"order holds {twice!r} twice")
    return values


def _in_order(factors: Factors, order: tuple[Any, ...] | None, column: Column) -> Factors:
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
