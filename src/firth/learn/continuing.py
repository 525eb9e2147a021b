"""Going on: training a model further, on text that may hold new words.

The vocabulary becomes the union of the old words and the new ones. Old words start from their rows, new ones
as in a fresh run. What is learned then moves the old rows too; `anchor` holds them where they were.
"""

from __future__ import annotations

import math
import os
import zlib
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.sequences import Sequences
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError, OptionError
from firth.model import Model, load
from firth.vectors import Vectors

__all__ = ["Anchor", "Origin", "Start", "check_anchor", "merged_vocabulary"]

Origin: TypeAlias = Model | Vectors | str | os.PathLike[str]
"""What training may go on from; a path stands for the model in that file."""

_ROWS = 1 << 14  # rows looked at together
_MOST = 2**53  # of what a word can have been counted: floats hold it too, and a few such sums fit int64


class Start:
    """The model that a run goes on from.

    Args:
        model: with the space "words", and the spaces that the learner trains beside it if it has them; or the
            file of one.
        dim: what the learner's vectors have.
        anchor: μ of the penalty μ/2 · |x - x₀|² on each occurrence of an old word, 0 for none, infinite to
            freeze the old rows. (Dingwall and Potts 2018, "Mittens", hold GloVe's rows in the same way.)

    Raises:
        DataError: the model has no words, or of another dimension, a number in it is infinite or NaN, or a
            count is no count.
        FormatError: the file holds no model.
    """

    def __init__(self, model: Origin, *, dim: int, anchor: float):
        if isinstance(model, str | os.PathLike):
            model = load(model)
        if not isinstance(model, Model | Vectors):
            raise DataError(f"start is a model, vectors or the file of one, not {type(model).__name__}")
        spaces = {"words": model} if isinstance(model, Vectors) else dict(model.spaces)
        words = spaces.get("words", next(iter(spaces.values())))
        if not isinstance(words.ids, Strings):
            raise DataError("start must hold the vectors of words, whose ids are strings")
        for name, vectors in spaces.items():
            if vectors.dim == dim:
                _check_finite(name, vectors)
        if words.dim != dim:
            raise DataError(f"the vectors in start have {words.dim} numbers, the learner's dim is {dim}")
        self.words, self.ids, self.spaces, self.anchor = words, words.ids, spaces, anchor
        self.recipe = {} if isinstance(model, Vectors) else model.recipe
        self.counts = self.counts_of("words")

    def counts_of(self, name: str) -> NDArray[np.int64]:
        """How often the words of a space were seen, int64, (n,): once each where it does not say.

        Raises:
            DataError: a count is none.
        """
        vectors = self.words if name == "words" else self.spaces[name]
        counts = vectors.columns.get("counts")
        if counts is None:
            return np.ones(len(vectors), np.int64)
        good = (
            (counts >= 0) & (counts <= _MOST) if counts.dtype.kind in "iuf" else np.zeros(len(counts), bool)
        )
        if not good.all():
            row = int(np.argmin(good))
            raise DataError(
                f"start cannot be gone on from: the count of {vectors.ids[row]!r} in {name} is {counts[row]}"
            )
        return counts.astype(np.int64)

    def held(self, *names: str, wide: int) -> int:
        """Bytes that holding the old rows of these spaces takes, in rows of `wide` floats; 0 without an
        anchor."""
        there = [self.words if name == "words" else self.spaces.get(name) for name in names]
        return 4 * wide * sum(len(vectors) for vectors in there if vectors is not None) if self.anchor else 0

    def merged(self, sequences: Sequences) -> tuple[Sequences, NDArray[np.int64]]:
        """The sequences over the old and the new words, with the counts of both texts added up; and how often
        each word is in these sequences, int64."""
        vocabulary = merged_vocabulary(self.ids, self.counts, sequences.vocabulary)
        counts = np.zeros(len(vocabulary), np.int64)
        counts[vocabulary.keys.rows(sequences.vocabulary.keys)] = sequences.vocabulary.counts
        return sequences.over(vocabulary), counts

    def rows_of(self, name: str) -> Vectors | None:
        """A space over words whose rows can be gone on from, of the same dimension; None if there is none."""
        vectors = self.words if name == "words" else self.spaces.get(name)
        if vectors is None or vectors.dim != self.words.dim or not isinstance(vectors.ids, Strings):
            return None
        return vectors

    def fill(self, name: str, matrix: NDArray[np.float32], vocabulary: Vocabulary) -> NDArray[np.int64]:
        """Put the old rows of a space into the rows of a matrix over the vocabulary.

        Args:
            matrix: float32, (vocabulary, at least dim); old rows are overwritten.

        Returns:
            The rows that were filled, int64; none if the model has no such space over words.
        """
        vectors = self.rows_of(name)
        if vectors is None:
            return np.empty(0, np.int64)
        rows = vocabulary.keys.rows(vectors.ids)  # type: ignore[arg-type]
        known = np.flatnonzero(rows >= 0)
        for part in range(0, known.size, _ROWS):
            chosen = known[part : part + _ROWS]
            matrix[rows[chosen], : vectors.dim] = vectors.matrix[chosen]
        return rows[known]

    def identity(self) -> dict[str, Any]:
        """What a checkpoint must have in common: the matrices as they were, and the anchor."""
        checksum = 0
        for vectors in self.spaces.values():
            for part in range(0, len(vectors), _ROWS):
                checksum = zlib.crc32(vectors.matrix[part : part + _ROWS].tobytes(), checksum)
        return {"start": f"{checksum:08x}", "anchor": str(self.anchor)}


