"""`Binary`: each category as the bits of its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
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
)
from firth.learn.columnwise import Block, Learnt
from firth.learn.ordinal import check_order, in_order
from firth.model import Model
from firth.run import Run

__all__ = ["Binary"]


@dataclass(frozen=True, kw_only=True)
class Binary:
    """A category as the bits of its number, the highest first: u categories in about log2(u) columns.

    Attributes:
        order: all categories, as in `Ordinal`; None sorts them.
        missing: "own" (the number after all categories, where there were missing values in training), "zero"
            or "error".
        unknown: "zero", "own" (the last number) or "error".

    Raises:
        OptionError: a value is outside its range.

    A thousand categories take 10 columns and not 1,000, but which of them share a bit means nothing. Numbers
    begin at 1, so that no category is all zeros. Columns are those of category_encoders' BinaryEncoder, which
    numbers the categories as they come.

    >>> model = Binary().fit({"city": ["Oslo", "Rome", "Turin"]})
    >>> model.encode({"city": ["Oslo", "Rome", "Turin", "Paris"]}).matrix.tolist()
    [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
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
        """The categories in their order, with their bits as vectors; see `ColumnLearner.learn`."""
        del target, seed  # it learns from the columns alone
        factors = in_order(found_factors(columns[0], missing=self.missing), self.order, columns[0])
        found = learnt_categories(factors, np.zeros((len(factors.values), 1)))
        return learnt_categories(factors, _bits(np.arange(len(factors.values)), self._width(found)))

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Bits, (n, w); see `ColumnLearner.encode`."""
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        return Block(matrix=_bits(found.places, self._width(learnt)), counts=found.counts)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The category whose number has these bits (a half and more is a 1); None where there is none."""
        ones = np.asarray(matrix) >= 0.5
        weights = 1 << np.arange(ones.shape[1], dtype=np.int64)[::-1]
        return [listed(learnt, ones @ weights - 1)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city bit 2", by what the bit counts."""
        return [f"{columns[0]} bit {1 << k}" for k in range(self._width(learnt))[::-1]]

    def _width(self, learnt: Learnt) -> int:
        """How many bits the highest number has."""
        _, _, own = own_places(learnt, missing=self.missing, unknown=self.unknown)
        return int(learnt_counts(learnt).size + len(own)).bit_length()


def _bits(places: NDArray[Any], width: int) -> NDArray[np.float64]:
    """The bits of place + 1, the highest first, (n, width)."""
    shifts = np.arange(width)[::-1]
    bits: NDArray[np.float64] = (((places[:, None].astype(np.int64) + 1) >> shifts) & 1).astype(np.float64)
    return bits
