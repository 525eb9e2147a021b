"""What callers hand to codecs: looked at once, so that all refuse the same things in the same words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.vectors import Vectors

__all__ = ["numbers_of", "vectors_of"]


def numbers_of(given: Any, *, what: str) -> NDArray[Any]:
    """The array of what was given, of any shape.

    Args:
        given: an array, or numbers in lists.
        what: its name in the message.

    Raises:
        DataError: lists of different lengths, or things that are no real numbers.
    """
    try:
        array = np.asarray(given)
    except (TypeError, ValueError) as error:  # lists of different lengths, and what pretends to be an array
        raise DataError(f"{what} are rows of numbers, all of one length: {error}") from error
    if array.dtype.kind not in "fiu":
        raise DataError(f"{what} are rows of numbers, not {array.dtype} of shape {array.shape}")
    return array


def vectors_of(given: Any, *, what: str, way: str = "Vectors(ids, rows)") -> Vectors:
    """The vectors, if that is what was given.

    Raises:
        DataError: it is something else; `way` says what to write instead.
    """
    if not isinstance(given, Vectors):
        raise DataError(f"{what} are Vectors, not of type {type(given).__name__}: {way}")
    return given
