"""The matrices of a subword learner, and how to train them on a segment."""

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
from firth.kernels import subword as kernels
from firth.learn.continuing import Anchor, Start
from firth.learn.matrices import random_rows
from firth.learn.objectives import NegativeSampling, Stream
from firth.learn.pieces import Pieces
from firth.learn.wordtask import WordTask

if TYPE_CHECKING:
    from firth.learn.subword import SubwordLearner

__all__ = ["SubwordTask", "start_buckets"]

_log = logging.getLogger(__name__)


class SubwordTask(WordTask):
    """A `WordTask` whose words are made of pieces; see `firth.learn.pieces`."""

    learner: SubwordLearner
    objective: NegativeSampling

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
        self.pieces = Pieces.of(sequences.vocabulary.keys, learner.ngrams, more=more)
        if not self.pieces.used.size and learner.buckets and learner.max_n:
            _log.warning(
                "no word of this text has an n-gram of %d to %d letters; their vectors are their own alone",
                learner.min_n,
                learner.max_n,
            )
        super().__init__(learner, sequences, counts, seed=seed, start=start)

    @property
    def figures(self) -> Mapping[str, int]:
        """How many n-grams the words have together, in how many buckets, and how many words have none."""
        sizes = np.diff(self.pieces.starts) - 1
        return {
            "ngrams": int(sizes.sum()),
            "buckets_used": int(self.pieces.used.size),
            "words_without_ngrams": int(np.count_nonzero(sizes == 0)),
        }

    def _begin(self, seed: int) -> NDArray[np.float32]:
        """The rows of words and of buckets to start from."""
        return random_rows(len(self.pieces), self.learner.dim, seed)

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
        if start.anchor:
            self._anchors.append(PieceAnchor(self.words, rows, start.anchor, self.pieces))
            self._anchors.append(Anchor(self.objective.rows, contexts, start.anchor))

    def _train(self, read: Stream, rates: tuple[float, float], seed: np.uint64) -> tuple[int, int]:
        """Train on a stretch of the stream."""
        learner, aim, own = self.learner, self.objective, self._own
        size = kernels.scratch_size(self.words.shape[1], learner.window, aim.noise, together=learner.together)
        if not hasattr(own, "table"):
            own.table = np.empty(kernels.table_size(learner.window), np.int64)
        train = kernels.train_cbow if learner.together else kernels.train_skipgram
        step = (rates[0] - rates[1]) / max(read[-1], 1)
        found: tuple[int, int] = train(
            *read, self.words, self.pieces.starts, self.pieces.rows, aim.rows, aim.bounds, aim.guide,
            learner.window, aim.negative, aim.noise, rates[0], step, seed, self._scratch(size), own.table,
        )  # fmt: skip
        return found

    def hidden(self, inputs: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
        """The hidden vectors of examples, float64, (m, dim): the means of all rows of their words."""
        words, place = np.unique(inputs, return_inverse=True)
        if not words.size:
            return np.empty((0, self.learner.dim))
        sums, sizes = self.pieces.sums(self.words, words, self.learner.dim)
        totals = np.add.reduceat(sums[place], offsets[:-1])
        return totals / np.add.reduceat(sizes[place], offsets[:-1])[:, None]


class PieceAnchor(Anchor):
    """Old rows of words and buckets, held where they were; a word that occurs touches all its pieces."""

    def __init__(self, matrix: NDArray[np.float32], rows: NDArray[np.int64], strength: float, pieces: Pieces):
        super().__init__(matrix, rows, strength)
        self._pieces = pieces

    def pull(self, tokens: NDArray[np.int32], rate: float) -> None:
        """Take the steps that belong to the pieces of the tokens (int32)."""
        words, times = np.unique(tokens, return_counts=True)
        rows, sizes = self._pieces.of_words(words)
        touched, place = np.unique(rows, return_inverse=True)
        self.pull_rows(touched, np.bincount(place, np.repeat(times, sizes)), rate)


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
