"""`WeightedMean`: a document is the mean of its words, frequent ones taken lightly (Arora et al. 2017)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.blocks import Block, blocks
from firth.data.documents import check_documents, read_documents
from firth.data.ids import Integers, Strings
from firth.data.memory import check_memory
from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.data.unseen import how_read, unseen_documents
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError
from firth.kernels.means import weighted_means
from firth.learn.parts import column_of, space_of
from firth.learn.training import first_bad_row
from firth.model import Model
from firth.options import check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["WeightedMean", "encode"]

_log = logging.getLogger(__name__)
_TOKENS = 1 << 16  # tokens of documents whose means are taken together
_ROWS = 1 << 14  # documents whose products are summed together


@dataclass(frozen=True, kw_only=True)
class WeightedMean:
    """Smooth inverse frequency: the mean of the vectors of a document's words, each weighed by a / (a + p)
    for a word that is the share p of all words, without what all documents have in common.

    Attributes:
        a: the smaller, the less frequent words count; 0 for the plain mean, in which all words count alike.
        components: how many directions to take out of the means: those that most of their length lies in. 0
            leaves the means.

    Raises:
        OptionError: a value is outside its range.

    Arora, Liang and Ma 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR,
    algorithm 1.

    >>> words = Vectors(["new", "york", "is"], [[1, 0], [1, 2], [5, 5]], columns={"counts": [9, 3, 90]})
    >>> model = WeightedMean(components=0).fit([["new", "york"], ["is"]], words=words)
    >>> model.vectors
    Vectors(2 ids, dim 2, cosine)
    """

    a: float = 1e-3
    components: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", check_real("a", self.a, 0, 1e6))
        object.__setattr__(self, "components", check_whole("components", self.components, 0, 65_536))

    def fit(
        self,
        observations: Any,
        *,
        words: Vectors | Model,
        vocabulary: Vocabulary | None = None,
        run: Run | None = None,
    ) -> Model:
        """Find the common directions of documents, and embed these.

        Args:
            observations: documents: `Sequences`, or whatever `firth.read_documents` takes.
            words: the vectors of words, trained on whatever text; of a model, those of its space "words", or
                else the main ones.
            vocabulary: how frequent words are; None for the counts that `words` carry. A word that it lacks
                counts as one that never occurs: its weight is 1.
            run: threads and the work folder; nothing here is drawn at random.

        Returns:
            A model with the spaces "documents" (ids of the documents), "words" (those given, with the column
            "weights") and, unless `components` is 0, "components" (unit vectors). A document without a known
            word is a row of zeros; the report counts them.

        Raises:
            DataError: there is no document, none has a word with a vector, there are no more documents than
                `components`, a vector is not finite, or `a` needs counts and there are none.
            MemoryBudgetError: the vectors of the documents would not fit into memory.
        """
        run = run or Run()
        words = _words(words)
        known = _known(words)
        weights, uncounted = self._weights(words, known.keys, vocabulary)
        with _over(observations, known, run) as documents:
            _log.info("%s", check_memory(4 * len(documents) * words.dim + (64 << 20), "embedding documents"))
            means = _means(documents, weights, words.matrix, run)
            filled = int(np.count_nonzero(np.diff(documents.offsets)))
            components, share = self._common(means, filled)
            ids = Integers(np.arange(len(documents))) if documents.ids is None else documents.ids
            reading = how_read(documents)
            report = {
                "documents": len(documents),
                "empty_documents": len(documents) - filled,
                "words_without_count": uncounted,
                "share_taken_out": share,
                "data": {key: value for key, value in documents.report.items() if key != "seconds"},
            }
        _take_out(means, components)
        columns = {**words.columns, "weights": weights}
        spaces = {
            "documents": Vectors(ids, means),
            "words": Vectors(
                words.ids, words.matrix, columns=columns, meta={**words.meta, "reading": reading}
            ),
        }
        if len(components):
            spaces["components"] = Vectors(Integers(np.arange(len(components))), components)
        return Model(spaces, recipe={"learner": type(self).__name__, **asdict(self)}, report=report)

    def _weights(
        self, words: Vectors, keys: Strings, vocabulary: Vocabulary | None
    ) -> tuple[NDArray[np.float32], int]:
        """a / (a + p) for each word, float32; and how many words have no count."""
        if (row := first_bad_row(words.matrix)) is not None:
            raise DataError(f"the vector of {words.ids[row]!r} holds a number that is infinite or NaN")
        if not self.a:
            return np.ones(len(words), np.float32), 0
        if vocabulary is not None:
            rows = vocabulary.keys.rows(keys)
            counts, total = np.where(rows >= 0, vocabulary.counts[rows], 0), vocabulary.total
        elif words.counts is not None:
            counts, total = words.counts, int(words.counts.sum())
        else:
            raise DataError(
                "these vectors carry no counts, which the weights are made of: give vocabulary=, or set a=0 "
                "for the plain mean"
            )
        weights = self.a / (self.a + counts / max(total, 1))
        return weights.astype(np.float32), int(np.count_nonzero(counts == 0))

    def _common(self, means: NDArray[np.float32], filled: int) -> tuple[NDArray[np.float32], float]:
        """The directions to take out, float32 unit rows, and the share of the means' squares in them."""
        if not filled:
            raise DataError(f"none of the {len(means):,} documents has a word with a vector")
        if not self.components:
            return np.empty((0, means.shape[1]), np.float32), 0.0
        if self.components >= min(filled, means.shape[1]):
            raise DataError(
                f"{filled:,} documents of dim {means.shape[1]:,} have no more directions than "
                f"components={self.components}: nothing would be left of them. Lower it, or set it to 0"
            )
        # The right singular vectors of the means are the eigenvectors of their products, dim by dim.
        products = np.zeros((means.shape[1], means.shape[1]))
        for start in range(0, len(means), _ROWS):
            part = means[start : start + _ROWS].astype(np.float64)
            products += part.T @ part
        lengths, directions = np.linalg.eigh(products)
        top = slice(None, -self.components - 1, -1)
        share = float(lengths[top].sum() / lengths.sum()) if lengths.sum() else 0.0
        return np.ascontiguousarray(directions[:, top].T, np.float32), share


