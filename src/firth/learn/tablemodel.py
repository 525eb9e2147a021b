"""Models of tables: learners with what they learned, put into a `Model` and taken out of it again.

A model of `Table` keeps the categories of a column as a space named by the column, numbers as parts such as
"0/mean" (of the choice 0), and the rest in its recipe: the choices in order, each with its facts. A file may
hold anything, so all of it is looked at on the way out, and learners look at their own parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.learn.columnwise import ColumnLearner, Learnt
from firth.learn.tablerecipe import columns_of, options_of
from firth.model import Model

__all__ = ["Entry", "TableModel", "label_of", "model_of", "names_of", "open_model"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One choice of a table: the columns it takes, who encodes them, and what that learned."""

    names: tuple[str, ...]
    learner: ColumnLearner
    learnt: Learnt

    @property
    def label(self) -> str:
        """What a report calls it."""
        return label_of(self.names)


def label_of(names: Sequence[str]) -> str:
    """What a report calls columns that are encoded together."""
    return "+".join(names) if len(names) <= 3 else f"{names[0]}+{len(names) - 1} more"


@dataclass(frozen=True, kw_only=True)
class TableModel:
    """A model of a table, opened.

    Attributes:
        entries: the choices, in the order of their numbers.
        rows: how many rows it learned from.
        dtype: "float32" or "float64".
        is_sparse: whether its rows are CSR.
        options: what else the recipe holds, such as "rest" and "dropped".
    """

    entries: Sequence[Entry]
    rows: int
    dtype: str
    is_sparse: bool
    options: Mapping[str, Any] = field(default_factory=dict)


# --- into a model and out of it ------------------------------------------------------------------------


def model_of(
    entries: Sequence[Entry],
    *,
    rows: int,
    dtype: str,
    is_sparse: bool,
    options: Mapping[str, Any],
    report: Mapping[str, Any] | None = None,
) -> Model:
    """The model that holds these choices; `open_model` takes them out again."""
    spaces: dict[str, Any] = {}
    parts: dict[str, NDArray[Any]] = {"rows": np.array([rows], np.int64)}
    choices, learnt = [], []
    for i, entry in enumerate(entries):
        space = None
        if entry.learnt.vectors is not None:
            space = entry.label if entry.label not in spaces else f"{entry.label} {i}"
            spaces[space] = entry.learnt.vectors
        for name, array in entry.learnt.arrays.items():
            parts[f"{i}/{name}"] = np.asarray(array)
        choices.append(
            {"names": list(entry.names), "learner": type(entry.learner).__name__, **_listed(entry.learner)}
        )
        learnt.append({"space": space, "facts": dict(entry.learnt.facts)})
    recipe = {
        "learner": "Table",
        "columns": choices,
        **options,
        "dtype": dtype,
        "is_sparse": is_sparse,
        "learnt": learnt,
    }
    return Model(spaces, recipe=recipe, report=report, parts=parts)


def _listed(learner: ColumnLearner) -> dict[str, Any]:
    """The options as JSON can hold them."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options_of(learner).items()
    }


def open_model(model: Model) -> TableModel:
    """The choices of a model of a table, looked at.

    Raises:
        DataError: the model is of something else, or its parts do not go together.
    """
    recipe = model.recipe
    choices: Any = recipe.get("columns")
    learnt: Any = recipe.get("learnt")
    if (
        recipe.get("learner") != "Table"
        or not _are_records(choices)
        or not _are_records(learnt)
        or len(choices) != len(learnt)
        or recipe.get("dtype") not in ("float32", "float64")
        or not isinstance(recipe.get("is_sparse"), bool)
    ):
        raise DataError("the recipe of this model is none of a table; fit the table again")
    rows = model.parts.get("rows")
    if rows is None or rows.shape != (1,) or rows.dtype != np.int64 or rows[0] < 0:
        raise DataError("this model of a table does not say how many rows it learned from; fit it again")
    arrays: dict[str, dict[str, NDArray[Any]]] = {}
    for name, part in model.parts.items():
        number, _, name = name.partition("/")
        arrays.setdefault(number, {})[name] = part
    entries = []
    for i, (choice, one) in enumerate(zip(choices, learnt, strict=True)):
        ((names, learners),) = _columns_of(choice).items()
        space, facts = one.get("space"), one.get("facts")
        known = space is None or (isinstance(space, str) and space in model.spaces)
        if not isinstance(facts, Mapping) or not known:
            raise DataError(
                f"this model of a table lacks what it learned of {', '.join(names)}; fit it again"
            )
        found = Learnt(
            vectors=None if space is None else model.spaces[space], arrays=arrays.get(str(i), {}), facts=facts
        )
        entries.append(Entry(names=names, learner=learners[0], learnt=found))
    kept = {key: recipe[key] for key in ("rest", "sparse", "dropped") if key in recipe}
    return TableModel(
        entries=entries,
        rows=int(rows[0]),
        dtype=recipe["dtype"],
        is_sparse=recipe["is_sparse"],
        options=kept,
    )


def _are_records(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, Mapping) for one in value)


def _columns_of(choice: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    try:
        found = columns_of([choice])
    except OptionError as error:
        raise DataError(f"the recipe of this model is none of a table: {error}") from error
    ((names, learners),) = found.items()
    if learners[0].width not in (0, len(names)):
        raise DataError(f"the recipe of this model gives {learners[0]} the columns {', '.join(names)}")
    return found


def names_of(entries: Sequence[Entry]) -> list[str]:
    """What each number is called, all of them different: one that came before gets the name of its learner
    behind it, then a number."""
    names: list[str] = []
    seen: set[str] = set()
    for entry in entries:
        for name in entry.learner.names(entry.learnt, list(entry.names)):
            found, tries = name, 1
            while found in seen:
                found = f"{name} ({type(entry.learner).__name__}{'' if tries == 1 else f' {tries}'})"
                tries += 1
            seen.add(found)
            names.append(found)
    return names
