"""`TokenTable`: the tokens met so far and their counts, growing as text is counted into it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.kernels.hashing import KEY
from firth.kernels.signs import part_signs
from firth.kernels.text import PADDING, add_strings, count_text, fill_slots, translate

__all__ = ["TokenTable"]

_CAPACITY = (
    1 << 14
)  # a table starts with room for so many tokens of eight bytes, 0.8 MB, and doubles from there


class TokenTable:
    """A growing table of byte strings with a count each; see `firth.kernels.text` for the arrays.

    Rows keep their numbers for good. Not for use by two threads at once.
    """

    def __init__(self) -> None:
        self._slots: NDArray[np.int64] = np.zeros(2 * _CAPACITY, np.int64)
        self._rows: NDArray[np.int64] = np.zeros((_CAPACITY + 1, 3), np.int64)
        self._data: NDArray[np.uint8] = np.empty(8 * _CAPACITY, np.uint8)
        self._used: NDArray[np.int64] = np.zeros(1, np.int64)
        self._text: NDArray[np.uint8] = np.empty(PADDING, np.uint8)
        self._ids: NDArray[np.int32] = np.empty(0, np.int32)

    def __len__(self) -> int:
        return int(self._used[0])

    @property
    def strings(self) -> Strings:
        """The tokens at this moment. Their bytes are a view, which later additions leave as it is."""
        offsets = self._rows[: len(self) + 1, 0].copy()
        return Strings(self._data[: offsets[-1]], offsets)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each token was met at this moment, int64, a copy."""
        return self._rows[: len(self), 2].copy()

    def count(
        self,
        text: NDArray[np.uint8],
        code: NDArray[np.uint8] | None = None,
        *,
        kind: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.int32]:
        """Count the tokens between the white space of `text` (uint8).

        Args:
            code: uint8, (256,): what each byte of the text is taken for; None for itself.
            kind: uint8, (256,): which signs are parted from words (see `firth.kernels.signs`), where there is
                a code; None for none.

        Returns:
            int32, the rows of the tokens in order, with `LINE_END` for each newline. A view of a buffer
            that the next call overwrites.
        """
        size = text.size
        room = size if kind is None else 2 * size  # a space may be put beside each sign
        if self._ids.size < room:
            self._ids = np.empty(room, np.int32)
            self._text = np.empty((room + PADDING) // 8 * 8, np.uint8)
        if code is None:
            self._text[:size] = text
        elif kind is None:
            translate(text, code, self._text)
        else:
            size = part_signs(text, code, kind, self._text)
        self._text[size : size + PADDING] = ord(" ")
        position, written = 0, 0
        while True:
            position, written = count_text(
                self._text, size, position, written, KEY,
                self._slots, self._rows, self._data, self._used, self._ids,
            )  # fmt: skip
            if position == size:
                return self._ids[:written]
            self._grow()

    def add(self, strings: Strings, counts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Add each string as often as its count (int64) says; returns their rows, int32."""
        ids = np.empty(len(strings), np.int32)
        position = 0
        while True:
            position = add_strings(
                strings.data, strings.offsets, counts, position, KEY,
                self._slots, self._rows, self._data, self._used, ids,
            )  # fmt: skip
            if position == len(strings):
                return ids
            self._grow()

    def _grow(self) -> None:
        """Double what is full: the rows and their slots, or else the bytes."""
        n = len(self)
        if n < len(self._rows) - 1:
            data = np.empty(2 * self._data.size, np.uint8)
            data[: self._data.size] = self._data
            self._data = data
            return
        rows = np.zeros((2 * n + 1, 3), np.int64)
        rows[: n + 1] = self._rows
        slots = np.zeros(4 * n, np.int64)
        fill_slots(self._slots, slots)
        self._rows, self._slots = rows, slots
