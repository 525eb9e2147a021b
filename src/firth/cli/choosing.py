"""From options of the command line to the tasks that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firth.measure.choice import Choice
    from firth.model import Model
    from firth.vectors import Vectors

__all__ = ["chosen_tasks", "default_choice", "space_of"]


def chosen_tasks(
    *,
    analogies: Sequence[Path] | None,
    similarities: Sequence[Path] | None,
    sets: Sequence[str] | None,
    chosen: Path | None,
    restrict: int,
    texts: str | None = None,
    seed: int,
) -> Choice | None:
    """The tasks that were asked for; None where none was.

    Raises:
        FormatError: a file is damaged, is not of the kind that it was given as, or is no TOML.
        OptionError: the TOML file holds an unknown key or value, or `texts` is not "mean".
        FileNotFoundError: there is neither such a file nor a set of this name.
    """
    from firth.measure.choice import Choice, choose, choose_several, read_choice, with_defaults
    from firth.measure.textsbywords import check_texts

    if texts is not None:
        check_texts(texts)
    tasks = [choose(path, kind="analogies", seed=seed) for path in analogies or ()]
    tasks += [choose(path, kind="similarity", seed=seed) for path in similarities or ()]
    tasks += [task for name in sets or () for task in choose_several(name, seed=seed)]
    tasks = [with_defaults(task, restrict=restrict, texts=texts) for task in tasks]
    if chosen is not None:
        tasks += read_choice(chosen, seed=seed, restrict=restrict, texts=texts).tasks
    return Choice(tasks=tuple(tasks)) if tasks else None


def default_choice(space: Model | Vectors, *, restrict: int, texts: str | None, seed: int) -> Choice:
    """The tasks that fit a space of which nothing was asked for."""
    from firth.measure.choice import default_tasks

    return default_tasks(space, seed=seed, restrict=restrict, texts=texts)


def space_of(model: Model, vectors: Vectors) -> Model | Vectors:
    """The model, which may make vectors of what it never saw, unless another of its spaces was asked for."""
    return model if vectors is model.vectors else vectors
