"""The forms in which `Exact` keeps its rows: float32, or half floats; `byteform` has bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.index.keep import Whole, best_decoded
from firth.index.readonly import read_only
from firth.kernels import halves, scan
from firth.kernels.keys import weigh
from firth.kernels.rerank import best_of, unit_queries
from firth.kernels.scan import LANES, PANEL
from firth.neighbours import METRICS

__all__ = ["EVERYONE", "Floats", "Form", "Halves", "Rows", "Singles", "Summed"]

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]

EVERYONE = read_only(np.empty(0, np.bool_))
FEW = 3  # queries that are looked for one after the other; a panel holds more in about the same time
LARGEST = float(np.finfo(np.float16).max)
EXPONENT = np.uint16(0x7C00)  # all of these bits are set where a half float is not finite
SAMPLE = 1024  # rows whose mean is the centre
_BLOCK = 1 << 20  # numbers that are converted at a time


class Form(ABC):
    """Numbered rows, and how a range of them is taken into the heaps of queries.

    The queries of `keep` come as `shaped` makes them.
    """

    def __init__(self, metric: str, dim: int):
        self.metric = metric
        self.dim = dim
        self.tally: dict[str, int] = {}

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def append(self, rows: Floats) -> None:
        """Take in more rows."""

    @abstractmethod
    def take(self, numbers: Rows) -> Floats:
        """The rows of these numbers, as they are kept, (m, d)."""

    @abstractmethod
    def at(self, numbers: Rows) -> Form:
        """The rows of these numbers alone, copied."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What a file has to keep."""

    def shaped(self, queries: Floats) -> Floats:
        """Queries as the keys take them."""
        if self.metric != "cosine":
            return queries
        unit = np.empty_like(queries)
        unit_queries(queries, unit)
        return read_only(unit)

    @abstractmethod
    def ready(self) -> None:
        """Compute what several threads would else compute at once."""

    @abstractmethod
    def nbytes(self) -> int:
        """Bytes of the rows and what belongs to each of them."""

    @property
    @abstractmethod
    def longest(self) -> float:
        """The greatest length of a row, or a little more."""

    def keep(
        self,
        queries: Floats,
        allowed: NDArray[np.bool_],
        span: tuple[int, int],
        keys: Floats,
        rows: Rows,
    ) -> None:
        """Take the rows of a span into the heaps of queries.

        Args:
            queries: float32, (m, d).
            allowed: bool, (n,), or (0,) where all rows may be answers.
            span: first row, and the one after the last.
            keys, rows: float32 and int64, (m, c): see `kernels.scan.keep_of_one`.
        """
        if len(queries) <= FEW and self._long_enough():
            for i in range(len(queries)):
                self._keep_of_one(queries[i], allowed, span, keys[i], rows[i])
        else:
            self._keep_of_many(queries, allowed, span, keys, rows)

    @abstractmethod
    def _long_enough(self) -> bool:
        """Whether a row fills a vector register, which looking for one query takes."""

    @abstractmethod
    def _keep_of_one(self, query: Floats, *where: Any) -> None: ...

    @abstractmethod
    def _keep_of_many(self, queries: Floats, *where: Any) -> None: ...

    def best(self, queries: Floats, candidates: Rows, rows: Rows, scores: Floats) -> None:
        """Write the best of the candidates (m, c) to rows and scores (m, k), scored in float64 with the rows
        as they are kept."""
        best_decoded(self.take, queries, candidates, METRICS[self.metric], rows, scores)


