"""Which tasks to measure: as chosen in a TOML file, or by what the vectors are.

[[task]]
set = "google-analogies"     # the name of a set that ships with Firth, or a file beside this one
method = "3CosMul"           # any option of the task

[[task]]
set = "sentences.tsv"
texts = "mean"               # for vectors of words: a text gets the mean of those of its words

[[task]]
set = "animals.csv"
kind = "probe"               # where the set alone does not say what to do with it
read = { item = "name", label = "class" }     # how the file is read: options of the reader of its kind
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from firth.data.ids import Strings
from firth.errors import DataError, FormatError, OptionError
from firth.measure.outcome import Task
from firth.measure.sets import GradedPairs, Questions, TestSet
from firth.measure.sets.reading import read_sets
from firth.measure.spaces import Space, find_rows, vectors_of
from firth.measure.tasks import KINDS, kind_of, task_of
from firth.measure.texts import OF_TEXTS
from firth.measure.textsbywords import KINDS_OF_TEXTS, TextsByWords, check_texts
from firth.model import Model
from firth.options import check_seed

__all__ = [
    "SHIPPED",
    "TEXT_SETS",
    "WORD_SETS",
    "Choice",
    "LeftOut",
    "choose",
    "choose_several",
    "default_tasks",
    "read_choice",
    "with_defaults",
]

ENOUGH = 20
"""How many items of a word set the ids must cover for it to be measured unasked: fewer say nothing."""

SHIPPED: Mapping[str, str] = {
    "wordsim353": "wordsim353",
    "men": "men",
    "google-analogies": "google_analogies",
    "cranfield": "cranfield",
    "trec-questions": "trec_questions",
    "weat": "weat",
}
"""The names of the sets that ship, and the functions of `firth.datasets` that give them; "weat" has ten."""

WORD_SETS = ("wordsim353", "men", "google-analogies")
"""Those that vectors of words are measured on unasked."""

TEXT_SETS = ("cranfield",)
"""Those that models which encode texts are measured on unasked."""

PARTS = {"train", "test"}
"""The options of tasks that are sets themselves."""


class LeftOut(NamedTuple):
    """What was not measured, and why."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The tasks to measure, and what was left out of them."""

    tasks: tuple[Task, ...]
    left_out: tuple[LeftOut, ...] = ()


def choose(
    given: TestSet | str | os.PathLike[str],
    *,
    kind: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    read: Mapping[str, Any] | None = None,
    texts: str | None = None,
    **options: Any,
) -> Task:
    """The task of a set, its name or its file.

    >>> choose("google-analogies", method="3CosMul", restrict=0).restrict is None
    True

    Args:
        given: the set, the name of one that ships, or a file or folder that `read_set` reads.
        kind: of the task, as in `task_of`; found out from the set if None.
        folder: where a relative path starts from; the current folder if None.
        read: options of the reader of the file, such as {"column": 3} for graded pairs.
        texts: "mean" for vectors of words on a set of texts: a text gets the mean of those of its words.
        options: of the task, as TOML can say them: a list stands for a tuple, restrict=0 for all words, and
            the "train" and "test" of those tasks that take them are sets or files too.

    Raises:
        OptionError: there is no such kind, the kind does not take such a set, or the task has no such option;
            the message gives the nearest spelling.
        DataError: no task takes such a set.
        FormatError: the file is damaged, or its kind cannot be found out.
        FileNotFoundError: there is neither such a file nor such a set.
    """
    several = choose_several(given, kind=kind, folder=folder, read=read, texts=texts, **options)
    if len(several) > 1:
        raise OptionError(
            f"{given} holds {len(several)} tests, each a task of its own; choose_several gives them all"
        )
    return several[0]


def choose_several(
    given: TestSet | str | os.PathLike[str],
    *,
    kind: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    read: Mapping[str, Any] | None = None,
    texts: str | None = None,
    **options: Any,
) -> tuple[Task, ...]:
    """What `choose` gives, one task or, of a file or name of several association tests, one of each."""
    if kind is not None and kind not in KINDS:
        raise OptionError(f"there is no kind of task {kind!r}{_nearest(kind, KINDS)}")
    takes = None if kind is None else KINDS[kind].takes
    tests = [given] if isinstance(given, TestSet) else _open(given, folder, takes, read)
    if "seed" in options:
        check_seed(options["seed"])
    for name in PARTS & options.keys():
        if isinstance(options[name], str | os.PathLike):
            [options[name]] = _open(options[name], folder, type(tests[0]).__name__, read)
    options = {name: _as_option(name, value) for name, value in options.items()}
    tasks = tuple(task_of(test, kind=kind, **options) for test in tests)
    return tasks if texts is None else tuple(TextsByWords(task=task) for task in tasks if check_texts(texts))


def with_defaults(task: Task, *, restrict: int | None = None, texts: str | None = None) -> Task:
    """The task with options that are meant for all tasks which have them.

    Args:
        task: any.
        restrict: to the so many most frequent words; 0 for all, None leaves it as it is.
        texts: as in `choose`; None leaves it as it is.

    Raises:
        OptionError: an option is outside its range.
    """
    if restrict is not None and hasattr(task, "restrict"):
        task = replace(task, restrict=restrict or None)  # type: ignore[type-var]
    if texts is not None and check_texts(texts) and kind_of(task) in KINDS_OF_TEXTS:
        task = task if isinstance(task, TextsByWords) else TextsByWords(task=task)
    return task


