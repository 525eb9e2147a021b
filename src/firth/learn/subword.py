"""`SubwordSkipGram` and `SubwordCBOW`: word vectors made of those of n-grams (Bojanowski et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers, Strings
from firth.data.ngrams import Ngrams
from firth.data.sequences import Sequences
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError
from firth.kernels import subword as kernels
from firth.learn.continuing import Start
from firth.learn.matrices import narrow, row_width
from firth.learn.objectives import LOSSES, Loss
from firth.learn.pieces import Pieces
from firth.learn.subwordtask import SubwordTask, start_buckets
from firth.learn.words import WordLearner
from firth.learn.wordtask import WordTask
from firth.model import Model
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["SubwordCBOW", "SubwordLearner", "SubwordSkipGram", "encode", "without_unused"]


@dataclass(frozen=True, kw_only=True)
class SubwordLearner(WordLearner):
    """What both learners share; see there."""

    min_n: int = 3
    max_n: int = 6
    buckets: int = 2_000_000
    subsample: float = 1e-4
    ns_exponent: float = 0.5

    rates: ClassVar[Mapping[Loss, float]] = {"negative_sampling": 0.05}

    def __post_init__(self) -> None:
        if self.loss in LOSSES and self.loss not in self.rates:
            raise OptionError(f"loss={self.loss!r}: subword vectors are trained by 'negative_sampling' only")
        super().__post_init__()
        for name, value in vars(Ngrams(min_n=self.min_n, max_n=self.max_n, buckets=self.buckets)).items():
            object.__setattr__(self, name, value)
        if self.buckets and (self.max_n and self.max_n < self.min_n):
            raise OptionError(
                f"min_n={self.min_n} and max_n={self.max_n} make no n-gram; for words without n-grams, set "
                "buckets=0 or max_n=0"
            )

    @property
    def ngrams(self) -> Ngrams:
        """How words are cut."""
        return Ngrams(min_n=self.min_n, max_n=self.max_n, buckets=self.buckets)

    def _task(
        self, sequences: Sequences, counts: NDArray[np.int64], seed: int, start: Start | None
    ) -> SubwordTask:
        return SubwordTask(self, sequences, counts, seed=seed, start=start)

    def _memory(self, vocabulary: Vocabulary, start: Start | None, run: Run) -> int:
        """Bytes that training takes: the rows of words, buckets and contexts, where old ones are held, the
        lists of n-grams, and the vectors of the words that are composed in the end."""
        more = None if start is None else start_buckets(start, self.ngrams)
        pieces = Pieces.of(vocabulary.keys, self.ngrams, more=more)
        n, wide = len(vocabulary), row_width(self.dim)
        own = "words" if more is None else "word_rows"
        held = 0 if start is None else start.held(own, "subwords", "contexts", wide=wide)
        if more is None and start is not None and math.isinf(start.anchor):
            held += 4 * wide * pieces.used.size
        scratch = kernels.scratch_size(wide, self.window, self.noise, together=self.together)
        rows = (
            4 * wide * (len(pieces) + n)
            + 4 * self.dim * n
            + 4 * pieces.rows.size
            + 40 * n
            + 8 * pieces.used.size
        )
        return rows + held + run.worker_count * (4 * scratch + (4 << 20)) + (96 << 20)

    def _spaces(self, sequences: Sequences, task: WordTask, run: Run) -> Mapping[str, Vectors]:
        """The composed vectors, and what they are composed of."""
        if not isinstance(task, SubwordTask):
            raise TypeError("a subword learner trains a SubwordTask")
        vocabulary, used = sequences.vocabulary, task.pieces.used
        keys, n = vocabulary.keys, len(vocabulary)
        rows, contexts = narrow(task.words, self.dim), narrow(task.objective.rows, self.dim)
        composed = self.ngrams.compose(keys, rows[:n], used, rows[n:], run=run)
        columns = {"counts": vocabulary.counts}
        meta = {"fingerprint": vocabulary.fingerprint()}
        of_words = {"words": composed, "contexts": contexts, "word_rows": rows[:n]}
        spaces = {name: Vectors(keys, m, columns=columns, meta=meta) for name, m in of_words.items()}
        return spaces | {"subwords": Vectors(Integers(used), rows[n:], meta=meta)}


@dataclass(frozen=True, kw_only=True)
class SubwordSkipGram(SubwordLearner):
    """Skip-gram on n-grams, as fastText: the vector of a word is the mean of its own row and the rows of its
    n-grams, so that words with common parts learn from each other and words never seen have a vector too.

    Attributes:
        min_n, max_n: how many code points an n-gram of "<word>" has; max_n=0 makes none.
        buckets: how many rows the n-grams are hashed to. Only those that are used take memory.
        loss: "negative_sampling", the only one.
        ns_exponent: noise words are drawn in proportion to their count to this power, the square root as in
            fastText.
        learning_rate: the step size at the start; None takes 0.05.
        dim, window, negative, subsample, min_count, min_learning_rate, epochs, dynamic_window: as in
            `firth.SkipGram`.

    Raises:
        OptionError: a value is outside its range, or no n-gram has so many letters.

    Bojanowski, Grave, Joulin and Mikolov 2017, "Enriching Word Vectors with Subword Information"; the step in
    blocks is described in `firth.kernels.subword`.

    >>> model = SubwordSkipGram(dim=8, min_count=1, subsample=0).fit([["to", "be", "or", "not", "to", "be"]])
    >>> model.encode(["bee", "notable"]).shape
    (2, 8)
    """


@dataclass(frozen=True, kw_only=True)
class SubwordCBOW(SubwordLearner):
    """Continuous bag of words on n-grams, as fastText: the mean of all pieces of all words of a window learns
    to tell the word in its middle from other words.

    Attributes:
        learning_rate: the step size at the start; None takes 0.25. That is higher than fastText's, which
            gives every word of a window the whole step and not its share; see `firth.CBOW`.
        min_n, max_n, buckets, loss, ns_exponent: as in `firth.SubwordSkipGram`.
        dim, window, negative, subsample, min_count, min_learning_rate, epochs, dynamic_window: as in
            `firth.SkipGram`.

    Raises:
        OptionError: a value is outside its range, or no n-gram has so many letters.

    Bojanowski, Grave, Joulin and Mikolov 2017, "Enriching Word Vectors with Subword Information".

    >>> model = SubwordCBOW(dim=8, min_count=1, subsample=0).fit([["to", "be", "or", "not", "to", "be"]])
    >>> model.encode(["bee", "notable"]).shape
    (2, 8)
    """

    together = True
    rates = {"negative_sampling": 0.25}  # noqa: RUF012


def encode(model: Model, objects: Iterable[str], *, run: Run | None = None) -> NDArray[np.float32]:
    """The vectors of words, seen in training or not.

    Args:
        model: of a subword learner, or a fastText model.
        objects: the words. A word that was never seen is the mean of the rows of its n-grams, where a bucket
            that training never met counts as a row of zeros; a word without n-grams is zeros.
        run: threads, which change no bit of the result.

    Returns:
        float32, (words, dim).

    Raises:
        DataError: one word was given and not several, an item is no string, or the model has no subwords.
    """
    if isinstance(objects, str):
        raise DataError(f"several words are expected here; for one alone, write [{objects!r}]")
    if not isinstance(objects, Iterable):
        raise DataError(f"several words are expected here, not {type(objects).__name__}")
    words, vectors = Strings.of(objects), model.vectors
    subwords = model.spaces.get("subwords")
    if subwords is None or not isinstance(subwords.ids, Integers) or subwords.dim != vectors.dim:
        raise DataError("this model has no subwords to make vectors of: its space 'subwords' is missing")
    rows = vectors.ids.rows(words)  # type: ignore[arg-type]
    found = np.empty((len(words), vectors.dim), np.float32)
    known, unseen = np.flatnonzero(rows >= 0), np.flatnonzero(rows < 0)
    found[known] = vectors.matrix[rows[known]]
    found[unseen] = Ngrams.of(model.recipe).compose(
        words.take(unseen), None, subwords.ids.values, subwords.matrix, run=run
    )
    return found


def without_unused(model: Model) -> Model:
    """The model without the buckets into which no n-gram of its words falls, which training never met.

    A fastText file holds a row for each bucket there may be; most were never trained, and say nothing. Models
    of Firth's own learners have only rows in use. The vectors of known words stay what they are; those of
    words never seen lose what was random in them.

    Raises:
        DataError: the model has no subwords.
    """
    words, subwords = model.vectors.ids, model.spaces.get("subwords")
    if subwords is None or not isinstance(words, Strings):
        raise DataError("this model has no subwords: its space 'subwords' is missing")
    used = np.unique(Ngrams.of(model.recipe).table(words)[1])
    rows = subwords.ids.rows(used)
    kept = subwords.take(used[rows >= 0])
    return Model(
        dict(model.spaces) | {"subwords": kept},
        recipe=model.recipe,
        report=dict(model.report) | {"unused_buckets_dropped": len(subwords) - len(kept)},
    )
