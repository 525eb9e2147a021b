"""The matrices of a learner over the windows of a text, and how to train them on a segment."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids
from firth.data.sequences import Sequences
from firth.kernels.stream import draw_stream
from firth.learn.continuing import Anchor, Start
from firth.learn.heldout import HeldOut, hold_out, holdout_period
from firth.learn.matrices import random_rows, zeros
from firth.learn.objectives import Stream, objective_of
from firth.learn.sampling import keep_thresholds
from firth.learn.segments import Segment

if TYPE_CHECKING:
    from firth.learn.words import WordLearner

__all__ = ["WordTask"]


class WordTask:
    """A `firth.learn.training.Task`: input rows of words, trained by an objective on windows of text.

    Args:
        learner: the recipe.
        sequences: over the vocabulary of the matrices.
        counts: int64, how often each word is in the sequences, which is less than the vocabulary says where
            it also counts the text of an earlier run.
        seed: where the random numbers start.
        start: what to go on from, or None.
    """

    def __init__(
        self,
        learner: WordLearner,
        sequences: Sequences,
        counts: NDArray[np.int64],
        *,
        seed: int,
        start: Start | None,
    ):
        self.learner, self.sequences = learner, sequences
        vocabulary = sequences.vocabulary
        self.objective = objective_of(learner, vocabulary, seed=seed)
        self.words = self._begin(seed)
        self._anchors: list[Anchor] = []
        if start is not None:
            self._go_on(start)
        self._keep = keep_thresholds(counts, learner.subsample)
        self._holdout = holdout_period(int(sequences.offsets[-1]), learner.window)
        kind = "to_centre" if self.objective.towards_centre else "from_centre"
        self.held_out: HeldOut = hold_out(
            sequences,
            period=self._holdout,
            window=learner.window,
            dynamic=learner.dynamic_window,
            keep=self._keep,
            kind="together" if learner.together else kind,  # type: ignore[arg-type]
            most=self.objective.examples,
            seed=seed,
        )
        self._own = threading.local()

    def _begin(self, seed: int) -> NDArray[np.float32]:
        """The input rows to start from."""
        return random_rows(len(self.sequences.vocabulary), self.learner.dim, seed)

    def _go_on(self, start: Start) -> None:
        """Put the rows of an earlier run in their places; hold them there if the anchor says so."""
        vocabulary = self.sequences.vocabulary
        targets = {"words": self.words}
        if self.objective.space == "contexts":  # the tree of a hierarchical softmax is another one now
            targets["contexts"] = self.objective.rows
        for name, matrix in targets.items():
            rows = start.fill(name, matrix, vocabulary)
            if start.anchor:
                self._anchors.append(Anchor(matrix, rows, start.anchor))

    @property
    def matrices(self) -> Mapping[str, NDArray[np.float32]]:
        """The rows on either side, float32, (n, dim rounded up to cache lines)."""
        return {"words": self.words, self.objective.space: self.objective.rows}

    @property
    def figures(self) -> Mapping[str, int]:
        """What else the report of a run says."""
        return {}

    def ids(self, name: str) -> Ids:
        """What the rows of a matrix stand for."""
        vocabulary = self.sequences.vocabulary
        return self.objective.ids(vocabulary) if name == self.objective.space else vocabulary.keys

    def train(
        self, segment: Segment, *, rates: tuple[float, float], seeds: tuple[np.uint64, np.uint64]
    ) -> int | None:
        """Draw the stream of the segment and train on it: how many pairs, None if a score was not finite."""
        tokens, read = self._draw(segment, seeds[0])
        pairs, bad = self._train(read, rates, seeds[1])
        for anchor in self._anchors:
            anchor.pull(tokens, (rates[0] + rates[1]) / 2)
        return int(pairs) if bad < 0 else None

    def _train(self, read: Stream, rates: tuple[float, float], seed: np.uint64) -> tuple[int, int]:
        """Train on a stretch of the stream."""
        learner = self.learner
        return self.objective.train(
            self.words,
            read,
            window=learner.window,
            together=learner.together,
            mean=learner.averaged,
            rates=rates,
            seed=seed,
            scratch=self._scratch(self.objective.scratch_size(learner.window)),
        )

    def loss(self) -> float | None:
        """The loss of the held-out examples, in nats."""
        return self.held_out.loss(self.hidden, self.objective.losses)

    def hidden(self, inputs: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
        """The hidden vectors of examples, float64, (m, dim): the means or sums of the rows of their words."""
        rows = self.words[inputs, : self.learner.dim].astype(np.float64)
        sums = np.add.reduceat(rows, offsets[:-1]) if inputs.size else np.empty((0, self.learner.dim))
        mean = self.learner.together and self.learner.averaged
        return sums / np.diff(offsets)[:, None] if mean else sums

    def settle(self) -> None:
        """When training is over: frozen rows are what they were."""
        for anchor in self._anchors:
            anchor.settle()

    def _draw(self, segment: Segment, seed: np.uint64) -> tuple[NDArray[np.int32], Stream]:
        """The tokens of the segment, and the stream drawn from them into this thread's arrays."""
        size, learner = segment.stop - segment.start, self.learner
        own = self._own
        if getattr(own, "size", -1) < size:
            own.size, own.stream = size, tuple(np.empty(size, np.int32) for _ in range(3))
        words, low, high = own.stream
        tokens = self.sequences.slice(segment.start, segment.stop)
        n = draw_stream(
            tokens, segment.offsets, segment.start, self._keep, learner.window, learner.dynamic_window,
            self._holdout, seed, words, low, high,
        )  # fmt: skip
        return tokens, (words, low, high, n)

    def _scratch(self, size: int) -> NDArray[np.float32]:
        """This thread's scratch."""
        own = self._own
        if not hasattr(own, "scratch"):
            own.scratch = zeros(1, size)[0]
        scratch: NDArray[np.float32] = own.scratch
        return scratch