def read_choice(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    restrict: int | None = None,
    texts: str | None = None,
) -> Choice:
    """Read the tasks chosen in a TOML file; see the top of this module.

    Args:
        path: the file; the paths in it start from its folder.
        seed, restrict, texts: for the tasks that name none and that have such an option; `restrict` is 0
            for all words, as in the file.

    Raises:
        FormatError: the file is no TOML, or a table is not what it should be; the message names it.
        OptionError: a key or a value is unknown; the message names the task and the nearest spelling.
        FileNotFoundError: a set is not there.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"is no TOML: {error}", path=path) from error
    for key in document:
        if key != "task":
            raise OptionError(f"{os.fspath(path)}: unknown key {key!r}{_nearest(key, ['task'])}")
    tables = document.get("task", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
        raise FormatError("names no task; begin each with a line [[task]]", path=path)
    defaults = {"seed": seed, "restrict": restrict, "texts": texts}
    each = [_from_table(table, number, path, defaults) for number, table in enumerate(tables, start=1)]
    return Choice(tasks=tuple(task for some in each for task in some))


def default_tasks(
    space: Space, *, seed: int = 1, restrict: int | None = None, texts: str | None = None
) -> Choice:
    """The tasks that a space can be measured on without being told more, and why others are left out.

    Vectors of words get the word sets that ship, as far as they cover `ENOUGH` items of each; models that
    encode texts get those of texts, and so do vectors of words if `texts` says how.

    Args:
        space: vectors, a model, or an encoder.
        seed: of the tasks.
        restrict, texts: as in `with_defaults`.
    """
    tasks = [choose(name, seed=seed, texts=texts) for name in TEXT_SETS if texts or _encodes_texts(space)]
    try:
        ids = vectors_of(space).ids
    except DataError as error:
        return Choice(tasks=tuple(tasks), left_out=(LeftOut("word similarity and analogies", str(error)),))
    if not isinstance(ids, Strings):
        why = "the ids are whole numbers; name sets about them to have something measured"
        return Choice(tasks=tuple(tasks), left_out=(LeftOut("word similarity and analogies", why),))
    left_out = []
    for name in WORD_SETS:
        [test] = _shipped(name)
        known, total = _known(space, test), len(test)
        if known >= ENOUGH:
            tasks.append(with_defaults(choose(test, seed=seed), restrict=restrict))
        else:
            left_out.append(LeftOut(name, f"the ids cover {known:,} of its {total:,} items"))
    return Choice(tasks=tuple(tasks), left_out=tuple(left_out))


def _from_table(
    table: dict[str, Any], number: int, path: str | os.PathLike[str], defaults: Mapping[str, Any]
) -> tuple[Task, ...]:
    """The task of one table of the file, or its tasks."""
    where = f"{os.fspath(path)}, task {number}"
    options = dict(table)
    given, kind = options.pop("set", None), options.pop("kind", None)
    if not isinstance(given, str):
        raise FormatError(f'task {number} names no set; write set = "FILE or NAME"', path=path)
    if kind is not None and not isinstance(kind, str):
        raise FormatError(f"task {number}: kind is a text, not {kind!r}", path=path)
    if not isinstance(options.get("read", {}), dict):
        raise FormatError(f"task {number}: read is a table of options, not {options['read']!r}", path=path)
    unsaid = {name: value for name, value in defaults.items() if name not in table}
    if (seed := unsaid.pop("seed", None)) is not None:
        options["seed"] = seed
    try:
        tasks = choose_several(given, kind=kind, folder=Path(path).parent, **options)
        return tuple(with_defaults(task, **unsaid) for task in tasks)
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from error
    except (TypeError, AttributeError) as error:  # a value of a type that the task does not take
        raise OptionError(f"{where}: an option has a value that does not fit ({error})") from error


def _open(
    given: str | os.PathLike[str],
    folder: str | os.PathLike[str] | None,
    takes: str | None,
    read: Mapping[str, Any] | None,
) -> list[TestSet]:
    """The sets of a name that ships, or of a file; `takes` is the class of the set that is wanted."""
    if given in SHIPPED:
        return _shipped(str(given))
    path = Path(folder or "") / given
    if not path.exists():
        hint = _nearest(str(given), SHIPPED)
        raise FileNotFoundError(2, f"no such file, and no set that ships has this name{hint}", str(path))
    return read_sets(path, kind=takes, **(read or {}))


def _shipped(name: str) -> list[TestSet]:
    from firth import datasets

    found: TestSet | dict[str, TestSet] = getattr(datasets, SHIPPED[name])()
    return [found] if isinstance(found, TestSet) else list(found.values())


def _encodes_texts(space: Space) -> bool:
    """Whether it is a model of ours whose learner encodes texts."""
    return isinstance(space, Model) and space.recipe.get("learner") in OF_TEXTS


def _known(space: Space, test: TestSet) -> int:
    """How many items of a word set have all their words among the ids."""
    if isinstance(test, GradedPairs):
        items: list[tuple[str, ...]] = list(test.pairs)
    elif isinstance(test, Questions):
        items = [question for _, some in test.sections for question in some]
    else:
        return len(test)
    words = [word for item in items for word in item]
    rows = find_rows(vectors_of(space, words), words, case="auto").reshape(len(items), -1)
    return int(np.count_nonzero(rows.min(axis=1) >= 0))


def _as_option(name: str, value: Any) -> Any:
    """A value of TOML as a task takes it: it has no tuples and no None."""
    if name == "restrict" and value == 0:
        return None
    return tuple(value) if isinstance(value, list) else value


def _nearest(word: str, there: Collection[str]) -> str:
    """What may have been meant, and what there is."""
    near = difflib.get_close_matches(word, there, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]!r}?" if near else ";"
    return f"{meant} There {'are' if len(there) > 1 else 'is'} {', '.join(there)}"