class Anchor:
    """Old rows, held where they were.

    A step of size lr on the penalty moves x towards x₀ by lr · μ · (x - x₀); n such steps leave
    (1 - lr · μ)ⁿ of the distance. They are taken together at the end of a segment.

    Args:
        matrix: float32, (n, wide), whose rows are held. rows: int64, which.
        strength: μ.
    """

    def __init__(self, matrix: NDArray[np.float32], rows: NDArray[np.int64], strength: float):
        self._matrix, self._strength = matrix, strength
        self._place = np.full(len(matrix), -1, np.int64)
        self._place[rows] = np.arange(rows.size)
        self._rows, self._old = rows, matrix[rows].copy()

    def pull(self, tokens: NDArray[np.int32], rate: float) -> None:
        """Take the steps that belong to the old words among the tokens (int32)."""
        self.pull_rows(*np.unique(tokens, return_counts=True), rate)

    def pull_rows(self, words: NDArray[np.int32], times: NDArray[Any], rate: float) -> None:
        """Take so many steps for each of these rows (each once), where they are old ones."""
        place = self._place[words]
        words, times, place = words[place >= 0], times[place >= 0], place[place >= 0]
        left = np.power(max(0.0, 1.0 - rate * self._strength), times).astype(np.float32)
        for part in range(0, words.size, _ROWS):
            chosen = words[part : part + _ROWS]
            old = self._old[place[part : part + _ROWS]]
            self._matrix[chosen] = old + left[part : part + _ROWS, None] * (self._matrix[chosen] - old)

    def settle(self) -> None:
        """Put frozen rows back to the last bit, also those that were only ever drawn as noise."""
        if math.isinf(self._strength):
            self._matrix[self._rows] = self._old


def check_anchor(anchor: float, start: object) -> float:
    """The anchor as a float, 0 to infinity.

    Raises:
        OptionError: it is none, or there is no start whose words it could hold.
    """
    try:
        value = float(anchor)
    except (TypeError, ValueError):
        value = math.nan
    if not value >= 0:
        raise OptionError(f"anchor={anchor!r}: give 0 for none, a positive strength, or infinity to freeze")
    if value and start is None:
        raise OptionError(f"anchor={anchor!r} needs a start, whose words it holds where they are")
    return value


def merged_vocabulary(ids: Strings, counts: NDArray[np.int64], more: Vocabulary) -> Vocabulary:
    """The vocabulary of both, the counts of shared words added up.

    Args:
        ids, counts: the old words, int64 (n,).
        more: the words of the new text.
    """
    place = more.keys.rows(ids)
    added = np.where(place >= 0, more.counts[place], 0)
    is_new = np.ones(len(more), np.bool_)
    is_new[place[place >= 0]] = False
    new = np.flatnonzero(is_new)
    keys = Strings.of([*ids, *more.keys.take(new)])
    total = np.concatenate((np.maximum(counts, 1) + added, more.counts[new]))
    rows = Choice().select(keys, total).rows
    return Vocabulary(keys.take(rows), total[rows])


def _check_finite(name: str, vectors: Vectors) -> None:
    for part in range(0, len(vectors), _ROWS):
        good = np.isfinite(vectors.matrix[part : part + _ROWS]).all(axis=1)
        if not good.all():
            row = part + int(np.argmin(good))
            raise DataError(
                f"start cannot be gone on from: row {row} of {name}, {vectors.ids[row]!r}, holds a number "
                "that is infinite or NaN"
            )
