"""The matrices of a subword learner: rows of words and of the buckets of their n-grams."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers
from firth.data.ngrams import Ngrams
from firth.data.sequences import Sequences
from firth.errors import DataError
from firth.learn.continuing import Start
from firth.learn.pieces import Pieces
from firth.learn.piecetask import PieceTask

if TYPE_CHECKING:
    from firth.learn.subword import SubwordLearner

__all__ = ["SubwordTask", "start_buckets"]

_log = logging.getLogger(__name__)


class SubwordTask(PieceTask):
    """A `PieceTask` whose pieces are a row for each word and those of its n-grams."""

    learner: SubwordLearner

    def __init__(
        self,
        learner: SubwordLearner,
        sequences: Sequences,
        counts: NDArray[np.int64],
        *,
        seed: int,
        start: Start | None,
    ):
        more = None if start is None else start_buckets(start, learner.ngrams)
        pieces = Pieces.of(sequences.vocabulary.keys, learner.ngrams, more=more)
        if not pieces.used.size and learner.buckets and learner.max_n:
            _log.warning(
                "no word of this text has an n-gram of %d to %d letters; their vectors are their own alone",
                learner.min_n,
                learner.max_n,
            )
        super().__init__(learner, sequences, counts, pieces=pieces, seed=seed, start=start)

    @property
    def figures(self) -> Mapping[str, int]:
        """How many n-grams the words have together, in how many buckets, and how many words have none."""
        sizes = np.diff(self.pieces.starts) - 1
        return {
            "ngrams": int(sizes.sum()),
            "buckets_used": int(self.pieces.used.size),
            "words_without_ngrams": int(np.count_nonzero(sizes == 0)),
        }

    def _go_on(self, start: Start) -> None:
        """Put the rows of an earlier run in their places; hold them there if the anchor says so."""
        vocabulary, dim = self.sequences.vocabulary, self.learner.dim
        n = len(vocabulary)
        subwords = start.spaces.get("subwords")
        if subwords is not None:
            places = n + np.searchsorted(self.pieces.used, _buckets(subwords.ids))
            self.words[places, :dim] = subwords.matrix
            held = start.fill("word_rows", self.words[:n], vocabulary)
            rows = np.concatenate((held, places))
        else:  # vectors without n-grams: what the new n-grams add, the own row takes away
            rows = start.fill("words", self.words[:n], vocabulary)
            vectors = self.words[rows, :dim].astype(np.float64)
            self.words[rows] = 0.0
            sums, sizes = self.pieces.sums(self.words, rows.astype(np.int32), dim)
            self.words[rows, :dim] = vectors * sizes[:, None] - sums
            if math.isinf(start.anchor):  # what old words are made of must stay too
                rows = np.unique(self.pieces.of_words(rows.astype(np.int32))[0]).astype(np.int64)
        contexts = start.fill("contexts", self.objective.rows, vocabulary)
        self._hold(rows, contexts, start)


def start_buckets(start: Start, ngrams: Ngrams) -> NDArray[np.int64] | None:
    """The buckets of the model to go on from, int64, ascending; None if it has none.

    Raises:
        DataError: its words were cut in another way.
    """
    subwords = start.spaces.get("subwords")
    if subwords is None:
        return None
    theirs = start.recipe and Ngrams.of(start.recipe)
    if theirs != ngrams:
        raise DataError(f"start has the n-grams {theirs}, and the learner {ngrams}; they must be the same")
    if subwords.dim != start.words.dim or "word_rows" not in start.spaces:
        raise DataError("start has subwords that do not go with its words")
    return _buckets(subwords.ids)


def _buckets(ids: object) -> NDArray[np.int64]:
    if not isinstance(ids, Integers) or np.any(ids.values[1:] <= ids.values[:-1]):
        raise DataError("the ids of the space 'subwords' are bucket numbers, ascending; these are not")
    return ids.values
