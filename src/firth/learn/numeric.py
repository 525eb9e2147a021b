"""What learners over numbers share: how values are read, what stands for missing ones, and what is refused.

Every such learner has an option `missing`:

- "own", the default: the middle that was learned, and where a value was missing in training one more column,
  which is 1 in the rows that have none and 0 in the others. So no value is made up that cannot be told from a
  real one. Where none was missing in training, later ones get the middle, and are counted.
- "middle": the middle alone; the mean or the median of a column, the centre of a circle or of the earth.
- "error": a DataError that names the column and the row.

An infinity is an error always. Whole numbers beyond 2**53 are rounded to the nearest float64, and counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError, OptionError
from firth.learn.columnwise import Block, Learnt

__all__ = [
    "Missing",
    "Numbers",
    "block_of",
    "check_missing",
    "facts_of",
    "listed",
    "names_of",
    "number_in",
    "read_numbers",
    "refuse_missing",
    "split_flag",
    "toward_one",
    "with_flag",
]

Missing: TypeAlias = Literal["own", "middle", "error"]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """A column as it was read.

    Attributes:
        values: float64, (n,), NaN where there is none, never infinite.
        absent: bool, (n,), where there is none.
        rounded: how many whole numbers float64 does not hold exactly.
    """

    values: NDArray[np.float64]
    absent: NDArray[np.bool_]
    rounded: int

    @property
    def counts(self) -> dict[str, int]:
        """What a report says of the column; only what occurred."""
        counts = {"missing": int(self.absent.sum()), "rounded": self.rounded}
        return {name: count for name, count in counts.items() if count}


def check_missing(value: object) -> None:
    """Raise OptionError for what is none of the three words."""
    if value not in ("own", "middle", "error"):
        raise OptionError(f"missing is 'own', 'middle' or 'error', not {value!r}")


def read_numbers(column: Column, missing: Missing, *, learning: bool = False) -> Numbers:
    """The numbers of a column.

    Args:
        column: of numbers or truth values (False is 0, True is 1).
        missing: what the learner does with missing values.
        learning: whether there has to be at least one number.

    Raises:
        DataError: a value is text, a time or infinite; one is missing and that is an error; or there is none
            to learn from. The message names the column and the row.
    """
    values = column.numbers()
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise DataError(
            f"the column {column.name!r} holds {values[row]} in row {row}; numbers are finite, or NaN where "
            "there is none"
        )
    absent = np.isnan(values)
    if learning and absent.all():
        raise DataError(
            f"the column {column.name!r} holds no number to learn from: all {absent.size:,} values are "
            "missing; leave it out"
        )
    refuse_missing(absent, column.name, missing)
    return Numbers(values=values, absent=absent, rounded=_rounded(column, values, absent))


def refuse_missing(absent: NDArray[np.bool_], name: str, missing: Missing) -> None:
    """Raise DataError, naming column and row, where a value is missing and that is an error."""
    if missing == "error" and absent.any():
        raise DataError(
            f"the column {name!r} holds no value (NaN) in row {int(np.argmax(absent))}, one of "
            f"{int(absent.sum()):,} such rows, and missing='error'; fill it, or take missing='own' or "
            "'middle'"
        )


def toward_one(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """The values times a power of two that brings the largest of them below 1/4 but above 1/9; and the
    exponent that takes them back.

    Squares and differences of such numbers neither overflow nor vanish, and no digit is lost: only values
    fall to 0 that are 2**-1000 times the largest.

    Returns:
        (scaled, exponent): float64, (n,); values = scaled * 2**exponent.
    """
    exponent = int(np.frexp(np.abs(values).max())[1]) + 2
    return np.ldexp(values, -exponent), exponent


def number_in(learnt: Learnt, name: str) -> float:
    """A single finite number that was learned.

    Raises:
        DataError: it is missing or something else, as in a file that was written by hand.
    """
    array = learnt.arrays.get(name)
    if array is None or array.shape != (1,) or array.dtype != np.float64 or not np.isfinite(array[0]):
        raise DataError(f"this model cannot encode: its part {name!r} is no single finite float64")
    return float(array[0])


def facts_of(counts: Mapping[str, int], missing: Missing, *, constant: bool = False) -> dict[str, Any]:
    """What there is to know of a training column: what it lacked, whether it gets a flag, and whether all of
    its values (or of its middle half) are the same."""
    facts: dict[str, Any] = {**counts}
    if missing == "own" and counts.get("missing"):
        facts["flag"] = True
    if constant:
        facts["constant"] = True
    return facts


def with_flag(learnt: Learnt) -> bool:
    """Whether one more column says where a value is missing."""
    return learnt.facts.get("flag") is True


def names_of(learnt: Learnt, names: Sequence[str], *, column: str) -> list[str]:
    """The names of the encoded columns, and that of the flag."""
    return [*names, f"{column}=(missing)"] if with_flag(learnt) else list(names)


def block_of(
    matrix: NDArray[np.float64],
    numbers: Numbers,
    *,
    learnt: Learnt,
    column: str,
    extra: Mapping[str, int] | None = None,
) -> Block:
    """What a learner made of a column, with the column that says where a value is missing if it has one.

    Args:
        matrix: float64, (n, w).
        numbers: the column as it was read.
        learnt: what was learned from the training column.
        column: its name.
        extra: more counts than those of `numbers`.

    Raises:
        DataError: a number went beyond what a float64 holds.
    """
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise DataError(
            f"the column {column!r} holds {numbers.values[row]} in row {row}, which lies so far from what "
            "was there in training that no float64 holds the distance"
        )
    if with_flag(learnt):
        matrix = np.column_stack([matrix, numbers.absent])
    return Block(matrix=matrix, counts={**numbers.counts, **(extra or {})})


def split_flag(learnt: Learnt, matrix: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The numbers of an encoded column without the flag, float64, (n, w), and the rows that the flag calls
    missing, bool, (n,)."""
    matrix = np.asarray(matrix, np.float64)
    if with_flag(learnt):
        return matrix[:, :-1], matrix[:, -1] > 0.5
    return matrix, np.zeros(len(matrix), np.bool_)


def listed(values: NDArray[np.float64], absent: NDArray[np.bool_]) -> list[float | None]:
    """The values as a list, None where one is absent or NaN."""
    found: list[float | None] = values.tolist()
    for row in np.flatnonzero(absent | np.isnan(values)):
        found[row] = None
    return found


def _rounded(column: Column, values: NDArray[np.float64], absent: NDArray[np.bool_]) -> int:
    """How many whole numbers of the column changed on their way into float64."""
    if str(column.values.type) != "int64":
        return 0
    with_value = values[~absent]
    if not with_value.size or np.abs(with_value).max() < 2**53:
        return 0
    given = column.values.drop_null().to_numpy()
    # 2**63 is a float64 to which whole numbers are rounded, but no int64 any more.
    inside = with_value < 2**63
    back = np.where(inside, with_value, 0).astype(np.int64)
    return int(np.count_nonzero(~inside | (back != given)))
