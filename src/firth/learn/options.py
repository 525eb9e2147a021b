"""Checks of hyper-parameters: the message names the value and the allowed range."""

from __future__ import annotations

import math

from firth.errors import OptionError

__all__ = ["check_real", "check_whole"]


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise OptionError unless the value is a whole number with low <= value <= high."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise OptionError(f"{name} is a whole number from {low:,} to {high:,}, not {value!r}")


def check_real(name: str, value: float, low: float, high: float, *, above: bool = False) -> None:
    """Raise OptionError unless the value is a number with low <= value <= high, or low < value if `above`."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= value <= high or (above and value == low):
        bounds = f"above {low:g} up to {high:g}" if above else f"from {low:g} to {high:g}"
        raise OptionError(f"{name} is a number {bounds}, not {value!r}")
