"""`OneHot`: the baseline of every comparison, words that have nothing in common but being words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from firth.learn.opening import open_sequences, without_seconds
from firth.model import Model
from firth.options import check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["OneHot"]


@dataclass(frozen=True, kw_only=True)
class OneHot:
    """Words as unit vectors at right angles: any two of them have the similarity 0.

    Attributes:
        min_count: rarer words are left out.

    Raises:
        OptionError: a value is outside its range.

    A hundred thousand such vectors would take 40 GB. Since all that a comparison asks of them is the score of
    two different words, which is 0, the model holds for each word the one number 0, whose score with every
    other is 0 too. Correlations with a constant do not exist: `firth.measure` shows them as such and does
    not make a number of them.

    >>> vectors = OneHot(min_count=1).fit([["to", "be", "or", "not"]]).vectors
    >>> vectors.similarity("to", "be")
    0.0
    """

    min_count: int = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "min_count", check_whole("min_count", self.min_count, 1, 2**31 - 1))

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        """Find the words that there are.

        Args:
            observations: `Sequences`, or whatever `firth.read_text` takes.
            run: threads and the work folder.

        Returns:
            A model with the space "words", one 0 a word, with a column "counts".

        Raises:
            DataError: there is no word, or none is left.
        """
        with open_sequences(observations, min_count=self.min_count, run=run or Run()) as kept:
            words, report = kept.vocabulary, {"data": without_seconds(kept.report)}
        space = Vectors(
            words.keys,
            np.zeros((len(words), 1), np.float32),
            columns={"counts": words.counts},
            meta={"fingerprint": words.fingerprint()},
        )
        recipe = {"learner": type(self).__name__, **asdict(self)}
        return Model({"words": space}, recipe=recipe, report=report)
