"""What learners over categories share: the values found, where each has its place, and what has none.

Every such learner has two options, each one word:

- `missing`, for rows without a value: "own" gives them a place of their own where there were such rows in
  training, and takes them for unknown where there were none; "zero" gives them zeros; "error" raises
  DataError.
- `unknown`, for values that were not there in training: "zero", "own" (a place that no training row had) or
  "error".

Whatever happens is counted, so that a report says how many values of a column were missing or unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.data.factors import (
    MISSING,
    UNKNOWN,
    Factors,
    kind_of,
    look_up,
    spell,
    to_arrow,
    to_strings,
    unspell,
)
from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.learn.columnwise import Learnt
from firth.vectors import Vectors

__all__ = [
    "Missing",
    "Places",
    "Unknown",
    "check_word",
    "found_factors",
    "known_values",
    "learnt_categories",
    "learnt_counts",
    "learnt_missing",
    "listed",
    "own_places",
    "part_of",
    "places",
    "refuse",
]

Missing: TypeAlias = Literal["own", "zero", "error"]
Unknown: TypeAlias = Literal["zero", "own", "error"]


def check_word(name: str, value: object, words: Iterable[str | None]) -> None:
    """Raise OptionError unless the value of this option is one of the words."""
    words = list(words)
    if value not in words:
        raise OptionError(f"{name} is {', '.join(map(repr, words[:-1]))} or {words[-1]!r}, not {value!r}")


# --- learning ------------------------------------------------------------------------------------------


def found_factors(column: Column, *, missing: str) -> Factors:
    """The categories of a training column.

    Raises:
        DataError: there is none, or a value is missing and that is an error.
    """
    factors = column.factors()
    if not len(factors.values):
        raise DataError(
            f"the column {column.name!r} holds no value to learn from: all {len(column):,} are missing; "
            f"leave it out"
        )
    if missing == "error":
        refuse(factors.codes == MISSING, column, "holds no value", "fill it, or take missing='own' or 'zero'")
    return factors


def refuse(rows: NDArray[np.bool_], column: Column, what: str, way: str) -> None:
    """Raise DataError that names the first of the rows (bool, (n,)) in which that is so, if there is one."""
    if rows.any():
        row = int(np.argmax(rows))
        raise DataError(
            f"the column {column.name!r} {what} in row {row}, one of {int(rows.sum()):,} such rows; {way}"
        )


def learnt_categories(
    factors: Factors,
    matrix: NDArray[np.float64],
    *,
    arrays: Mapping[str, NDArray[Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Learnt:
    """What a learner found: the categories with their vectors and counts, and how many rows had none.

    Args:
        factors: of the training column.
        matrix: (u, d), the vector of each of its u values.
    """
    vectors = Vectors(
        to_strings(spell(factors.values)),
        np.ascontiguousarray(matrix, np.float32),
        columns={"counts": factors.counts},
        metric="euclidean",
    )
    known = {"kind": kind_of(factors.values.type), "missing": int(np.count_nonzero(factors.codes == MISSING))}
    return Learnt(vectors=vectors, arrays=dict(arrays or {}), facts=known | dict(facts or {}))


# --- what was learned, looked at before it is used -----------------------------------------------------


def known_values(learnt: Learnt) -> Any:
    """The categories of training as an Arrow array.

    Raises:
        DataError: there are none, or one occurs twice or spells no value of its kind.
    """
    if learnt.vectors is None or not isinstance(learnt.vectors.ids, Strings):
        raise DataError("this model cannot encode: the categories of a column are missing")
    return unspell(to_arrow(learnt.vectors.ids), str(learnt.facts.get("kind")))


def learnt_counts(learnt: Learnt) -> NDArray[np.int64]:
    """How often each category was there in training, int64, (u,). Raises DataError where that is missing."""
    counts: Any = None if learnt.vectors is None else learnt.vectors.columns.get("counts")
    if counts is None or counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
        raise DataError("this model cannot encode: its categories have no column 'counts' of whole numbers")
    return np.asarray(counts, np.int64)


def learnt_missing(learnt: Learnt) -> int:
    """In how many training rows there was no value. Raises DataError where that is missing."""
    missing = learnt.facts.get("missing")
    if not isinstance(missing, int) or isinstance(missing, bool) or missing < 0:
        raise DataError(f"this model cannot encode: its count of missing values is {missing!r}")
    return missing


def part_of(learnt: Learnt, name: str, *, shape: tuple[int, ...], dtype: Any = np.float64) -> NDArray[Any]:
    """An array that was learned, finite, of this shape and type.

    Raises:
        DataError: it is missing or something else, as in a file that was written by hand.
    """
    array = learnt.arrays.get(name)
    if array is None or array.shape != shape or array.dtype != dtype or not np.isfinite(array).all():
        raise DataError(
            f"this model cannot encode: its part {name!r} is not finite {np.dtype(dtype)} of shape {shape}"
        )
    return np.ascontiguousarray(array)


# --- encoding ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the values of a column have their places.

    Attributes:
        places: int32, (n,): below `known` a category, from there on a place of its own, -1 for zeros.
        known: how many categories there are.
        counts: {"missing": …, "unknown": …}, only what occurred.
    """

    places: NDArray[np.int32]
    known: int
    counts: dict[str, int] = field(default_factory=dict)


def own_places(learnt: Learnt, *, missing: str, unknown: str) -> tuple[int, int, list[str]]:
    """The places (missing, unknown) beside those of the categories, -1 for none, and what they are called."""
    after = len(learnt_counts(learnt))
    called: list[str] = []
    at_missing = at_unknown = -1
    if missing == "own" and learnt_missing(learnt):
        at_missing = after
        called.append("(missing)")
    if unknown == "own":
        at_unknown = after + len(called)
        called.append("(unknown)")
    return at_missing, at_unknown, called


def places(learnt: Learnt, column: Column, *, missing: str, unknown: str) -> Places:
    """Find the place of each value of a column.

    Args:
        learnt: what was learned from the training column.
        missing, unknown: "own", "error", or anything else for zeros; see above.

    Raises:
        DataError: a value is missing or unknown and that is an error, or the column holds another kind of
            values than in training. The message names the column and the row.
    """
    known = known_values(learnt)
    codes = look_up(known, column.factors(), column=column.name)
    absent, strange = codes == MISSING, codes == UNKNOWN
    at_missing, at_unknown, _ = own_places(learnt, missing=missing, unknown=unknown)
    if missing == "error" or (missing == "own" and at_missing < 0 and unknown == "error"):
        refuse(absent, column, "holds no value", "fill it, or take missing='zero'")
    if unknown == "error" and strange.any():
        value = column.values[int(np.argmax(strange))].as_py()
        refuse(
            strange, column, f"holds {value!r}, which was not there in training,", "or take unknown='zero'"
        )
    if missing == "own" and at_missing < 0:
        at_missing = at_unknown
    codes[absent] = at_missing
    codes[strange] = at_unknown
    counts = {"missing": int(absent.sum()), "unknown": int(strange.sum())}
    return Places(
        places=codes, known=len(known), counts={name: count for name, count in counts.items() if count}
    )


def listed(learnt: Learnt, codes: NDArray[Any]) -> list[Any]:
    """The categories at these places, (n,), as they came in training; None where there is no category."""
    pa = require("pyarrow", extra="table")
    known = known_values(learnt)
    none = (codes < 0) | (codes >= len(known))
    found: list[Any] = known.take(pa.array(np.where(none, 0, codes), mask=none)).to_pylist()
    return found
