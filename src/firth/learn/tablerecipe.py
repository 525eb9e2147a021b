"""The recipe of a `Table` as TOML, to be printed, edited and read again; and learners by their names."""

from __future__ import annotations

import datetime
import importlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, cast

from firth.errors import DataError, OptionError

if TYPE_CHECKING:
    from firth.learn.columnwise import ColumnLearner
    from firth.learn.table import Table

__all__ = ["LEARNERS", "learner_named", "options_of", "read_recipe", "write_recipe"]

LEARNERS = {  # the learners that a table may be made of -> where they live
    "Binary": "firth.learn.binary",
    "CountSketch": "firth.learn.countsketch",
    "Frequency": "firth.learn.frequency",
    "Hashing": "firth.learn.hashing",
    "LatLong": "firth.learn.latlong",
    "Normalize": "firth.learn.scaling",
    "OneHot": "firth.learn.onehot",
    "Ordinal": "firth.learn.ordinal",
    "Periodic": "firth.learn.periodic",
    "Quantile": "firth.learn.quantile",
    "Robust": "firth.learn.scaling",
    "SharedTable": "firth.learn.sharedtable",
    "Standardize": "firth.learn.scaling",
    "Target": "firth.learn.target",
}


def learner_named(name: Any, options: Mapping[str, Any]) -> ColumnLearner:
    """The learner of that name with these options; lists among them become tuples.

    Raises:
        OptionError: there is no such learner or option, or a value is outside its range.
    """
    if not isinstance(name, str) or name not in LEARNERS:
        raise OptionError(f"there is no learner {name!r} of columns; there are {', '.join(LEARNERS)}")
    kind = getattr(importlib.import_module(LEARNERS[name]), name)
    known = [field.name for field in fields(kind)]
    for option in options:
        if option not in known:
            raise OptionError(f"{name} has no option {option!r}; it has {', '.join(known)}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    try:
        learner: ColumnLearner = kind(**values)
    except TypeError as error:
        raise OptionError(f"the options of {name} do not fit: {error}") from error
    return learner


def options_of(learner: Any) -> dict[str, Any]:
    """All options of a learner by name."""
    return {field.name: getattr(learner, field.name) for field in fields(learner)}


# --- writing -------------------------------------------------------------------------------------------


def write_recipe(table: Table) -> str:
    """The table as TOML; `read_recipe` makes an equal one of it."""
    lines = [f"rest = {_value(table.rest)}", f"dtype = {_value(table.dtype)}"]
    if table.sparse is not None:
        lines.append(f"sparse = {_value(table.sparse)}")
    if table.dropped:
        lines += ["", "[dropped]"]
        lines += [f"{_key(name)} = {_value(reason)}" for name, reason in table.dropped.items()]
    if table.columns is not None and not table.entries:
        lines.insert(0, "column = []")
    for names, learner in table.entries:
        lines += ["", "[[column]]", f"names = {_value(list(names))}"]
        lines.append(f"learner = {_value(type(learner).__name__)}")
        defaults = {field.name: field.default for field in fields(cast(Any, learner))}
        for name, value in options_of(learner).items():
            if value is not None:
                lines.append(f"{_key(name)} = {_value(value)}")
            elif defaults[name] is not None:
                lines.append(f"{_key(name)} = {{}}")  # TOML has no word for nothing
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # The escapes of JSON are those of TOML, but for DEL, which TOML wants escaped too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(float(value))  # NumPy's own would name their type
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    raise OptionError(f"a recipe cannot hold {value!r}, a {type(value).__name__}")


# --- reading -------------------------------------------------------------------------------------------


def read_recipe(text: str) -> dict[str, Any]:
    """The arguments of the `Table` that this TOML describes.

    Raises:
        DataError: it is no TOML, or not of a table; the message names the place.
        OptionError: a learner or an option does not exist, or a value is outside its range.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the recipe is no TOML: {error}") from error
    entries = found.pop("column", None)
    for key in found:
        if key not in ("rest", "dtype", "sparse", "dropped"):
            raise DataError(
                f"a recipe of a table has rest, dtype, sparse, dropped and [[column]], and no {key!r}"
            )
    if entries is not None and not (isinstance(entries, list) and all(isinstance(e, dict) for e in entries)):
        raise DataError("the columns of a recipe are written as [[column]], once for each choice")
    return found | {"columns": None if entries is None else columns_of(entries)}


def columns_of(entries: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], Any]:
    """The choices of a table, names -> learner or a tuple of learners, from records with `names`, `learner`
    and options."""
    columns: dict[tuple[str, ...], Any] = {}
    for i, entry in enumerate(entries):
        options = {key: None if value == {} else value for key, value in entry.items()}
        names, name = options.pop("names", None), options.pop("learner", None)
        if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
            raise DataError(f"the names of the choice {i} of a recipe are a list of strings, not {names!r}")
        learner = learner_named(name, options)
        before = columns.get(tuple(names), ())
        columns[tuple(names)] = (*before, learner)
    return columns
