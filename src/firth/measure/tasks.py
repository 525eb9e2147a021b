"""`task_of`: the task that a set is for, with its options; what tasks are called beside each other."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias, cast

from firth.errors import DataError, OptionError
from firth.measure.outcome import Task
from firth.measure.sets import read_set
from firth.measure.sets.reading import read_sets
from firth.measure.sets.testset import TestSet

__all__ = ["KINDS", "Given", "Kind", "kind_of", "labels_of", "task_of", "tasks_of"]

Given: TypeAlias = Task | TestSet | str | os.PathLike[str]


class Kind(NamedTuple):
    """A kind of task: the kind of set that it takes, and where its class is, loaded when it is asked for.

    The first field of the class is the set; the others are the options.
    """

    takes: str
    module: str
    task: str

    def load(self) -> Any:
        """The class of the task."""
        return getattr(import_module(f"firth.measure.{self.module}"), self.task)


# Where several kinds take the same set, the first is meant unless another is named.
KINDS = {
    "similarity": Kind("GradedPairs", "pairs", "Similarity"),
    "analogies": Kind("Questions", "analogies", "Analogies"),
    "outliers": Kind("OutlierGroups", "outliers", "Outliers"),
    "clusters": Kind("LabelledItems", "clusters", "Clusters"),
    "probe": Kind("LabelledItems", "probe", "Probe"),
    "sentences": Kind("GradedTexts", "sentences", "Sentences"),
    "retrieval": Kind("RetrievalSet", "retrieval", "Retrieval"),
    "links": Kind("LinkSet", "links", "Links"),
    "weat": Kind("AssociationTest", "bias", "WEAT"),
}


def task_of(given: Given, *, kind: str | None = None, **options: Any) -> Task:
    """The task of a set.

    Args:
        given: a set of any kind, or a file or folder that `read_set` reads. A task is returned as it is.
        kind: "similarity", "analogies", "outliers", "clusters", "probe", "sentences", "retrieval", "links"
            or "weat"; None for the usual one: clusters for labelled items, and the only one for other sets.
        options: those of the task, such as `restrict` of analogies or `case`; see the function of its name.

    Raises:
        OptionError: there is no such kind, it takes another kind of set, or the task has no such option; the
            message says which there are.
        DataError: there is no task for such a set, or it is no set.
        FormatError: the file is damaged; the message names the line.

    >>> from firth import datasets
    >>> task_of(datasets.wordsim353(), case="lower").name
    'wordsim353'
    """
    if isinstance(given, str | os.PathLike):
        given = read_set(given)
    if not isinstance(given, TestSet):
        return _as_it_is(given, kind, options)
    found = _kind_of(given, kind)
    task = KINDS[found].load()
    first, *names = (field.name for field in fields(task))
    for option in options:
        if option not in names:
            near = get_close_matches(option, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise OptionError(f"{found} has no option {option!r}; it has {', '.join(names)}{hint}")
    made: Task = task(**{first: given}, **options)
    return made


def tasks_of(given: Given | Iterable[Given], **options: Any) -> list[Task]:
    """One task or several, from sets, files or tasks.

    Args:
        given: one of what `task_of` takes, or several; a file of several association tests gives all of them.
        options: those that are meant for every task that has them, such as `seed`.

    Raises:
        DataError: none was given, or one is neither task nor set.
        FormatError: a file is damaged; the message names the line.
    """
    one = isinstance(given, str | os.PathLike | TestSet) or _is_task(given) or not hasattr(given, "__iter__")
    several: list[Any] = [given] if one else list(cast("Iterable[Given]", given))
    if not several:
        raise DataError("at least one set or task is needed to measure on")
    tasks = []
    sets: list[Any] = []
    for some in several:
        sets += read_sets(some) if isinstance(some, str | os.PathLike) else [some]
    for some in sets:
        if isinstance(some, TestSet):
            held = {field.name for field in fields(KINDS[_kind_of(some, None)].load())}
            tasks.append(task_of(some, **{name: value for name, value in options.items() if name in held}))
        else:
            tasks.append(task_of(some))
    return tasks


def kind_of(task: Task) -> str:
    """The kind of a task, such as "analogies"; the name of its class for a task of your own."""
    task = getattr(task, "task", task)  # the one that `TextsByWords` holds
    for kind, some in KINDS.items():
        if type(task).__module__.endswith(f".{some.module}") and type(task).__name__ == some.task:
            return kind
    return type(task).__name__


def labels_of(tasks: Sequence[Task]) -> list[str]:
    """What to call each task so that no two are called the same.

    The name of the set; where several tasks are on sets of one name also their kinds, if these differ, and
    the options in which those of one kind differ; and a number for what differs in nothing of that.
    """
    about = [(task.name, kind_of(task), _options_of(task)) for task in tasks]
    plain: list[str] = []
    labels: list[str] = []
    for name, kind, options in about:
        kinds = {other for called, other, _ in about if called == name}
        alike = [given for called, other, given in about if (called, other) == (name, kind)]
        differ = [f"{key}={value}" for key, value in options.items() if any(value != o[key] for o in alike)]
        label = ", ".join([name, *([kind] if len(kinds) > 1 else []), *differ])
        times = plain.count(label)
        plain.append(label)
        labels.append(f"{label} ({times + 1})" if times else label)
    return labels


def _options_of(task: Any) -> Mapping[str, str]:
    """The options of a task as words, such as {"method": "'3CosAdd'"}; sets by their names."""
    values = (
        {field.name: getattr(task, field.name) for field in fields(task)[1:]} if is_dataclass(task) else {}
    )
    return {key: f"{getattr(value, 'name', value)!r:.40}" for key, value in values.items()}


def _as_it_is(given: Any, kind: str | None, options: dict[str, Any]) -> Task:
    if not _is_task(given):
        raise DataError(f"{given!r:.80} is neither a set nor a task; give a set, its path, or a task")
    if kind is not None or options:
        asked = ", ".join([*([f"kind={kind!r}"] if kind else []), *options])
        raise OptionError(f"{asked}: a task has its options already; give the set itself")
    task: Task = given
    return task


def _is_task(given: Any) -> bool:
    return hasattr(given, "outcomes") and hasattr(given, "report") and hasattr(given, "name")


def _kind_of(given: TestSet, kind: str | None) -> str:
    """The kind of task: the one that is named, or the first that takes such a set."""
    takes = {cls.__name__ for cls in type(given).__mro__}
    if kind is None:
        found = next((name for name, one in KINDS.items() if one.takes in takes), None)
        if found is None:
            taken = ", ".join(dict.fromkeys(one.takes for one in KINDS.values()))
            raise DataError(
                f"{given.name!r} is of kind {type(given).__name__}, on which spaces are not compared; "
                f"those are {taken}"
            )
        return found
    if kind not in KINDS:
        raise OptionError(f"kind is {', '.join(map(repr, KINDS))}, not {kind!r}")
    if KINDS[kind].takes not in takes:
        raise OptionError(
            f"{kind} takes {KINDS[kind].takes}, and {given.name!r} is of kind {type(given).__name__}"
        )
    return kind
