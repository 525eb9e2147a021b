"""Rules that every reader holds its file to: finite numbers, ids of valid UTF-8, no id twice."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Integers, Strings
from firth.errors import DataError, FormatError

__all__ = ["check_strings", "check_unique", "first_bad_place", "first_bad_string", "rises"]

BLOCK = 1 << 20
"""How many numbers, or ids, are looked at in one step, to keep temporary arrays small."""


def first_bad_place(matrix: NDArray[Any]) -> tuple[int, int] | None:
    """The row and the place in it of the first number that is NaN or infinite, or None.

    `matrix`: (n, d), floating.
    """
    if not matrix.size:  # a file may claim any number of rows without numbers
        return None
    step = max(1, BLOCK // matrix.shape[1])
    for start in range(0, len(matrix), step):
        finite = np.isfinite(matrix[start : start + step])
        if not finite.all():
            row, place = np.argwhere(~finite)[0]
            return start + int(row), int(place)
    return None


def rises(offsets: NDArray[Any], end: int) -> bool:
    """Whether offsets go from 0 to `end` and never fall.

    Neighbours are compared: their differences wrap around where a file holds numbers that are far apart.

    `offsets`: (n + 1,), whole numbers.
    """
    if not offsets.size or offsets[0] != 0 or offsets[-1] != end:
        return False
    return not np.any(offsets[1:] < offsets[:-1])


def first_bad_string(ids: Strings) -> tuple[int, int] | None:
    """The row of the first id that is not valid UTF-8 and the position of the bad byte in it, or None."""
    for first in range(0, len(ids), BLOCK):
        offsets = ids.offsets[first : first + BLOCK + 1]
        bad = _first_bad_byte(ids.data[offsets[0] : offsets[-1]], offsets - offsets[0])
        if bad is not None:
            row = int(np.searchsorted(offsets, offsets[0] + bad, side="right")) - 1
            return first + row, int(offsets[0] + bad - offsets[row])
    return None


def check_strings(
    ids: Strings, path: str | os.PathLike[str], starts: NDArray[np.int64] | None = None
) -> None:
    """Raise FormatError unless every id is valid UTF-8.

    Args:
        ids: the table.
        path: the file, for the message.
        starts: int64, (n,): where each id begins in the file, for the message.
    """
    bad = first_bad_string(ids)
    if bad is not None:
        row, byte = bad
        place = None if starts is None else int(starts[row]) + byte
        raise FormatError(f"the id of row {row} is not valid UTF-8: {ids[row]!r}", path=path, offset=place)


def _first_bad_byte(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> int | None:
    """The position in `data` of a byte that breaks an id, or None.

    Decoding all ids at once is 100 times as fast as one by one.
    """
    begins = offsets[:-1][offsets[:-1] < offsets[1:]]
    # A character split between two ids looks whole when they are joined, but then the second begins inside
    # it.
    split = begins[(data[begins] & 0xC0) == 0x80]
    if split.size:
        return int(split[0])
    try:
        data.tobytes().decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def check_unique(ids: Ids, path: str | os.PathLike[str]) -> None:
    """Raise FormatError if an id occurs twice. Builds the look-up index of the ids, which they keep."""
    try:
        if isinstance(ids, Integers):
            ids.rows([])
        else:
            ids.index()
    except DataError as error:
        raise FormatError(str(error), path=path) from None
