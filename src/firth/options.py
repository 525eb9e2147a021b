"""Checks of hyper-parameters: the message names the value and the allowed range."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any

from firth.errors import OptionError

__all__ = [
    "check_flag",
    "check_metric",
    "check_real",
    "check_seed",
    "check_several",
    "check_text",
    "check_whole",
]


def check_whole(name: str, value: Any, low: int, high: int) -> int:
    """The value as an int, if it is a whole number (NumPy's count too) with low <= value <= high; else
    OptionError."""
    try:
        number = operator.index(value)
    except TypeError:
        number = low - 1
    if isinstance(value, bool) or not low <= number <= high:
        raise OptionError(f"{name} is a whole number from {low:,} to {high:,}, not {_shown(value)}")
    return number


def check_seed(seed: Any) -> int:
    """The seed as an int, if it is a whole number from 0 to 2**63 - 1; else OptionError."""
    return check_whole("seed", seed, 0, 2**63 - 1)


def check_real(name: str, value: Any, low: float, high: float, *, above: bool = False) -> float:
    """The value as a float, if it is a number with low <= value <= high (low < value if `above`); else
    OptionError."""
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, OverflowError):  # a whole number beyond all floats
        number = math.nan
    if not low <= number <= high or (above and number == low):
        bounds = f"above {low:g} up to {high:g}" if above else f"from {low:g} to {high:g}"
        raise OptionError(f"{name} is a number {bounds}, not {_shown(value)}")
    return number


def check_flag(name: str, value: Any) -> bool:
    """The value, if it is True or False; else OptionError."""
    if not isinstance(value, bool):
        raise OptionError(f"{name} is True or False, not {value!r}")
    return value


def check_text(name: str, value: Any) -> str:
    """The value, if it is a string; else OptionError."""
    if not isinstance(value, str):
        raise OptionError(f"{name} is a text, not {_shown(value)}")
    return value


def check_metric(metric: Any) -> None:
    """Raise OptionError where it is no metric of vectors."""
    if metric not in ("cosine", "dot", "euclidean"):
        raise OptionError(f"metric is 'cosine', 'dot' or 'euclidean', not {metric!r}")


def check_several(name: str, values: Any) -> list[Any]:
    """The values as a list, if they are several; else OptionError, as for a string, which is one and not the
    list of its letters."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        way = f": write [{values!r}]" if isinstance(values, (str, bytes)) else ""
        raise OptionError(f"{name} is a list, not {values!r}{way}")
    return list(values)


def _shown(value: Any) -> str:
    """The value as Python writes it, which refuses whole numbers of more than 4,300 digits."""
    try:
        return repr(value)
    except ValueError:
        return f"a number of {operator.index(value).bit_length():,} bits"
