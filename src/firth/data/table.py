"""`TokenTable`: the tokens met so far and their counts, growing as text is counted into it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.kernels.text import add_strings, count_text, fill_slots

__all__ = ["TokenTable"]

_ROWS = 1 << 14  # a table starts with room for so many tokens of 8 bytes, 400 kB, and doubles from there


class TokenTable:
    """A growing table of byte strings with a count each; see `firth.kernels.text` for the arrays.

    Rows keep their numbers for good. Not for use by two threads at once.
    """

    def __init__(self) -> None:
        self._slots: NDArray[np.int64] = np.zeros(2 * _ROWS, np.int64)
        self._data: NDArray[np.uint8] = np.empty(8 * _ROWS, np.uint8)
        self._starts: NDArray[np.int64] = np.zeros(_ROWS + 1, np.int64)
        self._counts: NDArray[np.int64] = np.zeros(_ROWS, np.int64)
        self._used: NDArray[np.int64] = np.zeros(1, np.int64)
        self._ids: NDArray[np.int32] = np.empty(0, np.int32)

    def __len__(self) -> int:
        return int(self._used[0])

    @property
    def strings(self) -> Strings:
        """The tokens, a view; it is out of date once something is added."""
        n = len(self)
        return Strings(self._data[: self._starts[n]], self._starts[: n + 1])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each token was met, int64, a view."""
        return self._counts[: len(self)]

    def count(self, text: NDArray[np.uint8]) -> NDArray[np.int32]:
        """Count the tokens between the white space of `text` (uint8).

        Returns:
            int32, the rows of the tokens in order, with `LINE_END` for each newline. A view of a buffer
            that the next call overwrites.
        """
        if self._ids.size <= text.size:
            self._ids = np.empty(text.size + 1, np.int32)
        position, written = 0, 0
        while True:
            position, written = count_text(
                text,
                position,
                written,
                self._slots,
                self._data,
                self._starts,
                self._counts,
                self._used,
                self._ids,
            )
            if position == text.size:
                return self._ids[:written]
            self._grow()

    def add(self, strings: Strings, counts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Add each string as often as its count (int64) says; returns their rows, int32."""
        ids = np.empty(len(strings), np.int32)
        position = 0
        while True:
            position = add_strings(
                strings.data, strings.offsets, counts, position,
                self._slots, self._data, self._starts, self._counts, self._used, ids,
            )  # fmt: skip
            if position == len(strings):
                return ids
            self._grow()

    def _grow(self) -> None:
        """Double what is full: the rows and their slots, or else the bytes."""
        n = len(self)
        if n < self._counts.size:
            self._data = _enlarged(self._data, 2 * self._data.size)
            return
        self._starts = _enlarged(self._starts, 2 * n + 1)
        self._counts = _enlarged(self._counts, 2 * n)
        slots = np.zeros(4 * n, np.int64)
        fill_slots(self._slots, slots)
        self._slots = slots


def _enlarged(array: NDArray[Any], size: int) -> NDArray[Any]:
    larger = np.empty(size, array.dtype)
    larger[: array.size] = array
    return larger
