"""Words whose input vectors are made of rows that they share: the matrices, and how to train them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences
from firth.kernels import subword as kernels
from firth.learn.continuing import Anchor, Start
from firth.learn.matrices import random_rows
from firth.learn.objectives import NegativeSampling, Stream
from firth.learn.pieces import Pieces
from firth.learn.wordtask import WordTask

if TYPE_CHECKING:
    from firth.learn.words import WordLearner

__all__ = ["PieceTask"]


class PieceTask(WordTask):
    """A `WordTask` whose words are made of pieces; see `firth.learn.pieces`.

    Args:
        pieces: of the words of the vocabulary.
        learner, sequences, counts, seed, start: see `WordTask`.
    """

    objective: NegativeSampling

    def __init__(
        self,
        learner: WordLearner,
        sequences: Sequences,
        counts: NDArray[np.int64],
        *,
        pieces: Pieces,
        seed: int,
        start: Start | None,
    ):
        self.pieces = pieces
        super().__init__(learner, sequences, counts, seed=seed, start=start)

    def _begin(self, seed: int) -> NDArray[np.float32]:
        """The rows of all pieces to start from."""
        return random_rows(len(self.pieces), self.learner.dim, seed)

    def _hold(self, rows: NDArray[np.int64], contexts: NDArray[np.int64], start: Start) -> None:
        """Hold these rows of the pieces and of the contexts where they are, if the anchor says so."""
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
    """Old rows of pieces, held where they were; a word that occurs touches all its pieces."""

    def __init__(self, matrix: NDArray[np.float32], rows: NDArray[np.int64], strength: float, pieces: Pieces):
        super().__init__(matrix, rows, strength)
        self._pieces = pieces

    def pull(self, tokens: NDArray[np.int32], rate: float) -> None:
        """Take the steps that belong to the pieces of the tokens (int32)."""
        words, times = np.unique(tokens, return_counts=True)
        rows, sizes = self._pieces.of_words(words)
        touched, place = np.unique(rows, return_inverse=True)
        self.pull_rows(touched, np.bincount(place, np.repeat(times, sizes)), rate)
