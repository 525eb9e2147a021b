"""What a learner over the columns of a table is: it learns from its columns, encodes others like them, and
goes back where it can. `firth.Table` puts several of them together; each alone is a table of one kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from firth.data.columns import Column
    from firth.model import Model
    from firth.run import Run
    from firth.vectors import Vectors

__all__ = ["Block", "ColumnLearner", "FromColumns", "Learnt", "TableFit"]


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What a learner found in its columns; all that encoding needs besides the recipe.

    Attributes:
        vectors: the categories with the vector of each, where the learner gives them such; its ids are the
            categories as strings, its column "counts" how often each was seen.
        arrays: numbers that are no vectors, such as {"mean": float64 (1,)}.
        facts: what else there is to know, values that JSON can hold.
    """

    vectors: Vectors | None = None
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Block:
    """What a learner made of its columns.

    Attributes:
        matrix: (n, w), dense float64 or SciPy CSR (float32 or float64,
            columns rising), finite; w is the number of names the learner gives.
        counts: what was not there or not known, such as {"missing": 3, "unknown": 1}; only what occurred.
    """

    matrix: Any
    counts: Mapping[str, int] = field(default_factory=dict)


class ColumnLearner(Protocol):
    """A frozen, keyword-only dataclass of hyper-parameters.

    `width` says how many columns of a table it takes together: 1, or 2 for a place on the earth, or 0 for as
    many as there are, all into the same numbers.

    A learner that takes numbers (and times) alone, and no categories, also has `numeric = True`.
    A learner whose numbers are mostly zeros also has `sparse = True`: its blocks may be CSR, with one entry a
    row for each column of the table, and its `decode` takes CSR too. One that must not see the target of a
    row when it encodes that row in training also has `cross_fit(columns, *, target, seed)`, which returns
    what `learn` does and the block of the training rows.
    """

    width: int

    def learn(
        self, columns: Sequence[Column], *, target: NDArray[Any] | None = None, seed: int = 1
    ) -> Learnt:
        """Learn from columns of equal length.

        Args:
            columns: `width` columns of n values.
            target: what is to be foretold, (n,): float64, int64 or strings; only learners that need it look.
            seed: where random numbers start.

        Raises:
            DataError: naming the column and the row.
        """

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Turn columns into numbers. Raises DataError, naming the column and the row."""

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The values of each column that these numbers mean, None where they mean none. Raises DataError
        where there is no way back, and says why."""

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """What each of the w numbers is called, such as "city=Paris"; `columns` are the columns' names."""


class TableFit:
    """The `fit` of a learner over columns."""

    def fit(self, observations: Any, *, target: Any = None, run: Run | None = None) -> Model:
        """Learn from a table: from each of its columns by itself, or from all together where the learner
        takes several.

        Args:
            observations: a table, as `firth.read_table` takes it.
            target: what is to be foretold, one a row, or the name of its column, which is left out then. Only
                `Target` looks at it.
            run: its seed is where random numbers start.

        Returns:
            A model that encodes tables and goes back where the learner knows a way; see `firth.Table.fit`.

        Raises:
            DataError: a column cannot be learned from, or there are more or fewer than the learner takes; the
                message names column and row.
        """
        from firth.learn.table import fit_columns

        return fit_columns(self, observations, target=target, run=run)


class FromColumns(TableFit, ABC):
    """A learner that looks at its columns alone: neither at a target nor at random numbers."""

    def learn(
        self, columns: Sequence[Column], *, target: NDArray[Any] | None = None, seed: int = 1
    ) -> Learnt:
        """Learn from columns of equal length; see `ColumnLearner.learn`."""
        del target, seed
        return self._learn(columns)

    @abstractmethod
    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """What there is to learn."""