class Summed(Form):
    """Rows whose products are sums of float32, and a weight each, once it is needed.

    A key is then as far from the truth as the rounding of such a sum, and no further. For the euclidean
    distance keys are reckoned from a `centre`, the mean of some rows, float32, (d,).
    """

    kernels: ClassVar[Any]
    """The module that holds `keep_of_one` and `keep_of_panels` for rows of this form."""

    def __init__(self, metric: str, dim: int):
        super().__init__(metric, dim)
        self._weights = np.empty(0, np.float32)
        self._weighed = 0
        self._longest = self._farthest = 0.0
        self.centre: Floats = np.zeros(dim, np.float32)

    @property
    @abstractmethod
    def data(self) -> NDArray[Any]:
        """The rows as the kernels take them, (n, d)."""

    @abstractmethod
    def blocks(self, first: int = 0) -> Iterator[tuple[slice, Floats]]:
        """The rows from `first` on as float32, in blocks: which they are, and the rows."""

    @property
    def weights(self) -> Floats:
        """What `kernels.scan.weigh` says of each row, (n,)."""
        self.ready()
        return self._weights

    @property
    def longest(self) -> float:
        self.ready()
        return self._longest

    @property
    def farthest(self) -> float:
        """The greatest distance of a row from the centre."""
        self.ready()
        return self._farthest

    def ready(self) -> None:
        """Weigh the rows that are new. Not before a search needs it, since it reads every row."""
        n = len(self)
        if self._weighed < n:
            if not self._weighed and self.metric == "euclidean":
                some = np.linspace(0, n - 1, min(n, SAMPLE)).astype(np.int64)
                self.centre = self.take(some).mean(axis=0, dtype=np.float64).astype(np.float32)
            weights = np.empty(n, np.float32)
            weights[: self._weighed] = self._weights
            for part, rows in self.blocks(self._weighed):
                longest, farthest = weigh(rows, METRICS[self.metric], self.centre, weights[part])
                self._longest, self._farthest = max(self._longest, longest), max(self._farthest, farthest)
            self._weights, self._weighed = weights, n

    def shaped(self, queries: Floats) -> Floats:
        if self.metric != "euclidean":
            return super().shaped(queries)
        self.ready()
        return read_only((queries.astype(np.float64) - self.centre).astype(np.float32))

    def _long_enough(self) -> bool:
        return bool(self.dim >= LANES)

    def _keep_of_one(self, query: Floats, *where: Any) -> None:
        allowed, (first, last), keys, rows = where
        laid = np.empty(-(-self.dim // LANES) * LANES, np.float32)
        scan.lay_one(query, laid)
        given = self.data, self.weights, METRICS[self.metric], laid, allowed
        self.kernels.keep_of_one(*given, first, last, keys, rows)

    def _keep_of_many(self, queries: Floats, *where: Any) -> None:
        allowed, (first, last), keys, rows = where
        panels = np.empty(-(-len(queries) // PANEL) * PANEL * self.dim, np.float32)
        scan.lay_panels(queries, panels)
        given = self.data, self.weights, METRICS[self.metric], panels, allowed
        self.kernels.keep_of_panels(*given, first, last, keys, rows)


class Singles(Summed):
    """float32 rows as they came, in memory or in a mapped file."""

    kernels: ClassVar[Any] = scan

    def __init__(self, matrix: Floats, metric: str):
        super().__init__(metric, matrix.shape[1])
        self._rows = Whole(matrix)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def data(self) -> Floats:
        return read_only(self._rows.matrix)

    def blocks(self, first: int = 0) -> Iterator[tuple[slice, Floats]]:
        yield slice(first, len(self)), self.data[first:]

    def append(self, rows: Floats) -> None:
        self._rows.append(rows)

    def take(self, numbers: Rows) -> Floats:
        return self._rows.take(numbers)

    def at(self, numbers: Rows) -> Singles:
        return Singles(self.take(numbers), self.metric)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"rows": self.data}

    def nbytes(self) -> int:
        return int(
            self._weights.nbytes
        )  # the rows themselves are counted where it is known if they are mapped

    def best(self, queries: Floats, candidates: Rows, rows: Rows, scores: Floats) -> None:
        best_of(queries, self.data, candidates, METRICS[self.metric], rows, scores)


class Halves(Summed):
    """Rows as half floats: three digits in half the memory. With the cosine they are kept at length 1, so
    that none is too long or too short for a half float; with the others `tally` counts the numbers that were
    clipped to the largest half float, and those that became 0."""

    kernels: ClassVar[Any] = halves

    def __init__(self, bits: NDArray[np.uint16], metric: str):
        super().__init__(metric, bits.shape[1])
        self._bits = read_only(bits)
        self.tally = {"clipped": 0, "vanished": 0}

    @classmethod
    def of(cls, rows: Floats, metric: str) -> Halves:
        """The half floats of rows."""
        form = cls(np.empty((0, rows.shape[1]), np.uint16), metric)
        form.append(rows)
        return form

    @staticmethod
    def are_finite(bits: NDArray[np.uint16]) -> bool:
        """Whether none of some half floats (n, d) is infinite or NaN, which no row has."""
        step = max(1, _BLOCK // max(1, bits.shape[1]))
        blocks = (bits[start : start + step] for start in range(0, len(bits), step))
        return not any(((block & EXPONENT) == EXPONENT).any() for block in blocks)

    def __len__(self) -> int:
        return len(self._bits)

    @property
    def data(self) -> NDArray[np.uint16]:
        return self._bits

    def blocks(self, first: int = 0) -> Iterator[tuple[slice, Floats]]:
        step = max(1, _BLOCK // max(1, self.dim))
        for start in range(first, len(self), step):
            part = slice(start, min(len(self), start + step))
            yield part, _widened(self._bits[part])

    def append(self, rows: Floats) -> None:
        n = len(self._bits)
        bits = np.empty((n + len(rows), self.dim), np.uint16)
        bits[:n] = self._bits
        step = max(1, _BLOCK // max(1, self.dim))
        for start in range(0, len(rows), step):
            block = rows[start : start + step]
            if self.metric == "cosine":
                block, given = np.empty_like(block), block
                unit_queries(read_only(given), block)
            clipped = np.clip(block, -LARGEST, LARGEST)
            half = clipped.astype(np.float16)
            self.tally["clipped"] += int(np.count_nonzero(clipped != block))
            self.tally["vanished"] += int(np.count_nonzero((half == 0) & (block != 0)))
            bits[n + start : n + start + step] = half.view(np.uint16)
        self._bits = read_only(bits)

    def take(self, numbers: Rows) -> Floats:
        return _widened(self._bits[numbers])

    def at(self, numbers: Rows) -> Halves:
        return Halves(self._bits[numbers], self.metric)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"halves": self._bits}

    def nbytes(self) -> int:
        return int(self._bits.nbytes + self._weights.nbytes)


def _widened(bits: NDArray[np.uint16]) -> Floats:
    wide = np.empty(bits.shape, np.float32)
    halves.widen(read_only(bits), wide)
    return wide
