"""What a model of a `SharedTable` makes of rows of a table that it has not seen."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import read_table
from firth.data.columntokens import ColumnTokens, tokens_of
from firth.data.columnvalues import check_again, chosen_columns
from firth.data.features import Features
from firth.data.ids import Integers, Strings
from firth.data.sequences import Sequences
from firth.errors import DataError, OptionError
from firth.learn.memory import check_memory
from firth.learn.parts import learner_of, space_of
from firth.learn.sharedrows import SharedRows
from firth.learn.sharedtable import SharedTable
from firth.model import Model
from firth.run import Run

__all__ = ["Pool", "encode"]

Pool: TypeAlias = Literal["concat", "sum", "mean"]

_log = logging.getLogger(__name__)


def encode(model: Model, objects: Any, *, pool: Pool = "concat", run: Run | None = None) -> Features:
    """The vectors of the rows of a table.

    Args:
        model: of `SharedTable`.
        objects: a table with the columns that the model was trained on, by name, whatever
            `firth.read_table` takes; others beside them do not count. Or `Sequences` of tokens.
        pool: "concat" puts the vectors of the columns side by side, zeros where a value is missing; "sum"
            adds them up, "mean" takes their mean. `Sequences` have no columns to put side by side.
        run: threads, which change no bit of the result.

    Returns:
        `Features`, float32, (n, columns * dim) or (n, dim). A value that was never seen is the mean of the
        rows that it is hashed to, those of other values among them; a row in no use counts as zeros. The
        report counts the unknown and the missing values of each column.

    Raises:
        DataError: a column is not there or of another kind, or the parts of the model do not go together.
        OptionError: there is no such pool, or no columns to put side by side.
        MemoryBudgetError: the result would not fit into memory.
    """
    if pool not in ("concat", "sum", "mean"):
        raise OptionError(f"pool is 'concat', 'sum' or 'mean', not {pool!r}")
    composer = _Composer(model, run)
    if isinstance(objects, Sequences):
        return _of_sequences(composer, objects, pool)
    columns = read_table(objects)
    again = composer.values.meta.get("again")
    if again is None:
        raise DataError(
            "this model was trained on sequences that do not say which columns they come from; encode "
            "Sequences with pool='mean'"
        )
    again = check_again(again)
    lacking = [name for name in again["only"] if name not in columns.names]
    if lacking:
        raise DataError(
            f"this model was trained on the column {lacking[0]!r}, and the table has only "
            f"{', '.join(map(repr, columns.names))}"
        )
    columns = chosen_columns(columns, again["only"])
    found = tokens_of(columns, bins=again["bins"], missing=again["missing"])
    matrix = _of_columns(composer, found, columns.rows, pool)
    names = None
    if pool == "concat":
        names = [f"{tokens.name}.{j}" for tokens in found for j in range(composer.dim)]
    unknown = {tokens.name: composer.unknown(tokens.keys, _counts(tokens)) for tokens in found}
    missing = {tokens.name: tokens.missing for tokens in found}
    return Features(matrix, names=names, report=_report(columns.rows, unknown, missing))


class _Composer:
    """The parts of a model that make vectors of tokens, looked at before they are used.

    Raises:
        DataError: they do not go together.
    """

    def __init__(self, model: Model, run: Run | None):
        learner = learner_of(model, SharedTable)
        self.values, rows = space_of(model, "values"), space_of(model, "rows")
        if not isinstance(self.values.ids, Strings) or not isinstance(rows.ids, Integers):
            raise DataError(
                "the ids of 'values' are strings and those of 'rows' whole numbers; these are not"
            )
        if not self.values.dim == rows.dim == learner.dim:
            raise DataError(
                f"the recipe of this model says dim={learner.dim}; its values have {self.values.dim} numbers "
                f"and its rows {rows.dim}"
            )
        self.dim = learner.dim
        self._spread: SharedRows = learner.spread
        self._known: Strings = self.values.ids
        self._used, self._matrix, self._run = rows.ids.values, rows.matrix, run

    def compose(self, tokens: Strings) -> NDArray[np.float32]:
        """The vectors of tokens, float32 (n, dim)."""
        return self._spread.compose(tokens, self._used, self._matrix, run=self._run)

    def unknown(self, tokens: Strings, counts: NDArray[np.int64]) -> int:
        """How many occurrences are of tokens that were not seen in training."""
        return int(counts[self._known.rows(tokens) < 0].sum())


def _of_columns(composer: _Composer, found: list[ColumnTokens], n: int, pool: Pool) -> NDArray[np.float32]:
    wide = composer.dim * (len(found) if pool == "concat" else 1)
    _log.info("%s", check_memory(4 * n * wide + 8 * n, "encoding a table"))
    matrix = np.zeros((n, wide), np.float32)
    for j, tokens in enumerate(found):
        rows = np.concatenate((composer.compose(tokens.keys), np.zeros((1, composer.dim), np.float32)))
        first = j * composer.dim if pool == "concat" else 0
        matrix[:, first : first + composer.dim] += rows[tokens.codes]  # the last row, at -1, is zeros
    if pool == "mean":
        there = np.sum([tokens.codes >= 0 for tokens in found], axis=0)
        matrix /= np.maximum(there, 1)[:, None].astype(np.float32)
    return matrix


def _of_sequences(composer: _Composer, sequences: Sequences, pool: Pool) -> Features:
    if pool == "concat":
        raise OptionError("sequences have no columns to put side by side; choose pool='mean' or 'sum'")
    from scipy.sparse import csr_array

    keys = sequences.vocabulary.keys
    tokens, lengths = np.asarray(sequences.tokens), np.diff(sequences.offsets)
    ones = np.ones(tokens.size, np.float32)
    bags = csr_array((ones, tokens, sequences.offsets), shape=(len(sequences), len(keys)))
    matrix = np.asarray(bags @ composer.compose(keys), np.float32)
    if pool == "mean":
        matrix /= np.maximum(lengths, 1)[:, None].astype(np.float32)
    counts = np.bincount(tokens, minlength=len(keys))
    unknown = {"tokens": composer.unknown(keys, counts)}
    return Features(matrix, ids=sequences.ids, report=_report(len(sequences), unknown, {}))


def _counts(tokens: ColumnTokens) -> NDArray[np.int64]:
    """How often each token of a column occurs."""
    return np.bincount(tokens.codes[tokens.codes >= 0], minlength=len(tokens.keys))


def _report(rows: int, unknown: Mapping[str, int], missing: Mapping[str, int]) -> dict[str, Any]:
    report = {
        "rows": rows,
        "unknown": {name: count for name, count in unknown.items() if count},
        "missing": {name: count for name, count in missing.items() if count},
    }
    _log.info("encoded %d rows; never seen in training: %s; missing: %s", *report.values())
    return report
