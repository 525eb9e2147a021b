"""`Binary`: each category as the bits of its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.learn.categories import listed, places
from firth.learn.columnwise import Block, Learnt
from firth.learn.ordinal import Numbered
from firth.vectors import Vectors

__all__ = ["Binary"]


@dataclass(frozen=True, kw_only=True)
class Binary(Numbered):
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

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The categories in their order, with their bits as vectors."""
        found = super()._learn(columns)
        known: Any = found.vectors
        bits = _bits(known.matrix[:, 0].astype(np.int64), self._width(found))
        vectors = Vectors(known.ids, bits.astype(np.float32), columns=known.columns, metric="euclidean")
        return replace(found, vectors=vectors)

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Bits, (n, w); see `ColumnLearner.encode`."""
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        return Block(matrix=_bits(found.places + 1, self._width(learnt)), counts=found.counts)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The category whose number has these bits (a half and more is a 1); None where there is none, or
        where a bit is NaN."""
        ones = np.asarray(matrix) >= 0.5
        weights = 1 << np.arange(ones.shape[1], dtype=np.int64)[::-1]
        return [listed(learnt, np.where(np.isnan(matrix).any(axis=1), -1, ones @ weights - 1))]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city bit 2", by what the bit counts."""
        return [f"{columns[0]} bit {1 << k}" for k in range(self._width(learnt))[::-1]]

    def _width(self, learnt: Learnt) -> int:
        """How many bits the highest number has."""
        return self._highest(learnt).bit_length()


def _bits(numbers: NDArray[Any], width: int) -> NDArray[np.float64]:
    """The bits of whole numbers, the highest first, (n, width)."""
    bits: NDArray[np.float64] = ((numbers[:, None] >> np.arange(width)[::-1]) & 1).astype(np.float64)
    return bits
