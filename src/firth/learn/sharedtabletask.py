"""The matrices of a shared table: rows that values have been hashed to, and contexts of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers
from firth.data.sequences import Sequences
from firth.errors import DataError
from firth.learn.continuing import Start
from firth.learn.pieces import Pieces
from firth.learn.piecetask import PieceTask
from firth.learn.sharedrows import SharedRows

if TYPE_CHECKING:
    from firth.learn.sharedtable import SharedTable

__all__ = ["SharedTableTask", "start_rows"]


class SharedTableTask(PieceTask):
    """A `PieceTask` whose pieces are the rows that hashes choose, and no row of a value's own."""

    def __init__(
        self,
        learner: SharedTable,
        sequences: Sequences,
        counts: NDArray[np.int64],
        *,
        seed: int,
        start: Start | None,
    ):
        more = None if start is None else start_rows(start, learner.spread)
        pieces = Pieces.shared(learner.spread.of(sequences.vocabulary.keys), more=more)
        super().__init__(learner, sequences, counts, pieces=pieces, seed=seed, start=start)

    @property
    def figures(self) -> Mapping[str, int]:
        """How many rows are in use, how many values have each of their rows together with another value, and
        how many have all the rows of another."""
        hashes = self.pieces.rows.size // max(1, self.pieces.starts.size - 1)
        rows = self.pieces.rows.reshape(-1, hashes)
        alone = np.bincount(rows.reshape(-1), minlength=self.pieces.used.size)[rows] == 1
        _, times = np.unique(rows, axis=0, return_counts=True)
        return {
            "rows_used": int(self.pieces.used.size),
            "values_without_own_row": int(np.count_nonzero(~alone.any(axis=1))),
            "values_not_told_apart": int(times[times > 1].sum()),
        }

    def _go_on(self, start: Start) -> None:
        """Put the rows of an earlier run in their places; hold them there if the anchor says so."""
        rows = start.spaces["rows"]
        places = np.searchsorted(self.pieces.used, _numbers(rows.ids)).astype(np.int64)
        self.words[places, : self.learner.dim] = rows.matrix
        contexts = start.fill("contexts", self.objective.rows, self.sequences.vocabulary)
        self._hold(places, contexts, start)


def start_rows(start: Start, spread: SharedRows) -> NDArray[np.int64]:
    """The numbers of the rows of the model to go on from, int64, rising.

    Raises:
        DataError: it has none, or its values were spread in another way.
    """
    rows = start.spaces.get("rows")
    if rows is None or rows.dim != start.words.dim:
        raise DataError("start has no shared rows that go with its values; give a model of a SharedTable")
    theirs = {name: start.recipe.get(name) for name in vars(spread)}
    if theirs != vars(spread):
        raise DataError(f"start has {theirs}, and the learner {vars(spread)}; they must be the same")
    numbers = _numbers(rows.ids)
    if numbers.size and numbers[-1] >= spread.rows:
        raise DataError(f"start has a row {numbers[-1]}, and there are only {spread.rows}")
    return numbers


def _numbers(ids: object) -> NDArray[np.int64]:
    if not isinstance(ids, Integers) or np.any(ids.values[1:] <= ids.values[:-1]) or np.any(ids.values < 0):
        raise DataError("the ids of the space 'rows' are numbers of rows, rising; these are not")
    return ids.values
