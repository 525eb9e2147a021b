"""The rows that an index keeps beside its structure, to score candidates exactly or nearly so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Codec
from firth.kernels.rerank import best_of
from firth.neighbours import METRICS
from firth.parallel import each_shard

__all__ = ["Coded", "Kept", "Whole", "best_decoded"]

Floats = NDArray[np.float32]
_FEW = 16  # queries that one thread scores
_DECODED = 1 << 20  # numbers of candidates that are decoded at a time: 4 MB


class Kept(ABC):
    """Numbered rows in some form."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def take(self, rows: NDArray[np.int64]) -> Floats:
        """The rows of these numbers, float32, (m, d)."""

    @abstractmethod
    def encoded(self, rows: Floats) -> NDArray[Any]:
        """More rows in this form, for `append`. Raises DataError where the form cannot hold them."""

    @abstractmethod
    def append(self, encoded: NDArray[Any]) -> None:
        """Take in more rows, `encoded` before."""

    @abstractmethod
    def memory(self) -> tuple[int, int]:
        """Bytes in memory, and bytes that stay in a file and are read where they are needed."""

    def best(
        self, queries: Floats, candidates: NDArray[np.int64], *, metric: str, k: int, threads: int
    ) -> tuple[NDArray[np.int64], Floats]:
        """The best k of the candidates (m, c) of each query, (m, k), in order."""
        rows, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        if len(queries) == 1 or threads == 1:
            self._best(queries, candidates, METRICS[metric], rows, scores)
            return rows, scores

        def work(part: slice) -> None:
            self._best(queries[part], candidates[part], METRICS[metric], rows[part], scores[part])

        each_shard(work, len(queries), threads=threads, least=_FEW)
        return rows, scores

    @abstractmethod
    def _best(
        self,
        queries: Floats,
        candidates: NDArray[np.int64],
        metric: int,
        rows: NDArray[np.int64],
        scores: Floats,
    ) -> None: ...


class Whole(Kept):
    """Rows as they are, in memory or in a mapped file."""

    def __init__(self, matrix: Floats):
        self._room = matrix
        self._n = len(matrix)

    def __len__(self) -> int:
        return self._n

    @property
    def matrix(self) -> Floats:
        """The rows (n, d), a view."""
        return self._room[: self._n]

    def take(self, rows: NDArray[np.int64]) -> Floats:
        return self._room[rows]

    def encoded(self, rows: Floats) -> Floats:
        return rows

    def append(self, encoded: Floats) -> None:
        rows = encoded
        n = self._n + len(rows)
        if n > len(self._room) or not self._room.flags.writeable or _is_mapped(self._room):
            room = np.empty((max(n, len(self._room) * 5 // 4), rows.shape[1]), np.float32)
            room[: self._n] = self.matrix
            self._room = room
        self._room[self._n : n] = rows
        self._n = n

    def memory(self) -> tuple[int, int]:
        size = int(self._room.nbytes)
        return (0, size) if _is_mapped(self._room) else (size, 0)

    def _best(
        self, queries: Floats, candidates: Any, metric: int, rows: NDArray[np.int64], scores: Floats
    ) -> None:
        best_of(queries, self._room, candidates, metric, rows, scores)


class Coded(Kept):
    """Rows as the codes of a codec."""

    def __init__(self, codec: Codec, data: NDArray[np.uint8]):
        self.codec = codec
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def take(self, rows: NDArray[np.int64]) -> Floats:
        return self.codec.decode_rows(np.ascontiguousarray(self.data[rows]))

    def encoded(self, rows: Floats) -> NDArray[np.uint8]:
        return self.codec.encode_rows(rows)

    def append(self, encoded: NDArray[np.uint8]) -> None:
        self.data = np.concatenate([self.data, encoded])

    def memory(self) -> tuple[int, int]:
        size = int(self.data.nbytes)
        parts = sum(part.nbytes for part in self.codec.parts().values())
        return (parts, size) if _is_mapped(self.data) else (size + parts, 0)

    def _best(
        self, queries: Floats, candidates: Any, metric: int, rows: NDArray[np.int64], scores: Floats
    ) -> None:
        best_decoded(self.take, queries, candidates, metric, rows, scores)


def best_decoded(
    take: Callable[[NDArray[np.int64]], Floats],
    queries: Floats,
    candidates: NDArray[np.int64],
    metric: int,
    rows: NDArray[np.int64],
    scores: Floats,
) -> None:
    """As `kernels.rerank.best_of`, with rows that are decoded for it: those of several queries at once, each
    once however many queries it is a candidate of.

    Args:
        take: the rows of some numbers, float32, (r, d).
        queries, candidates, metric, rows, scores: as in `best_of`.
    """
    step = max(1, _DECODED // max(1, candidates.shape[1] * queries.shape[1]))
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        some, places = np.unique(candidates[part], return_inverse=True)
        none = int(some.size > 0 and some[0] < 0)  # -1 stays -1
        some, places = some[none:], places.reshape(candidates[part].shape) - none
        best_of(queries[part], take(some), places, metric, rows[part], scores[part])
        there = rows[part] >= 0
        rows[part][there] = some[rows[part][there]]


def _is_mapped(array: NDArray[Any]) -> bool:
    """Whether an array is a view of a file that is mapped into memory."""
    import mmap

    base: Any = array
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap):
            return True
        base = base.base
    return isinstance(base, (mmap.mmap, memoryview)) and isinstance(getattr(base, "obj", base), mmap.mmap)
