"""`full_report`: the steps from a space to all that can be said about it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

import numpy as np

from firth.errors import OptionError
from firth.measure.choice import Choice, choose_several, default_tasks
from firth.measure.full import pictures
from firth.measure.full.about import about, main_vectors
from firth.measure.full.associations import associations
from firth.measure.full.findings import findings_of
from firth.measure.full.layout import check_method, layout
from firth.measure.full.neighbours import neighbours
from firth.measure.full.record import FullReport, Measured
from firth.measure.full.rows import for_the_tables
from firth.measure.outcome import Task
from firth.measure.points import usable_rows
from firth.measure.report import Report
from firth.measure.sets import TestSet
from firth.measure.spaces import Space
from firth.measure.tasks import Given, kind_of, task_of
from firth.options import check_whole
from firth.vectors import Vectors

__all__ = ["full_report", "measure_tasks"]

Tell = Callable[[str], None]


def full_report(
    space: Space,
    tasks: Iterable[Given] | Choice | None = None,
    *,
    name: str = "vectors",
    against: Space | None = None,
    against_name: str = "other",
    layout_method: str = "pca",
    points: int = 300,
    each: int = 5,
    topn: int = 8,
    k: int = 10,
    seed: int = 1,
    tell: Tell | None = None,
) -> FullReport:
    """Find out all that can be found out about a space without more than its own numbers and some sets.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> rows = np.random.default_rng(1).standard_normal((200, 8))
    >>> made = full_report(Vectors(range(200), rows), name="noise")
    >>> made.headline[:9], [left.what for left in made.left_out]
    ('Not told:', ['word similarity and analogies'])

    Args:
        space: vectors, a model, or an encoder.
        tasks: what to measure: tasks, sets, their files or the names of some that ship, or what `read_choice`
            gives; what `default_tasks` gives if None.
        name: what the space is called.
        against: another space, measured on the same tasks and compared item by item.
        against_name: what that is called.
        layout_method: "pca", or "tsne" for which scikit-learn is needed.
        points: of the map, at most.
        each: how many ids a table of neighbours holds; there are three, of frequent, middling and rare ids.
        topn: how many neighbours they show.
        k: how many neighbours the geometry looks at.
        seed: of all that is drawn at random, but for tasks (not sets) that were given, which have their own.
        tell: called with a line before each step.

    Returns:
        The report. Equal arguments on one machine give an equal report.

    Raises:
        OptionError: an option is outside its range.
        MissingExtraError: t-SNE was asked for and scikit-learn is not there.
        DataError: a task that was asked for cannot be measured on such a space, or is neither task nor set.
    """
    method = check_method(layout_method)
    for option, value, low, high in (
        ("points", points, 5, 5_000),
        ("each", each, 1, 50),
        ("topn", topn, 1, 100),
        ("k", k, 1, 1_000),
        ("seed", seed, 0, 2**32 - 1),
    ):
        check_whole(option, value, low, high)
    if against is not None and name == against_name:
        raise OptionError(f"two spaces cannot both be called {name!r}; give against_name another value")
    say = tell or (lambda _: None)
    choice = _chosen(space, tasks, seed)
    facts, vectors = about(space, name=name), main_vectors(space)
    measured = measure_tasks(space, choice.tasks, tell=say)
    found, not_associated = associations(space, vectors, seed=seed)
    geometry = _geometry(vectors, k, seed, name, say)
    made: dict[str, Any] = {"associations": found}
    if vectors is not None:
        made |= _look(vectors, main_vectors(against), (name, against_name), each=each, topn=topn, seed=seed)
        say(f"map of at most {points:,} ids")
        made["map"] = layout(vectors, method=method, points=points, seed=seed)
    if geometry is not None:
        made |= {"spectrum": pictures.spectrum(geometry), "hubs": pictures.hubs(geometry, k=_k(vectors, k))}
    if against is not None:
        made |= _beside(space, against, choice.tasks, (name, against_name), (k, seed), say)
    return FullReport(
        about=facts,
        findings=findings_of(facts, measured, geometry),
        measured=measured,
        left_out=(*choice.left_out, *not_associated),
        geometry=geometry,
        method=_method(seed=seed, k=k, points=points, layout=method),
        **made,
    )


def measure_tasks(space: Space, tasks: Iterable[Task], *, tell: Tell) -> tuple[Measured, ...]:
    """The report of each task, with what it was measured on."""
    found = []
    for task in tasks:
        tell(f"{kind_of(task)}: {task.name}")
        test = _test_of(task)
        facts = test.about() if test is not None else {"name": task.name}
        found.append(Measured(kind=kind_of(task), test=facts, report=task.report(space)))
    return tuple(found)


def _chosen(space: Space, tasks: Iterable[Given] | Choice | None, seed: int) -> Choice:
    if tasks is None:
        return default_tasks(space, seed=seed)
    if isinstance(tasks, Choice):
        return tasks
    given = [tasks] if isinstance(tasks, str | os.PathLike | TestSet) else tasks
    return Choice(tasks=tuple(task for some in given for task in _tasks_of(some, seed)))


def _tasks_of(given: Given, seed: int) -> tuple[Task, ...]:
    """The tasks of a set, its file or its name; a task as it is."""
    if isinstance(given, str | os.PathLike | TestSet):
        return choose_several(given, seed=seed)
    return (task_of(given),)


def _test_of(task: Task) -> TestSet | None:
    """The set that a task holds, in whatever field."""
    task = getattr(task, "task", task)  # the one that `TextsByWords` holds
    names = [field.name for field in fields(task)] if hasattr(task, "__dataclass_fields__") else []  # type: ignore[arg-type]
    return next((test for test in (getattr(task, name) for name in names) if isinstance(test, TestSet)), None)


def _look(
    vectors: Vectors, other: Vectors | None, names: tuple[str, str], *, each: int, topn: int, seed: int
) -> dict[str, Any]:
    """What is looked at rather than measured: neighbours, beside those of another space, and norms."""
    named = {names[0]: vectors} if other is None else dict(zip(names, (vectors, other), strict=True))
    tables = tuple(neighbours(named, some, topn=topn) for some in for_the_tables(vectors, each))
    return {
        "neighbours": tables,
        "nearness": pictures.nearness(vectors, seed=seed),
        "norms": pictures.norms(vectors, seed=seed),
    }


def _k(vectors: Vectors | None, k: int) -> int:
    """As many neighbours as were asked for, or as there are."""
    return 0 if vectors is None else max(1, min(k, len(usable_rows(vectors).rows) - 1))


def _geometry(vectors: Vectors | None, k: int, seed: int, name: str, say: Tell) -> Report | None:
    """The figures that need no labels; None where there are no rows to look at."""
    if vectors is None or not len(vectors):
        return None
    from firth.measure.geometry import geometry

    say(f"geometry of {name}")
    usable = len(usable_rows(vectors).rows) > 1
    return geometry(vectors, k=_k(vectors, k) if usable else None, seed=seed)


def _beside(
    space: Space,
    against: Space,
    tasks: tuple[Task, ...],
    names: tuple[str, str],
    options: tuple[int, int],
    say: Tell,
) -> dict[str, Any]:
    """What is said about another space."""
    from firth.measure.comparison import compare

    k, seed = options
    made: dict[str, Any] = {"other": about(against, name=names[1])}
    made["other_geometry"] = _geometry(main_vectors(against), k, seed, names[1], say)
    if tasks:
        say(f"{names[1]} beside {names[0]}")
        made["comparison"] = compare(dict(zip(names, (space, against), strict=True)), tasks, seed=seed)
    return made


def _method(**options: Any) -> dict[str, Any]:
    """How the figures were made: what is needed to make them again."""
    import firth

    versions = {"firth": firth.__version__, "numpy": np.__version__, "python": platform.python_version()}
    return {**options, "versions": versions}
