"""What the engines that are built on FAISS have in common: search, growth, files."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.extras import require
from firth.index.engine import Engine, Found, Settings
from firth.index.faissblob import Wanted, from_blob, to_blob
from firth.parallel import faiss_threads
from firth.run import Run

__all__ = ["FaissEngine", "check_half", "coarse_centroids", "fit_to", "metric_code"]

Floats = NDArray[np.float32]
BLOCK = 1 << 16  # rows that are given to FAISS at a time, which bounds its scratch memory
SAMPLE = 64
"""So many rows for each centroid are looked at in training: the time of building is mostly this."""
ITERATIONS = 10


class FaissEngine(Engine):
    """Rows inside an index of FAISS, numbered as they came.

    Attributes:
        inner: the index of FAISS.
        width: how many numbers a row has inside: `dim`, or more where zeros or a coordinate are added.
    """

    kinds: ClassVar[tuple[str, ...]]
    """The classes of FAISS that such an engine may be made of, for files."""

    def __init__(self, inner: Any, metric: str, dim: int, *, threads: int = 1):
        self.inner = inner
        self.metric = metric
        self.dim = dim
        self.width = int(inner.d)
        self._faiss = require("faiss", extra="index")
        self._by_distance = inner.metric_type == self._faiss.METRIC_L2
        self._threads = threads  # of `add`
        self._remembered: tuple[Any, Any] = (None, None)
        self._masked: tuple[Any, Any, Any] = (None, None, None)
        holder = self._faiss.downcast_index(inner.storage) if hasattr(inner, "storage") else inner
        self._half = hasattr(holder, "sq") and holder.sq.qtype == self._faiss.ScalarQuantizer.QT_fp16

    def __len__(self) -> int:
        return int(self.inner.ntotal)

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        if not len(self):
            return np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -np.inf, np.float32)
        fitted = self._fitted_queries(queries)
        if allowed is None:
            parameters = self._plain_parameters(settings)
            scores, rows = self._with_threads(threads, fitted, k, parameters)
        else:
            chosen, _bits = self._selector(allowed)  # it points into the bits, which live until the return
            scores, rows = self._with_threads(threads, fitted, k, self._parameters(settings, chosen))
        return rows, self._scores(queries, rows, scores)

    def _with_threads(self, threads: int, queries: Floats, k: int, parameters: Any) -> Any:
        """Search; the number of FAISS's threads is changed, and set back, only where it is another."""
        faiss = self._faiss
        before = faiss.omp_get_max_threads()
        if before == threads:
            return self.inner.search(queries, k, params=parameters)
        faiss.omp_set_num_threads(threads)
        try:
            return self.inner.search(queries, k, params=parameters)
        finally:
            faiss.omp_set_num_threads(before)

    def _selector(self, allowed: NDArray[np.bool_]) -> tuple[Any, Any]:
        """FAISS's selector of the allowed rows and the bits it points into, made anew only for another array:
        a filter serves many searches, and nobody writes into it."""
        known, bits, chosen = self._masked
        if known is not allowed:
            bits = np.packbits(allowed, bitorder="little")
            chosen = self._faiss.IDSelectorBitmap(bits)
            self._masked = (allowed, bits, chosen)
        return chosen, bits

    def _plain_parameters(self, settings: Settings) -> Any:
        """Parameters without a filter, made anew only where the settings are others: that takes 3 µs."""
        key = tuple(settings.items())
        known, parameters = self._remembered
        if known != key:
            parameters = self._parameters(settings, None)
            self._remembered = (key, parameters)
        return parameters

    @abstractmethod
    def _parameters(self, settings: Settings, chosen: Any) -> Any:
        """What FAISS is told for a search; `chosen` is a selector of rows, or None."""

    def _fitted(self, rows: Floats) -> Floats:
        """Rows as the index of FAISS takes them."""
        return fit_to(rows, self.width)

    def _fitted_queries(self, queries: Floats) -> Floats:
        return fit_to(queries, self.width)

    def _scores(self, queries: Floats, rows: NDArray[np.int64], scores: Floats) -> Floats:
        """Higher is nearer: FAISS gives squared distances, or products as they are."""
        if not self._by_distance:
            return scores
        np.maximum(scores, 0, out=scores)
        if self.metric == "cosine":  # rows have the length 1, queries too or they are zeros
            lengths = np.einsum("ij,ij->i", queries, queries)
            scores = (1 + lengths[:, None] - scores) / 2
        else:
            np.negative(np.sqrt(scores, out=scores), out=scores)
        scores[rows < 0] = -np.inf
        return scores

    def train(self, rows: Floats) -> None:
        """Let FAISS learn the ranges or centroids of its codes from rows; the lists it has already."""
        with faiss_threads(self._threads):
            self.inner.train(self._fitted(rows))

    def add(self, rows: Floats) -> None:
        if self._half:
            check_half(rows)
        with faiss_threads(self._threads):
            for start in range(0, len(rows), BLOCK):
                self.inner.add(self._fitted(rows[start : start + BLOCK]))

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        return {"blob": to_blob(self.inner)}, {"dim": self.dim, "width": self.width, "rows": len(self)}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        blob = arrays.get("blob")
        numbers = {name: values.get(name) for name in ("dim", "width", "rows")}
        for name, value in numbers.items():
            if type(value) is not int or not 0 <= value < 2**40:
                raise DataError(f"{name!r} of the engine is a whole number, not {value!r:.80}")
        if blob is None or blob.dtype != np.uint8 or blob.ndim != 1:
            raise DataError("an index of FAISS is kept as the bytes 'blob'")
        wanted = Wanted(
            kinds=cls.kinds, dim=int(numbers["width"] or 0), rows=int(numbers["rows"] or 0), metric=None
        )
        engine = cls._opened(from_blob(blob, wanted), recipe, metric, int(numbers["dim"] or 0), values)
        engine._threads = Run().worker_count
        return engine

    @classmethod
    def _opened(cls, inner: Any, recipe: Any, metric: str, dim: int, values: Mapping[str, Any]) -> Self:
        """The engine around an index of FAISS whose inside was checked."""
        engine = cls(inner, metric, dim)
        # Rows at length 1 are in the same order by products and by distances.
        fits = metric == "cosine" or engine._by_distance == (metric == "euclidean")
        if not 1 <= dim <= engine.width or not fits:
            raise DataError(f"an index of width {engine.width} does not fit dim {dim} and {metric}")
        return engine