def encode(model: Model, objects: Any, *, run: Run | None = None) -> NDArray[np.float32]:
    """The vectors of documents, float32, (n, d); a row of zeros for one without a known word.

    Args:
        model: of `WeightedMean`.
        objects: `Sequences`, or whatever `firth.read_documents` takes; strings become tokens as those did
            that the model was fitted on.
        run: threads and the work folder.

    Raises:
        DataError: the objects are no documents, or the parts of the model do not go together.
    """
    run, words = run or Run(), space_of(model, "words")
    components = model.spaces["components"].matrix if "components" in model.spaces else words.matrix[:0]
    if components.shape[1] != words.dim:
        raise DataError(
            f"the spaces of this model do not go together: its components have {components.shape[1]:,} "
            f"numbers, its words {words.dim:,}"
        )
    weights, known = column_of(words, "weights"), _known(words)
    with unseen_documents(objects, known, words.meta.get("reading"), run=run) as documents:
        means = _means(documents, weights, words.matrix, run)
    _take_out(means, components)
    return means


def _words(given: Vectors | Model) -> Vectors:
    """The vectors of words that were given.

    Raises:
        DataError: it is something else, such as a path.
    """
    if isinstance(given, Model):
        return given.spaces.get("words", given.vectors)
    if not isinstance(given, Vectors):
        raise DataError(f"words are vectors or a model, not {type(given).__name__}: firth.load(path)")
    return given


@contextmanager
def _over(observations: Any, words: Vocabulary, run: Run) -> Iterator[Sequences]:
    """The observations as documents over these words; what was made here is closed at the end."""
    with ExitStack() as made:
        if isinstance(observations, Sequences):
            given = check_documents(observations)
        else:
            given = made.enter_context(read_documents(observations, threads=run.threads, work=run.work))
        documents = given.over(words)
        if documents is not given:
            made.enter_context(documents)
        yield documents


def _known(words: Vectors) -> Vocabulary:
    """The words that have vectors, as a vocabulary; its counts are of no account here.

    Raises:
        DataError: the ids are no words.
    """
    if not isinstance(words.ids, Strings):
        raise DataError("the vectors of words have strings as ids; those of these are whole numbers")
    return Vocabulary(words.ids, np.ones(len(words), np.int64))


def _means(
    documents: Sequences, weights: NDArray[np.float32], matrix: NDArray[np.float32], run: Run
) -> NDArray[np.float32]:
    """The weighted mean of the rows of each document's tokens, float32, (documents, d)."""
    means = np.empty((len(documents), matrix.shape[1]), np.float32)

    def mean(block: Block) -> NDArray[np.float32]:
        tokens, offsets = block
        part = np.empty((offsets.size - 1, matrix.shape[1]), np.float32)
        weighted_means(tokens, offsets, weights, matrix, part)
        return part

    done = 0
    for part in ordered_map(mean, blocks(documents, _TOKENS), threads=run.worker_count):
        means[done : done + len(part)] = part
        done += len(part)
    return means


def _take_out(means: NDArray[np.float32], components: NDArray[np.float32]) -> None:
    """Take the directions of the components (unit rows, at right angles) out of the means, in place."""
    if len(components):
        for start in range(0, len(means), _ROWS):
            part = means[start : start + _ROWS]
            # A BLAS may touch memory beyond a narrow matrix and raise the flag for what it found there.
            with np.errstate(invalid="ignore"):
                part -= (part @ components.T) @ components
