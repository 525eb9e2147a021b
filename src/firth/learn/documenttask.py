"""The matrices of document vectors, and how to train them on a segment."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences
from firth.kernels import dbow, dm, dmblocks, skipgram
from firth.kernels.stream import draw_stream
from firth.learn.documentloss import choose_examples
from firth.learn.documentrows import DocumentRows
from firth.learn.matrices import random_rows, row_width, zeros
from firth.learn.objectives import NegativeSampling
from firth.learn.sampling import keep_thresholds, noise_tables
from firth.learn.segments import Segment

if TYPE_CHECKING:
    from firth.learn.docvec import DocumentVectors

__all__ = ["COMBINE", "DocumentTask", "scratch_size"]

COMBINE = {"mean": dm.MEAN, "sum": dm.SUM, "concat": dm.CONCAT}
_EXAMPLES, _FEWEST = 10_000, 2_000  # positions where the loss is measured, one in a hundred of a text between
_FOR_WORDS = 1.3  # words beside documents learn at so many times the rate, which was measured to serve them
_CELLS = 1 << 18  # numbers of hidden vectors made at a time


def scratch_size(learner: DocumentVectors, wide: int) -> int:
    """Floats of scratch that a thread needs for rows of `wide` floats."""
    if learner.mode == "dm":
        alone = dm.scratch_size(wide, learner.window, learner.negative, COMBINE[learner.combine])
        if learner.combine != "mean":
            return alone
        # Means are trained in blocks, but new documents are encoded a position at a time.
        return max(alone, dmblocks.scratch_size(wide, learner.window, learner.noise))
    words = skipgram.scratch_size(wide, learner.window, learner.noise) if learner.words else 0
    return max(words, dbow.scratch_size(wide, learner.negative))


class DocumentTask:
    """A `firth.learn.training.Task`: rows of documents and their tags, and of words where they are trained.

    Args:
        learner: the recipe.
        sequences: the documents.
        rows: which rows each document trains.
        seed: where the random numbers start.
    """

    def __init__(self, learner: DocumentVectors, sequences: Sequences, rows: DocumentRows, *, seed: int):
        self.learner, self.sequences, self.rows = learner, sequences, rows
        vocabulary, wide = sequences.vocabulary, row_width(learner.dim)
        self.documents = random_rows(len(rows), learner.dim, seed + 2**63)  # not the numbers of the words
        # Contexts begin at zero and learn in proportion to what they meet, so that small rows lose passes
        # until both have grown; ±1 / (2 √dim) was measured to be worth some of the first passes.
        self.documents *= np.float32(learner.dim**0.5)
        self.words = random_rows(len(vocabulary), learner.dim, seed) if learner.trains_words else None
        layer = dm.layer_width(wide, learner.window, COMBINE[learner.combine]) if self._dm else wide
        self.objective = NegativeSampling(
            vocabulary,
            dim=layer,
            negative=learner.negative,
            noise=learner.noise,
            ns_exponent=learner.ns_exponent,
            seed=seed,
        )
        self._noise = noise_tables(vocabulary.counts, learner.ns_exponent)
        self._keep = keep_thresholds(vocabulary.counts, learner.subsample)
        self.examples = choose_examples(
            sequences,
            window=learner.window if self._dm else 0,
            dynamic=learner.dynamic_window,
            keep=self._keep,
            most=min(_EXAMPLES, self.objective.examples, max(_FEWEST, int(sequences.offsets[-1]) // 100)),
            seed=seed,
        )
        self._own = threading.local()

    @property
    def _dm(self) -> bool:
        return self.learner.mode == "dm"

    @property
    def matrices(self) -> Mapping[str, NDArray[np.float32]]:
        """The rows that training changes, float32, wider than the dimension by some zeros."""
        words = {} if self.words is None else {"words": self.words}
        return {"documents": self.documents, **words, "contexts": self.objective.rows}

    def train(
        self, segment: Segment, *, rates: tuple[float, float], seeds: tuple[np.uint64, np.uint64]
    ) -> int | None:
        """Draw the stream of the segment and train on it: how many pairs, None if a score was not finite."""
        words, low, high, ends = self._draw(segment, seeds[0])
        n = int(ends[-1])
        step = (rates[0] - rates[1]) / max(n, 1)
        first = int(np.searchsorted(self.sequences.offsets, segment.start, side="right")) - 1
        starts = self.rows.starts[first : first + segment.offsets.size]
        own = (ends, self.rows.rows, starts, self.documents)
        learner, scratch, outputs = self.learner, self._own.scratch, self.objective.rows
        if self._dm and learner.combine == "mean":
            found = dmblocks.train(
                words, low, high, *own, self.words, outputs, self.objective.bounds, self.objective.guide,
                learner.window, learner.negative, learner.noise, rates[0], step, seeds[1], scratch,
            )  # fmt: skip
            return _pairs(*found)
        rest = (learner.negative, rates[0], step, seeds[1], scratch, False)
        if self._dm:
            combine = COMBINE[learner.combine]
            found = dm.train(
                words, low, high, *own, self.words, outputs, *self._noise, learner.window, combine, *rest
            )
            return _pairs(*found)
        found = dbow.train(words, *own, outputs, *self._noise, *rest)
        if self.words is None or found[1] >= 0:
            return _pairs(*found)
        more = self.objective.train(
            self.words, (words, low, high, n), window=learner.window, together=False, mean=False,
            rates=(rates[0] * _FOR_WORDS, rates[1] * _FOR_WORDS), seed=np.bitwise_not(seeds[1]),
            scratch=scratch,
        )  # fmt: skip
        return _pairs(found[0] + more[0], more[1])

    def loss(self) -> float | None:
        """The loss of the examples, in nats: how well a document tells its words, as the mode does."""
        examples, width = self.examples, self.objective.rows.shape[1]
        if not len(examples):
            return None
        total = 0.0
        step = max(1, _CELLS // (width * (1 + examples.near.shape[1])))
        for start in range(0, len(examples), step):
            part = slice(start, start + step)
            hidden = self._hidden(examples.documents[part], examples.near[part])
            total += float(self.objective.losses(hidden, examples.targets[part], start).sum())
        return total / len(examples)

    def _hidden(self, documents: NDArray[np.int64], near: NDArray[np.int32]) -> NDArray[np.float64]:
        """The hidden vectors of examples, float64, (m, width of the output rows)."""
        if not self._dm:
            return self.documents[documents].astype(np.float64)
        first = self.rows.starts[documents]
        own = self.rows.starts[documents + 1] - first
        sums = self.documents[documents].astype(np.float64)  # a document's own row is its first
        for j in range(1, int(own.max(initial=1))):
            tagged = np.flatnonzero(own > j)
            sums[tagged] += self.documents[self.rows.rows[first[tagged] + j]]
        own = own[:, None]
        rows = self.words[near] * (near >= 0)[:, :, None]  # type: ignore[index]
        if self.learner.combine == "concat":
            return np.concatenate([sums / own, rows.reshape(len(rows), -1)], axis=1)
        sums += rows.sum(axis=1, dtype=np.float64)
        if self.learner.combine == "mean":
            sums /= own + np.count_nonzero(near >= 0, axis=1)[:, None]
        return sums

    def _draw(self, segment: Segment, seed: np.uint64) -> tuple[Any, ...]:
        """The words of the segment that stay, their windows if they matter, and where each document ends in
        them, in this thread's arrays."""
        size, learner, own = segment.stop - segment.start, self.learner, self._own
        if not hasattr(own, "scratch"):
            own.scratch = zeros(1, scratch_size(learner, self.documents.shape[1]))[0]
        if getattr(own, "size", -1) < size:
            own.size, own.stream = size, tuple(np.empty(size, np.int32) for _ in range(3))
        words, low, high = own.stream
        ends = np.empty(segment.offsets.size - 1, np.int64)
        tokens = self.sequences.slice(segment.start, segment.stop)
        dbow.thin_out(tokens, segment.offsets, self._keep, seed, words, ends)
        if learner.trains_words:  # the same words, since the same numbers are drawn
            dynamic = learner.dynamic_window and not (self._dm and learner.combine == "concat")
            draw_stream(
                tokens, segment.offsets, 0, self._keep, learner.window, dynamic, 0, seed, words, low, high
            )
        return words, low, high, ends


def _pairs(pairs: int, bad: int) -> int | None:
    return int(pairs) if bad < 0 else None
