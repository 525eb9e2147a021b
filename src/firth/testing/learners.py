"""`check_learner`: what every learner over Sequences promises, checked on a tiny world."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from firth.errors import DataError, OptionError
from firth.model import Model, load
from firth.run import Run
from firth.testing.promises import expect, one_thread, raised
from firth.testing.worlds import TopicWorld, topic_world

__all__ = ["Learner", "check_learner"]


class Learner(Protocol):
    """A frozen, keyword-only dataclass of hyper-parameters that fits a Model."""

    def fit(self, observations: Any, *, run: Run = ...) -> Model:
        """Train on the observations and return a complete Model."""


def check_learner(
    learner: Learner,
    *,
    world: TopicWorld | None = None,
    agreement: float | None = 0.8,
    drawn: bool = True,
) -> None:
    """Check the contract of a learner over Sequences.

    Args:
        learner: with hyper-parameters that suit a world of 43 words and 18,000 tokens (min_count of 1 or so).
        world: the world to train on; `topic_world()` if None.
        agreement: the share of nearest neighbours that must be right after training, 0 to 1; None for a
            learner whose vectors say nothing of the company of words, such as how rare they are. Then rows of
            zeros are none the worse either.
        drawn: whether the learner draws random numbers, so that another seed must give another model; False
            promises that it must give the same bits.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    world = world or topic_world()
    check_recipe_is_frozen(learner)
    check_bad_values_are_refused(learner)
    check_empty_input_is_refused(learner)
    model = check_fit_is_complete(learner, world)
    if agreement is not None:
        check_no_rows_of_zeros(model)
        check_learns(model, world, agreement)
    check_repeats(learner, world, model, drawn=drawn)
    check_round_trip(model)


def check_recipe_is_frozen(learner: Learner) -> None:
    """Hyper-parameters are keyword-only fields that cannot be set afterwards."""
    expect(dataclasses.is_dataclass(learner), "a learner is a dataclass")
    for field in _fields(learner):
        expect(field.kw_only is True, f"the field {field.name} must be keyword-only")
        try:
            setattr(learner, field.name, getattr(learner, field.name))
        except dataclasses.FrozenInstanceError:
            continue
        raise AssertionError(f"the field {field.name} could be set: a learner is frozen")


def check_bad_values_are_refused(learner: Learner) -> None:
    """A whole number below zero and a fraction that is no number raise OptionError with name and value."""
    for field in _fields(learner):
        value = getattr(learner, field.name)
        if type(value) not in (int, float):
            continue
        bad = -1 if type(value) is int else math.nan
        error = raised(OptionError, partial(_changed, learner, **{field.name: bad}))
        expect(field.name in str(error), f"the message does not name {field.name}: {error}")
        expect(str(bad) in str(error), f"the message does not name the value {bad}: {error}")


def check_empty_input_is_refused(learner: Learner) -> None:
    """Nothing to learn from is a DataError, never an empty model."""
    nothings: list[Any] = [[], iter(()), [[]]]
    for nothing in nothings:
        raised(DataError, partial(learner.fit, nothing, run=one_thread()))


def check_fit_is_complete(learner: Learner, world: TopicWorld) -> Model:
    """`fit` returns a Model with every word, finite float32 rows and the recipe; a generator is enough."""
    model = learner.fit(world.stream(), run=one_thread())
    expect(isinstance(model, Model), f"fit returned {type(model).__name__}, not a Model")
    vectors = model.vectors
    expect(set(vectors.ids) == world.words, "the ids are not the words of the world")
    expect(vectors.matrix.dtype == np.float32, f"the matrix is {vectors.matrix.dtype}, not float32")
    expect(bool(np.isfinite(vectors.matrix).all()), "the matrix has values that are not finite")
    expect(model.recipe.get("learner") == type(learner).__name__, "the recipe does not name the learner")
    for field in _fields(learner):
        expect(
            model.recipe.get(field.name) == getattr(learner, field.name),
            f"the recipe does not hold {field.name}",
        )
    return model


def check_no_rows_of_zeros(model: Model) -> None:
    """Every word has a direction."""
    expect(bool(np.any(model.vectors.matrix, axis=1).all()), "the matrix has rows of zeros")


def check_learns(model: Model, world: TopicWorld, agreement: float) -> None:
    """Words of one topic end up as each other's neighbours."""
    found = world.agreement(model.vectors)
    expect(found >= agreement, f"{found:.0%} of the nearest neighbours are right, not {agreement:.0%}")


def check_repeats(learner: Learner, world: TopicWorld, model: Model, *, drawn: bool = True) -> None:
    """One thread and one seed give the same bits, from a list as from a generator; another seed, others, but
    the same where nothing is drawn."""
    again = learner.fit(world.stream(), run=one_thread())
    expect(_same(again, model), "two runs with one thread and one seed differ")
    expect(dict(again.report) == dict(model.report), "two equal runs report different things")
    listed = learner.fit([list(sentence) for sentence in world.sentences], run=one_thread())
    expect(_same(listed, model), "a list and a generator of the same sentences give different models")
    other = learner.fit(world.stream(), run=Run(threads=1, seed=4, progress=False))
    if drawn:
        expect(not _same(other, model), "the seed changes nothing")
    else:
        expect(_same(other, model), "the seed changes something, though nothing is said to be drawn")


def check_round_trip(model: Model) -> None:
    """Saved and loaded again, the model is equal: spaces, ids, matrices, columns, recipe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        model.save(path)
        back = load(path, verify=True)
        expect(list(back.spaces) == list(model.spaces), "the spaces changed on the way through a file")
        for name, vectors in model.spaces.items():
            found = back.spaces[name]
            expect(found.ids == vectors.ids, f"the ids of {name!r} changed on the way through a file")
            expect(
                np.array_equal(found.matrix, vectors.matrix),
                f"the matrix of {name!r} changed on the way through a file",
            )
            for column, values in vectors.columns.items():
                expect(np.array_equal(found.columns[column], values), f"the column {column!r} changed")
        expect(dict(back.recipe) == dict(model.recipe), "the recipe changed on the way through a file")


def _same(a: Model, b: Model) -> bool:
    return a.vectors.ids == b.vectors.ids and np.array_equal(a.vectors.matrix, b.vectors.matrix)


def _fields(learner: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(learner)


def _changed(learner: Any, **values: Any) -> Any:
    return dataclasses.replace(learner, **values)
