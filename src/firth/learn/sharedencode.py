"""What a model of a `SharedTable` makes of rows of a table, seen in training or not."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column, Columns, read_table
from firth.data.columntokens import ColumnTokens, same_tokens_of
from firth.data.columnvalues import check_again
from firth.data.features import Features
from firth.data.ids import Integers, Strings
from firth.data.memory import check_memory
from firth.data.sequences import Sequences
from firth.errors import DataError, OptionError
from firth.learn.columnwise import Block, Learnt
from firth.learn.parts import learner_of, space_of
from firth.learn.sharedrows import Pool, check_pool
from firth.learn.sharedtable import SharedTable
from firth.model import Model
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["Composer", "encode"]

_log = logging.getLogger(__name__)


def encode(model: Model, objects: Any, *, pool: Pool | None = None, run: Run | None = None) -> Features:
    """The vectors of the rows of a table.

    Args:
        model: of `SharedTable`.
        objects: a table with the columns that the model was trained on, by name, whatever
            `firth.read_table` takes; others beside them do not count. Or `Sequences` of tokens.
        pool: see `SharedTable`; None takes that of the learner. `Sequences` have no columns to put side by
            side.
        run: threads, which change no bit of the result.

    Returns:
        `Features`, float32, (n, columns * dim) or (n, dim); in place of a value that is missing there are
        zeros. A value that was never seen is the mean of the rows that it is hashed to, those of other values
        among them; a row in no use counts as zeros. The report counts the unknown and the missing values of
        each column.

    Raises:
        DataError: a column is not there or of another kind, or the parts of the model do not go together.
        OptionError: there is no such pool, or no columns to put side by side.
        MemoryBudgetError: the result would not fit into memory.
    """
    learner = learner_of(model, SharedTable)
    composer = Composer(learner, space_of(model, "values"), space_of(model, "rows"), pool=pool, run=run)
    if isinstance(objects, Sequences):
        return composer.of_sequences(objects)
    return composer.of_table(read_table(objects))


class Composer:
    """The parts of a model that make vectors of tokens, looked at before they are used.

    Args:
        learner: the recipe.
        values: what was seen, with how the table was read in its meta. rows: the shared matrix.
        pool: None takes that of the learner.
        run: threads.

    Raises:
        DataError: they do not go together.
        OptionError: there is no such pool.
    """

    def __init__(
        self,
        learner: SharedTable,
        values: Vectors,
        rows: Vectors,
        *,
        pool: Pool | None = None,
        run: Run | None = None,
    ):
        if not isinstance(values.ids, Strings) or not isinstance(rows.ids, Integers):
            raise DataError(
                "the ids of 'values' are strings and those of 'rows' whole numbers; these are not"
            )
        if not values.dim == rows.dim == learner.dim:
            raise DataError(
                f"the recipe of this model says dim={learner.dim}; its values have {values.dim} numbers "
                f"and its rows {rows.dim}"
            )
        self._pool: Pool = learner.pool if pool is None else pool
        check_pool(self._pool)
        self._learner, self._run = learner, run
        self._known, self._meta = values.ids, values.meta
        self._used, self._matrix = rows.ids.values, rows.matrix

    @classmethod
    def of_learnt(cls, learner: SharedTable, learnt: Learnt) -> Composer:
        """That of a shared table within a `firth.Table`. Raises DataError."""
        rows, numbers = learnt.arrays.get("rows"), learnt.arrays.get("numbers")
        if learnt.vectors is None or rows is None or numbers is None:
            raise DataError("this model cannot encode: its shared table lacks values, rows or their numbers")
        if numbers.dtype != np.int64 or numbers.ndim != 1:
            raise DataError(f"the numbers of shared rows are int64, not {numbers.dtype}, one a row")
        return cls(learner, learnt.vectors, Vectors(Integers(numbers), rows))

    def of_table(self, columns: Columns) -> Features:
        """The rows of a table with the columns of training and perhaps others."""
        found = self._tokens(columns)
        names = self.names(self._columns()) if self._pool == "concat" else None
        report = {
            "rows": columns.rows,
            "unknown": {tokens.name: count for tokens in found if (count := self._unknown(tokens))},
            "missing": {tokens.name: tokens.missing for tokens in found if tokens.missing},
        }
        _log.info("encoded %d rows; never seen in training: %s; missing: %s", *report.values())
        return Features(self._pooled(found, columns.rows), names=names, report=report)

    def block(self, columns: Sequence[Column]) -> Block:
        """The rows of as many columns as in training, in their order, whatever they are called now."""
        known = self._columns()
        if len(columns) != len(known):
            raise DataError(f"this shared table takes {len(known)} columns, and these are {len(columns)}")
        renamed = [Column(name, column.values) for name, column in zip(known, columns, strict=True)]
        table = Columns(renamed)
        found = self._tokens(table)
        unknown = sum(self._unknown(tokens) for tokens in found)
        matrix = self._pooled(found, table.rows).astype(np.float64)
        return Block(matrix=matrix, counts={"unknown": unknown} if unknown else {})

    def of_sequences(self, sequences: Sequences) -> Features:
        """Sequences of tokens; see `encode`."""
        if self._pool == "concat":
            raise OptionError("sequences have no columns to put side by side; choose pool='mean' or 'sum'")
        from scipy.sparse import csr_array

        keys = sequences.vocabulary.keys
        tokens, lengths = np.asarray(sequences.tokens), np.diff(sequences.offsets)
        ones = np.ones(tokens.size, np.float32)
        bags = csr_array((ones, tokens, sequences.offsets), shape=(len(sequences), len(keys)))
        matrix = np.asarray(bags @ self._compose(keys), np.float32)
        if self._pool == "mean":
            matrix /= np.maximum(lengths, 1)[:, None].astype(np.float32)
        counts = np.bincount(tokens, minlength=len(keys))
        unknown = int(counts[self._known.rows(keys) < 0].sum())
        report = {"rows": len(sequences), "unknown": {"tokens": unknown} if unknown else {}, "missing": {}}
        _log.info("encoded %d sequences; tokens never seen in training: %d", len(sequences), unknown)
        return Features(matrix, ids=sequences.ids, report=report)

    def names(self, columns: Sequence[str]) -> list[str]:
        """What the numbers are called, where these are the names of the columns of training now."""
        known, width = self._columns(), range(self._learner.dim)
        if len(columns) != len(known):
            raise DataError(f"this shared table takes {len(known)} columns, and these are {len(columns)}")
        if self._pool != "concat":
            more = f"+{len(columns) - 1}" if len(columns) > 1 else ""
            return [f"{columns[0]}{more}.{j}" for j in width]
        called = dict(zip(known, columns, strict=True))
        return [f"{_renamed(part, called)}.{j}" for part in self._parts() for j in width]

    def _columns(self) -> list[str]:
        """The columns of training."""
        if "again" not in self._meta:
            raise DataError(
                "this model was trained on sequences that do not say which columns they come from; encode "
                "Sequences with pool='mean'"
            )
        only: list[str] = check_again(self._meta["again"])["only"]
        return only

    def _parts(self) -> list[str]:
        """What tokens begin with: the columns of training, those of times several times over."""
        parts = self._meta.get("parts")
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
            raise DataError(f"this model does not say what its columns became: {parts!r}")
        return list(parts)

    def _tokens(self, columns: Columns) -> list[ColumnTokens]:
        """The tokens of a table, part by part."""
        known = self._columns()
        for name in known:
            if name not in columns:
                raise DataError(
                    f"this model was trained on the column {name!r}, and the table has only "
                    f"{', '.join(map(repr, columns.names[:10]))}"
                )
        again = check_again(self._meta["again"])
        how = {"bins": again["bins"], "missing": again["missing"]}
        return same_tokens_of(columns.take(known), self._parts(), **how)

    def _pooled(self, found: list[ColumnTokens], n: int) -> NDArray[np.float32]:
        """The vectors of n rows, float32, (n, parts * dim) or (n, dim)."""
        dim, beside = self._learner.dim, self._pool == "concat"
        wide = dim * (len(found) if beside else 1)
        _log.info("%s", check_memory(4 * n * wide + 8 * n, "encoding a table"))
        matrix = np.zeros((n, wide), np.float32)
        for j, tokens in enumerate(found):
            rows = np.concatenate((self._compose(tokens.keys), np.zeros((1, dim), np.float32)))
            first = j * dim if beside else 0
            matrix[:, first : first + dim] += rows[tokens.codes]  # the last row, at -1, is zeros
        if self._pool == "mean":
            there = np.sum([tokens.codes >= 0 for tokens in found], axis=0)
            matrix /= np.maximum(there, 1)[:, None].astype(np.float32)
        return matrix

    def _compose(self, tokens: Strings) -> NDArray[np.float32]:
        """The vectors of tokens, float32 (n, dim)."""
        return self._learner.spread.compose(tokens, self._used, self._matrix, run=self._run)

    def _unknown(self, tokens: ColumnTokens) -> int:
        """In how many rows there is a token that was not seen in training."""
        counts = np.bincount(tokens.codes[tokens.codes >= 0], minlength=len(tokens.keys))
        return int(counts[self._known.rows(tokens.keys) < 0].sum())


def _renamed(part: str, called: dict[str, str]) -> str:
    """A column, or a part of one such as "born.month", as it is called now."""
    if part in called:
        return called[part]
    column, _, of_time = part.rpartition(".")
    return f"{called.get(column, column)}.{of_time}"
