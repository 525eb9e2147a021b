"""What several spaces got on several tasks, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from firth.errors import DataError, OptionError
from firth.measure.outcome import Outcome, Task
from firth.measure.sets.testset import TestSet
from firth.measure.spaces import Space
from firth.measure.tasks import labels_of

__all__ = ["Figure", "check_figures", "notes_of", "side_by_side"]


class Figure(NamedTuple):
    """One figure of one task.

    Attributes:
        task: what tells the task from the others; see `labels_of`.
        first: whether it is the main figure of the task.
        got: what each space got on the items, by its name.
        notes: what a reader should know of the task; those of its first figure.
    """

    task: str
    first: bool
    got: dict[str, Outcome]
    notes: tuple[str, ...]


def check_figures(figures: str) -> str:
    """Which figures are wanted. Raises OptionError where it is neither "main" nor "all"."""
    if figures not in ("main", "all"):
        raise OptionError(f"figures is 'main' or 'all', not {figures!r}")
    return figures


def side_by_side(tasks: Sequence[Task], spaces: Mapping[str, Space], figures: str) -> Iterator[Figure]:
    """Ask every space for every task, and give the figures task by task.

    Raises:
        DataError: a task cannot be done on a space, or has other figures for one than for another.
    """
    for task, label in zip(tasks, labels_of(tasks), strict=True):
        got = {name: _outcomes(task, name, space) for name, space in spaces.items()}
        kinds = {name: tuple(outcome.figure for outcome in outcomes) for name, outcomes in got.items()}
        if len(set(kinds.values())) > 1:
            said = "; ".join(f"{name}: {', '.join(kind)}" for name, kind in kinds.items())
            raise DataError(f"{label}: the spaces have different figures: {said}")
        notes = notes_of(task, label, {name: outcomes[0].notes for name, outcomes in got.items()})
        wanted = 1 if figures == "main" else len(next(iter(kinds.values())))
        for i in range(wanted):
            yield Figure(label, not i, {name: outcomes[i] for name, outcomes in got.items()}, notes)


def _outcomes(task: Task, name: str, space: Space) -> tuple[Outcome, ...]:
    try:
        return task.outcomes(space)
    except DataError as error:
        raise DataError(f"the space {name!r}: {error}") from error


def notes_of(task: Task, label: str, said: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The notes of a task by what they are about: each space for itself, all of them, or the set."""
    common = [note for note in next(iter(said.values())) if all(note in notes for notes in said.values())]
    notes = [f"{label}: {note}" for note in common]
    for name, own in said.items():
        notes += [f"{label}, {name}: {note}" for note in own if note not in common]
    held: list[Any] = [getattr(task, field.name) for field in fields(task)] if is_dataclass(task) else []
    notes += [f"{label}: {one.note}" for one in held if isinstance(one, TestSet) and one.note]
    return tuple(notes)
