"""`check_learner` passes a learner that keeps the contract and finds each promise that is broken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pytest

from firth import Model, Run, SkipGram, Vectors
from firth.errors import DataError, OptionError
from firth.testing import check_learner


def test_skipgram_keeps_the_contract():
    check_learner(SkipGram(dim=16, window=3, min_count=1, epochs=10, learning_rate=0.05, subsample=0))


@dataclass(frozen=True, kw_only=True)
class Counting:
    """An honest little learner: rows of co-occurrence within a sentence, through a random projection."""

    dim: int = 24

    def __post_init__(self) -> None:
        if self.dim < 1:
            raise OptionError(f"dim is 1 or more, not {self.dim}")

    def fit(self, observations: Iterable[Iterable[str]], *, run: Run | None = None) -> Model:
        sentences = [list(sentence) for sentence in observations]
        words = sorted({word for sentence in sentences for word in sentence})
        if not words:
            raise DataError("there is no word to learn from")
        row = {word: i for i, word in enumerate(words)}
        seen = np.zeros((len(words), len(words)))
        for sentence in sentences:
            rows = [row[word] for word in sentence]
            seen[np.ix_(rows, rows)] += 1
        random = np.random.default_rng((run or Run()).seed)
        matrix = seen @ random.standard_normal((len(words), self.dim))
        return self.model(words, matrix.astype(np.float32))

    def model(self, words: list[str], matrix: np.ndarray) -> Model:
        recipe = {"learner": type(self).__name__, **asdict(self)}
        return Model({"words": Vectors(words, matrix)}, recipe=recipe)


def test_the_honest_one_passes():
    check_learner(Counting())


def test_a_seed_must_change_nothing_where_nothing_is_drawn():
    check_learner(Stubborn(), drawn=False)
    with pytest.raises(AssertionError, match="the seed changes something"):
        check_learner(Counting(), drawn=False)


def test_a_learner_may_say_that_it_learns_no_company():
    check_learner(Ignorant(), agreement=None)


class Thawed(Counting):
    """Its hyper-parameters can be set."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)


class Careless(Counting):
    """Takes any value."""

    def __post_init__(self) -> None:
        pass


class Silent(Counting):
    """Makes a model of nothing."""

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        sentences = [list(sentence) for sentence in observations]
        if any(sentences):
            return super().fit(sentences, run=run)
        return self.model([], np.zeros((0, self.dim), np.float32))


class Twice(Counting):
    """Reads its input twice, so a generator leaves it empty-handed."""

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        if not any(len(list(sentence)) for sentence in observations):
            raise DataError("there is no word to learn from")
        return super().fit(observations, run=run)


class Ignorant(Counting):
    """Learns nothing."""

    def model(self, words: list[str], matrix: np.ndarray) -> Model:
        noise = np.random.default_rng(int(abs(matrix).sum())).standard_normal(matrix.shape)
        return super().model(words, noise.astype(np.float32))


class Moody(Counting):
    """Never gives the same twice."""

    def model(self, words: list[str], matrix: np.ndarray) -> Model:
        return super().model(words, matrix + np.random.default_rng().random(matrix.shape).astype(np.float32))


class Stubborn(Counting):
    """Takes no seed."""

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        return super().fit(observations, run=replace(run or Run(), seed=1))


class Forgetful(Counting):
    """Does not say how the model was made."""

    def model(self, words: list[str], matrix: np.ndarray) -> Model:
        return Model({"words": Vectors(words, matrix)}, recipe={"learner": type(self).__name__})


class Broken(Counting):
    """Has rows that are no numbers."""

    def model(self, words: list[str], matrix: np.ndarray) -> Model:
        matrix[0, 0] = np.nan
        return super().model(words, matrix)


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (Thawed, "a learner is frozen"),
        (Careless, "no OptionError was raised"),
        (Silent, "no DataError was raised"),
        (Twice, "a list and a generator of the same sentences give different models"),
        (Ignorant, "of the nearest neighbours are right"),
        (Moody, "two runs with one thread and one seed differ"),
        (Stubborn, "the seed changes nothing"),
        (Forgetful, "the recipe does not hold dim"),
        (Broken, "not finite"),
    ],
)
def test_a_broken_promise_is_named(learner: type[Counting], message: str):
    with pytest.raises(AssertionError, match=message):
        check_learner(learner())
