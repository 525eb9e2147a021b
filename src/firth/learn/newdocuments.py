"""Vectors of documents that were not trained on, from a model of `DocumentVectors`."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ordered import ordered_map
from firth.data.unseen import unseen_documents
from firth.errors import DataError, NonFiniteError
from firth.kernels import docvec as kernels
from firth.learn.documenttask import COMBINE, scratch_size
from firth.learn.docvec import DocumentVectors
from firth.learn.matrices import narrow, row_width, zeros
from firth.learn.parts import learner_of, space_of, vocabulary_of
from firth.learn.sampling import keep_thresholds, noise_tables
from firth.model import Model
from firth.options import check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["encode"]

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
            that the model was trained on. An empty list gives no rows.
        epochs: passes over each document; `encode_epochs` of the recipe if None.
        run: threads, seed and the work folder.

    Returns:
        float32, (documents, dim). A document without a known word is a row of zeros; how many there are is
        logged.

    Raises:
        DataError: the objects are no documents, or the parts of the model do not go together.
        NonFiniteError: a number of the model is infinite or NaN.
        OptionError: epochs is not positive.
    """
    run = run or Run()
    learner = learner_of(model, DocumentVectors)
    epochs = learner.encode_epochs if epochs is None else check_whole("epochs", epochs, 1, 100_000)
    words = _Words(model, learner, epochs=epochs, seed=run.seed)
    reading = model.spaces["contexts"].meta.get("reading")
    with unseen_documents(objects, words.vocabulary, reading, run=run) as documents:
        found = zeros(len(documents), row_width(learner.dim))

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
    return narrow(found, learner.dim)


class _Words:
    """What encoding reads and never changes: the words of a model and their distributions.

    Raises:
        DataError: the matrices are not those of the recipe.
    """

    def __init__(self, model: Model, learner: DocumentVectors, *, epochs: int, seed: int):
        self._learner, self._epochs, self._seed = learner, epochs, np.uint64(seed)
        dm, contexts = learner.mode == "dm", space_of(model, "contexts")
        parts = 2 * learner.window + 1 if learner.combine == "concat" else 1
        _check_matrix("contexts", contexts, parts * learner.dim)
        self.vocabulary = vocabulary_of(contexts)
        self._outputs = _widened(contexts.matrix, parts, learner.dim)
        self._inputs = self._outputs[:0]
        if dm:
            words = space_of(model, "words")
            _check_matrix("words", words, learner.dim)
            if words.ids != contexts.ids:
                raise DataError("this model cannot encode: its words and contexts are not of the same words")
            self._inputs = _widened(words.matrix, 1, learner.dim)
        self._keep = keep_thresholds(self.vocabulary.counts, learner.subsample)
        self._noise = noise_tables(self.vocabulary.counts, learner.ns_exponent)
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
            tokens, offsets, self._keep, found, learner.dim, self._inputs, self._outputs, *self._noise,
            self._combine, learner.window, learner.dynamic_window and not whole,
            learner.negative, learner.learning_rate, learner.min_learning_rate, self._epochs, self._seed,
            self._own.scratch,
        )  # fmt: skip
        return bad


def _check_matrix(name: str, vectors: Vectors, dim: int) -> None:
    """Raise DataError unless there are rows as wide as the kernels will take them to be."""
    if not len(vectors) or vectors.dim != dim:
        raise DataError(
            f"the recipe and the matrices of this model do not go together: its {name} are {len(vectors):,} "
            f"rows of {vectors.dim:,} numbers, and should be rows of {dim:,}"
        )


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
