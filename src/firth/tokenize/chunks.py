"""`ChunkTable`: each different chunk of text is encoded once, and lines become ids without Python objects."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from firth.data.table import TokenTable
from firth.kernels.chunks import count_chunks, expand, expanded_size
from firth.kernels.hashing import KEY
from firth.kernels.text import PADDING

__all__ = ["ChunkTable", "line_bytes"]

_NEWLINE = 10
_CHUNKS, _BYTES = 1 << 20, 1 << 26  # a table that holds more is left for a new one: text has no end

Encode = Callable[[list[str]], tuple[NDArray[np.int32], NDArray[np.int64]]]


class ChunkTable(TokenTable):
    """The chunks met so far, and the ids of the tokens that each is made of. For one thread at a time.

    Args:
        encode: takes chunks; gives the ids of their tokens, int32, flat, and int64, how many each has.
    """

    def __init__(self, encode: Encode) -> None:
        super().__init__()
        self._encode = encode
        self._starts: NDArray[np.int64] = np.zeros(1, np.int64)
        self._pieces: NDArray[np.int32] = np.empty(0, np.int32)

    @property
    def is_full(self) -> bool:
        """Whether the table holds so much that one may forget it."""
        return len(self) > _CHUNKS or self._data.size > _BYTES

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of the tokens of all lines, int32, flat, and how many each line has, int64, (lines,).

        Raises:
            UnicodeEncodeError: a line holds a lone surrogate.
        """
        rows = self._rows_of(lines)
        self._learn()
        ids = np.empty(expanded_size(rows, self._starts), np.int32)
        lengths = np.empty(len(lines), np.int64)
        expand(rows, self._starts, self._pieces, ids, lengths)
        return ids, lengths

    def _rows_of(self, lines: list[str]) -> NDArray[np.int32]:
        """The rows of the chunks of all lines, LINE_END after each line."""
        text, starts, stops = line_bytes(lines)
        rows = np.empty(text.size + len(lines), np.int32)
        line, position, written = 0, 0, 0
        while True:
            line, position, written = count_chunks(
                text, starts, stops, line, position, written, KEY,
                self._slots, self._rows, self._data, self._used, rows,
            )  # fmt: skip
            if line == len(lines):
                return rows[:written]
            self._grow()

    def _learn(self) -> None:
        """Encode the chunks that are new since the last time."""
        known, n = self._starts.size - 1, len(self)
        if known == n:
            return
        ends = self._rows[known : n + 1, 0]
        data = self._data[ends[0] : ends[-1]].tobytes()
        places = (ends - ends[0]).tolist()
        pieces, lengths = self._encode([data[a:b].decode() for a, b in itertools.pairwise(places)])
        self._pieces = np.concatenate([self._pieces, pieces])
        self._starts = np.concatenate([self._starts, self._starts[-1] + np.cumsum(lengths)])


def line_bytes(lines: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Lines as UTF-8 with PADDING behind, and where each starts and stops, int64, (n,).

    Raises:
        UnicodeEncodeError: a line holds a lone surrogate.
    """
    joined = "\n".join(lines).encode()
    size = len(joined)
    text = np.frombuffer(joined + b" " * (PADDING + -size % 8), np.uint8)
    if joined.count(b"\n") == len(lines) - 1:
        ends = np.append(np.flatnonzero(text[:size] == _NEWLINE), size)
    else:  # a line that holds newlines itself, which need not be one of a file
        sizes = np.fromiter((len(line.encode()) for line in lines), np.int64, len(lines))
        ends = np.cumsum(sizes + 1) - 1
    return text, np.append(0, ends[:-1] + 1), ends
