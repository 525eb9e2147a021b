"""Codebooks, from rows and from files: what is checked, and the unit that their numbers are in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Floats
from firth.errors import DataError

__all__ = ["centred", "check_array", "check_enough", "check_names", "middle_of", "unit_of"]

_LARGEST = 1e37  # what is larger can overflow float32 once the middle is taken from it
_AWAY = 1e15  # units: farther from the middle than this, only the direction of a number is kept
_EXPONENT = 100  # of two; units stay normal float32, and so do their inverses


def middle_of(rows: Floats) -> Floats:
    """The mean of the rows (n, d), rounded to float32, which serves as the origin.

    Raises:
        DataError: a number is too large for float32 arithmetic.
    """
    largest = float(np.abs(rows).max())
    if largest > _LARGEST:
        raise DataError(
            f"the rows hold a number of size {largest:g}, and above {_LARGEST:g} sums overflow float32: "
            "divide the rows by a power of ten first"
        )
    return np.asarray(rows.mean(axis=0, dtype=np.float64), np.float32)


def unit_of(numbers: NDArray[Any]) -> np.float32:
    """The power of two above the largest of the numbers, 1 if all are 0.

    Squares of numbers in this unit neither overflow nor vanish, and division by it rounds nothing.
    """
    largest = float(np.abs(numbers).max(initial=0.0))
    exponent = math.frexp(largest)[1] if largest else 0
    return np.float32(math.ldexp(1.0, max(-_EXPONENT, min(_EXPONENT, exponent))))


def centred(rows: Floats, middle: Floats, unit: np.float32) -> Floats:
    """Rows (n, d) less the middle (d,), in the unit."""
    with np.errstate(over="ignore"):  # an infinite difference is clipped too
        away = (rows - middle) / unit
    return np.asarray(np.clip(away, -_AWAY, _AWAY, out=away))


def check_enough(rows: int, what: str, *, bits: int) -> None:
    """Raise DataError where there are fewer rows than 2^bits centroids; it names the most bits that fit."""
    if rows >= 1 << bits:
        return
    fitting = rows.bit_length() - 1
    way = f", or take bits={fitting}" if fitting >= 4 else "; the fewest bits are 4"
    raise DataError(
        f"{what} learns {1 << bits} centroids, which takes at least {1 << bits} finite rows; there are "
        f"{rows:,}: give more rows{way}"
    )


def check_names(parts: Mapping[str, Any], names: set[str]) -> None:
    """Raise DataError where the parts of a codec are not these."""
    if set(parts) != names:
        found = ", ".join(sorted(parts)) or "none"
        raise DataError(f"the parts of this codec are {', '.join(sorted(names))}, not {found:.200}")


def check_array(name: str, given: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Raise DataError where a part of a codec is not float32 of this shape with finite numbers."""
    if given.dtype != np.float32 or given.shape != shape:
        raise DataError(f"{name} is float32 of shape {shape}, not {given.dtype} of shape {given.shape}")
    if not np.isfinite(given).all():
        raise DataError(f"{name} holds a number that is not finite")
