"""From options of the command line to the tasks that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firth.measure.choice import Choice
    from firth.measure.outcome import Task
    from firth.model import Model
    from firth.vectors import Vectors

__all__ = ["chosen_tasks", "restricted", "space_of"]


def chosen_tasks(
    *,
    analogies: Sequence[Path] | None,
    similarities: Sequence[Path] | None,
    sets: Sequence[str] | None,
    chosen: Path | None,
    restrict: int,
    seed: int,
) -> Choice | None:
    """The tasks that were asked for; None where none was.

    Raises:
        FormatError: a file is damaged, is not of the kind that it was given as, or is no TOML.
        OptionError: the TOML file holds an unknown key or value.
        FileNotFoundError: there is neither such a file nor a set of this name.
    """
    from firth.measure.choice import Choice, choose, read_choice

    tasks = [choose(path, kind="analogies", seed=seed) for path in analogies or ()]
    tasks += [choose(path, kind="similarity", seed=seed) for path in similarities or ()]
    tasks += [choose(name, seed=seed) for name in sets or ()]
    tasks = [restricted(task, restrict) for task in tasks]
    if chosen is not None:
        tasks += read_choice(chosen, seed=seed).tasks
    return Choice(tasks=tuple(tasks)) if tasks else None


def restricted(task: Task, restrict: int) -> Task:
    """The task, kept to so many of the most frequent words if it is one that can be; 0 is all."""
    if not hasattr(task, "restrict"):
        return task
    return replace(task, restrict=restrict or None)  # type: ignore[type-var]


def space_of(model: Model, vectors: Vectors) -> Model | Vectors:
    """The model, which may make vectors of what it never saw, unless another of its spaces was asked for."""
    return model if vectors is model.vectors else vectors