def metric_code(metric: str) -> int:
    """FAISS's number of a metric; rows of length 1 have their cosines as products."""
    faiss = require("faiss", extra="index")
    return int(faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT)


def fit_to(rows: Floats, width: int) -> Floats:
    """Rows (n, width), with zeros where they have fewer numbers: neither products nor distances change."""
    if rows.shape[1] == width:
        return np.ascontiguousarray(rows)
    wide = np.zeros((len(rows), width), np.float32)
    wide[:, : rows.shape[1]] = rows
    return wide


def check_half(rows: Floats) -> None:
    """Raise DataError where a number is beyond float16, and would be infinitely far from everything."""
    most = float(np.abs(rows).max(initial=0.0))
    if most > float(np.finfo(np.float16).max):
        raise DataError(
            f"float16 holds numbers up to 65,504 and the rows have one of size {most:g}; take "
            "storage='int8' or 'float32'"
        )


def coarse_centroids(rows: Floats, size: int, *, metric: str, run: Run) -> Floats:
    """The centroids (size, d) of inverted lists, by k-means over an evenly drawn sample.

    For products they are found among directions: the list of a row is then that of the largest product, for
    rows of length 1 the nearest centroid.
    """
    from firth.kmeans import cluster

    n = SAMPLE * size
    if len(rows) > n:
        drawn = np.random.default_rng(run.seed).choice(len(rows), n, replace=False)
        rows = np.ascontiguousarray(rows[np.sort(drawn)])
    return cluster(
        rows,
        size,
        iterations=ITERATIONS,
        spherical=metric == "cosine",
        seed=run.seed,
        threads=run.worker_count,
    ).centroids
