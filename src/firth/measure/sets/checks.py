"""What sets that are built by hand are held to, as their readers hold files to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from firth.errors import DataError

__all__ = ["check_grades", "check_items", "check_tuples"]


def check_items(what: str, items: Any, *, ids: bool = False) -> None:
    """Raise DataError unless these are several strings, or with `ids` also whole numbers."""
    if isinstance(items, str) or not isinstance(items, Sequence):
        raise DataError(f"{what} are several, in a tuple, not {items!r:.80}")
    for item in items:
        number = ids and isinstance(item, Integral) and not isinstance(item, bool)
        if not isinstance(item, str) and not number:
            wanted = "strings or whole numbers" if ids else "strings"
            raise DataError(f"{what} are {wanted}, not {item!r:.80}")


def check_tuples(what: str, tuples: Any, size: int, *, ids: bool = False) -> None:
    """Raise DataError unless these are tuples of so many strings, or with `ids` also whole numbers."""
    if isinstance(tuples, str) or not isinstance(tuples, Sequence):
        raise DataError(f"{what} are several, in a tuple, not {tuples!r:.80}")
    for one in tuples:
        if isinstance(one, str) or not isinstance(one, Sequence) or len(one) != size:
            raise DataError(f"{what} are tuples of {size}, not {one!r:.80}")
        check_items(f"the {size} of {what}", one, ids=ids)


def check_grades(name: str, pairs: Sequence[Any], grades: Any) -> None:
    """Raise DataError unless each of the pairs has a grade, a finite number."""
    if not isinstance(grades, Sequence) or len(grades) != len(pairs):
        raise DataError(f"{name}: {len(pairs):,} pairs need as many grades, in a tuple")
    for grade in grades:
        if not isinstance(grade, Real) or not math.isfinite(grade):
            raise DataError(f"{name}: a grade is a finite number, not {grade!r:.80}")
