"""`Hashing`: categories thrown onto a fixed number of places, without any list of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError
from firth.learn.categories import Missing, check_word, refuse
from firth.learn.columnwise import Block, FromColumns, Learnt
from firth.learn.hashed import hashed, key_of
from firth.options import check_flag, check_seed, check_whole

__all__ = ["Hashing"]

_MOST = 1 << 22  # each place has a name
_DENSE = 0.3  # rows with a larger share of numbers that are not zero are made dense


@dataclass(frozen=True, kw_only=True)
class Hashing(FromColumns):
    """Categories hashed onto `size` places, all columns of a table onto the same ones.

    Attributes:
        size: how many places, such as 2**10.
        signed: whether a value counts +1 or -1, by its hash, so that values that fall together cancel as
            often as they add up, and products of rows are right on average.
        seed: which hash function of many.
        missing: "own" (hashed like a value), "zero" or "error".

    Raises:
        OptionError: a value is outside its range.

    Weinberger, Dasgupta, Langford, Smola, Attenberg 2009, "Feature Hashing for Large Scale Multitask
    Learning". Nothing is learned, `fit` only counts: no category is unknown, memory is fixed, and two
    machines agree. What is hashed is the name of the column and the spelling of the value, so that 3, 3.0 and
    "3" are the same, and "3" in two columns is not. What it costs are collisions, which the report of the
    model counts: of u values on m places about u²/2m pairs fall together. There is no way back.

    >>> model = Hashing(size=8).fit({"city": ["Oslo", "Rome"], "land": ["no", "it"]})
    >>> model.encode({"city": ["Paris"], "land": ["fr"]}).shape
    (1, 8)
    """

    size: int = 1024
    signed: bool = True
    seed: int = 0
    missing: Missing = "own"

    width: ClassVar[int] = 0
    sparse: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_whole("size", self.size, 1, _MOST))
        object.__setattr__(self, "signed", check_flag("signed", self.signed))
        object.__setattr__(self, "seed", check_seed(self.seed))
        check_word("missing", self.missing, ("own", "zero", "error"))

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """How many values there are, on how many places."""
        different = np.unique(np.concatenate([np.unique(self._hashes(column)[0]) for column in columns]))
        used = np.unique((different >> np.uint64(32)) * np.uint64(self.size) >> np.uint64(32)).size
        facts = {"values": different.size, "places": used, "collisions": different.size - used}
        return Learnt(facts=facts)

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Signed counts, (n, size), dense float64 or CSR float32; see `ColumnLearner.encode`."""
        del learnt  # nothing is learned that encoding needs
        from firth.kernels.categories import fill_dense

        if len(columns) < _DENSE * self.size:
            return Block(matrix=self._sparse(columns))
        out = np.zeros((len(columns[0]), self.size))
        for column in columns:
            fill_dense(*self._hashes(column), self.size, self.signed, out)
        return Block(matrix=out)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """There is no way back: several values fall on one place. Raises DataError."""
        del learnt, matrix
        raise DataError("there is no way back from hashed categories: several of them fall on one place")

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city#17", or "city+2#17" for three columns together."""
        del learnt
        more = f"+{len(columns) - 1}" if len(columns) > 1 else ""
        return [f"{columns[0]}{more}#{place}" for place in range(self.size)]

    def _hashes(self, column: Column) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """The hash of each row, uint64, and which rows count, bool."""
        found, missing = hashed(column, key_of(column.name, self.seed))
        if self.missing == "error":
            refuse(missing, column, "holds no value", "fill it, or take missing='own' or 'zero'")
        return found, np.ones(len(column), np.bool_) if self.missing == "own" else ~missing

    def _sparse(self, columns: Sequence[Column]) -> Any:
        from scipy.sparse import csr_array

        from firth.kernels.categories import fill_rows

        n, k = len(columns[0]), len(columns)
        hashes, there = np.empty((n, k), np.uint64), np.empty((n, k), np.bool_)
        for j, column in enumerate(columns):
            hashes[:, j], there[:, j] = self._hashes(column)
        starts = np.empty(n + 1, np.int64)
        places, values = np.empty(n * k, np.int32), np.empty(n * k, np.float32)
        end = fill_rows(hashes, there, self.size, self.signed, starts, places, values)
        if end < 2**31:
            starts = starts.astype(np.int32)
        matrix = csr_array((values[:end], places[:end], starts), shape=(n, self.size))
        matrix.has_canonical_format = True  # the kernel sorts and adds up
        return matrix
