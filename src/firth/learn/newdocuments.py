"""Vectors of documents that were not trained on, from a model of `DocumentVectors`."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ordered import ordered_map
from firth.data.unseen import read_unseen
from firth.data.vocabulary import Vocabulary
from firth.errors import NonFiniteError
from firth.kernels import docvec as kernels
from firth.kernels import stream
from firth.learn.documenttask import COMBINE, scratch_size
from firth.learn.docvec import DocumentVectors
from firth.learn.matrices import narrow, row_width, zeros
from firth.learn.sampling import keep_thresholds, noise_distribution
from firth.model import Model
from firth.options import check_whole
from firth.run import Run

__all__ = ["encode"]

_log = logging.getLogger(__name__)
_PART = 1 << 14  # tokens that a thread takes at a time


def encode(
    model: Model, objects: Any, *, epochs: int | None = None, run: Run | None = None
) -> NDArray[np.float32]:
    """Train a vector for each new document, the words as they are.

    The vector of a document depends on its words, on the model and on the seed, and on nothing else: not on
    the documents beside it, nor on the number of threads.

    Args:
        model: of `DocumentVectors`.
        objects: `Sequences`, or whatever `firth.read_documents` takes; strings become tokens as those did
            that the model was trained on.
        epochs: passes over each document; `encode_epochs` of the recipe if None.
        run: threads, seed and the work folder.

    Returns:
        float32, (documents, dim). A document without a known word is a row of zeros; how many there are is
        logged.

    Raises:
        DataError: the objects are no documents.
        NonFiniteError: a number of the model is infinite or NaN.
        OptionError: epochs is not positive.
    """
    run = run or Run()
    learner = DocumentVectors(**{key: value for key, value in model.recipe.items() if key != "learner"})
    epochs = learner.encode_epochs if epochs is None else check_whole("epochs", epochs, 1, 100_000)
    contexts = model.spaces["contexts"]
    vocabulary = Vocabulary(contexts.ids, np.asarray(contexts.counts))  # type: ignore[arg-type]
    documents = read_unseen(objects, vocabulary, dict(contexts.meta["reading"]), run=run)
    try:
        found = zeros(len(documents), row_width(learner.dim))
        words = _Words(model, learner, vocabulary, epochs=epochs, seed=run.seed)

        def work(part: tuple[int, int]) -> None:
            first, stop = part
            offsets = documents.offsets[first : stop + 1]
            tokens = documents.slice(int(offsets[0]), int(offsets[-1]))
            bad = words.encode(tokens, offsets - offsets[0], found[first:stop])
            if bad >= 0:
                raise NonFiniteError(
                    f"a score of document {first + bad} is infinite or NaN; the model holds such numbers"
                )

        for _ in ordered_map(work, _parts(documents.offsets), threads=run.worker_count):
            pass
        empty = int(np.count_nonzero(np.diff(documents.offsets) == 0))
        unknown = documents.report.get("unknown_tokens", 0)
    finally:
        if documents is not objects:
            documents.close()
    _log.info("%d documents, %d without a known word; %d tokens are unknown", len(found), empty, unknown)
    return narrow(found, learner.dim)


class _Words:
    """What encoding reads and never changes: the words of a model and their distributions."""

    def __init__(
        self, model: Model, learner: DocumentVectors, vocabulary: Vocabulary, *, epochs: int, seed: int
    ):
        self._learner, self._epochs, self._seed = learner, epochs, np.uint64(seed)
        parts = model.spaces["contexts"].dim // learner.dim
        self._outputs = _widened(model.spaces["contexts"].matrix, parts, learner.dim)
        dm = learner.mode == "dm"
        self._inputs = _widened(model.spaces["words"].matrix, 1, learner.dim) if dm else self._outputs[:0]
        self._keep = keep_thresholds(vocabulary.counts, learner.subsample)
        self._bounds = noise_distribution(vocabulary.counts, learner.ns_exponent)
        self._guide = np.empty(stream.GUIDE + 1, np.int32)
        stream.guide_table(self._bounds, self._guide)
        self._combine = COMBINE[learner.combine] if dm else -1
        self._own = threading.local()

    def encode(
        self, tokens: NDArray[np.int32], offsets: NDArray[np.int64], found: NDArray[np.float32]
    ) -> int:
        """Write the rows of documents to `found`; -1, or a document with a score that was not finite."""
        learner = self._learner
        if not hasattr(self._own, "scratch"):
            self._own.scratch = zeros(1, scratch_size(learner, found.shape[1]))[0]
        whole = learner.combine == "concat"
        bad: int = kernels.encode(
            tokens, offsets, self._keep, found, learner.dim, self._inputs, self._outputs, self._bounds,
            self._guide, self._combine, learner.window, learner.dynamic_window and not whole,
            learner.negative, learner.learning_rate, learner.min_learning_rate, self._epochs, self._seed,
            self._own.scratch,
        )  # fmt: skip
        return bad


def _widened(matrix: NDArray[np.float32], parts: int, dim: int) -> NDArray[np.float32]:
    """The rows, each of so many parts of dim numbers, with every part as wide as the kernels want it."""
    wide = zeros(len(matrix) * parts, row_width(dim))
    wide[:, :dim] = matrix.reshape(-1, dim)
    return wide.reshape(len(matrix), -1)


def _parts(offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of documents of about a part's tokens; (first, the one after the last)."""
    cuts = np.searchsorted(offsets, np.arange(0, int(offsets[-1]) + _PART, _PART), side="left")
    bounds = np.unique(np.clip(np.append(cuts, offsets.size - 1), 0, offsets.size - 1))
    return list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))
