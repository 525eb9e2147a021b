"""Which learner a column gets when none is named: rules that anyone can read, by what the column holds.

Each rule looks at the training rows alone, and a `Table` says what it chose and what it dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from firth.data.columns import Column, Columns
from firth.learn.numeric import Numbers, read_numbers
from firth.learn.tablerecipe import learner_named

__all__ = ["Inferred", "inferred"]

FEW = 100
"""Up to so many categories become one-hot rows, which are sparse, and lead back."""

_IDS = 20  # so few values may all be different by chance
_PLACES = 1024  # the most that categories are hashed onto
_ROBUST, _RANKED = 4.0, 20.0  # how many quartile ranges the farthest number may lie from the median
_LATITUDE = re.compile(r"(^|.*[\W_])lat(itude)?$", re.IGNORECASE)
_LONGITUDE = re.compile(r"(^|.*[\W_])(lon|lng|long|longitude)$", re.IGNORECASE)
_WORDS = {"acid", "aid", "avid", "bid", "covid", "fluid", "grid", "humid", "hybrid", "kid", "liquid", "mid",
          "paid", "prepaid", "raid", "rapid", "solid", "unpaid", "valid", "void"}  # fmt: skip
_ID = re.compile(r"(^|.*[\W_])(id|uuid|guid|key)$|.*[a-z]Id$|^[a-z]+id$")


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """Choices and, for the columns that have none, the reasons."""

    columns: dict[tuple[str, ...], Any]
    dropped: dict[str, str]


def inferred(columns: Columns, *, has_target: bool) -> Inferred:
    """A learner for each column that says something.

    Args:
        columns: of the training table, without the target.
        has_target: whether there is something to foretell, which `Target` may learn from.
    """
    found: dict[tuple[str, ...], Any] = {}
    dropped: dict[str, str] = {}
    taken: set[str] = set()
    for pair in _places_on_earth(columns):
        found[pair] = learner_named("LatLong", {})
        taken |= set(pair)
    for name, column in columns.items():
        if name in taken:
            continue
        why = _says_nothing(column)
        if why is not None:
            dropped[name] = why
            continue
        found[(name,)] = _learner_for(column, has_target=has_target)
    order = {name: i for i, name in enumerate(columns)}
    return Inferred(columns=dict(sorted(found.items(), key=lambda item: order[item[0][0]])), dropped=dropped)


def _says_nothing(column: Column) -> str | None:
    """Why a column is dropped, or None."""
    if column.kind == "empty":
        return "all values are missing"
    factors = column.factors()
    there = len(column) - column.missing_count
    different = len(factors.values)
    if different == 1 and there == len(column):
        return f"constant: all values are {factors.values[0].as_py()!r}"
    if different < there or different <= _IDS:
        return None
    if column.kind == "text":
        return f"an id: all {different:,} values are different"
    if column.kind == "number" and str(column.values.type) == "int64":
        values = column.values.drop_null().to_numpy()
        if int(values.max()) - int(values.min()) == different - 1:
            return f"an id: all {different:,} numbers are different and consecutive"
        if _ID.match(column.name) and column.name.lower() not in _WORDS:
            return f"an id by its name: all {different:,} numbers are different"
    return None


def _learner_for(column: Column, *, has_target: bool) -> Any:
    """A learner, or a tuple of several, for a column that says something."""
    if column.kind == "time":
        return _of_times(column)
    if column.kind == "number":
        return learner_named(_scale(read_numbers(column, "own")), {})
    if column.kind == "bool":
        return learner_named("OneHot", {"drop": "binary"})
    different = len(column.factors().values)
    if different <= FEW:
        return learner_named("OneHot", {})
    if has_target:
        return learner_named("Target", {})
    size = min(1 << int(different - 1).bit_length(), _PLACES)
    return learner_named("Hashing", {"size": size})


def _scale(numbers: Numbers) -> str:
    """What brings the numbers onto a common scale, by how far out they lie."""
    finite = numbers.values[~numbers.absent]
    low, middle, high = np.percentile(finite, [25, 50, 75])
    farthest = float(np.abs(finite - middle).max())
    spread = float(high - low)
    if np.unique(finite).size <= 2:
        return "Standardize"
    if farthest > _RANKED * spread:  # also where half of the numbers are the same
        return "Quantile"
    return "Robust" if farthest > _ROBUST * spread else "Standardize"


def _of_times(column: Column) -> tuple[Any, ...]:
    """The parts of the times that differ, each as a circle."""
    times = column.times()
    times = times[~np.isnat(times)]
    parts = {
        "hour": times - times.astype("datetime64[D]"),
        "weekday": (times.astype("datetime64[D]").astype(np.int64) + 3) % 7,
        "yearday": times.astype("datetime64[D]") - times.astype("datetime64[Y]").astype("datetime64[D]"),
    }
    units = [unit for unit, part in parts.items() if np.unique(part).size > 1] or ["hour"]
    return tuple(learner_named("Periodic", {"unit": unit}) for unit in units)


def _places_on_earth(columns: Columns) -> list[tuple[str, str]]:
    """Pairs of columns that are called latitude and longitude, alike but for that, and hold such degrees."""
    longitudes: dict[str, str] = {}  # what stands before "lon" -> the first name of this kind
    for name in columns:
        if _LONGITUDE.match(name):
            before = re.sub(r"(lon|lng|long|longitude)$", "", name, flags=re.IGNORECASE)
            longitudes.setdefault(before, name)
    pairs = []
    for name in columns:
        if not _LATITUDE.match(name):
            continue
        before = re.sub(r"lat(itude)?$", "", name, flags=re.IGNORECASE)
        other = longitudes.get(before) or longitudes.get(before.replace("lat", "lon"))
        if other is not None and _within(columns[name], 90) and _within(columns[other], 360):
            pairs.append((name, other))
    return pairs


def _within(column: Column, most: float) -> bool:
    if column.kind != "number":
        return False
    numbers = column.numbers()
    return bool(np.nanmax(np.abs(numbers)) <= most)
