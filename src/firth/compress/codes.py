"""`Codes`: vectors as a codec keeps them, in few bytes, searched without being decoded as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.compress.codec import Bytes, Codec, Floats
from firth.compress.given import numbers_of
from firth.data.ids import make_ids
from firth.errors import DataError
from firth.fingerprints import check_same_space
from firth.hits import Hits
from firth.kernels.topk import keep_best
from firth.options import check_metric, check_whole
from firth.vectors import Metric, Vectors

__all__ = ["Codes"]

_ROWS = 1 << 14  # codes that are scored at a time
_QUERIES = 64


class Codes:
    """Rows with ids, each in a few bytes. Immutable.

    Args:
        ids: n unique ids.
        data: uint8, (n, width), may be memory-mapped.
        codec: what made them and reads them.
        columns, metric, meta: those of the vectors.
        fingerprint: the space of the vectors; the codes stand for rows of it, so its queries search them.
        report: what happened in encoding: how many rows and numbers there were, how many were clipped.
    """

    __slots__ = ("codec", "columns", "data", "fingerprint", "ids", "meta", "metric", "report")

    def __init__(
        self,
        ids: Any,
        data: Bytes,
        *,
        codec: Codec,
        columns: Mapping[str, ArrayLike] | None = None,
        metric: Metric = "cosine",
        meta: Mapping[str, Any] | None = None,
        fingerprint: str,
        report: Mapping[str, Any] | None = None,
    ):
        self.ids = make_ids(ids)
        if data.dtype != np.uint8 or data.shape != (len(self.ids), codec.width):
            raise DataError(
                f"codes of {data.dtype} and shape {data.shape} do not fit {len(self.ids):,} ids and a codec "
                f"of {codec.width} bytes a row"
            )
        check_metric(metric)
        self.data = data
        self.codec = codec
        self.columns: Mapping[str, NDArray[Any]] = MappingProxyType(
            {name: np.asarray(column) for name, column in (columns or {}).items()}
        )
        self.metric: Metric = metric
        self.meta: Mapping[str, Any] = MappingProxyType(dict(meta or {}))
        self.fingerprint = fingerprint
        self.report: Mapping[str, Any] = MappingProxyType(dict(report or {}))

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Codes({len(self):,} ids, {self.codec.width} bytes each for dim {self.dim}, {self.metric})"

    @property
    def dim(self) -> int:
        """How many numbers a decoded row has."""
        return self.codec.dim

    @property
    def nbytes(self) -> int:
        """Bytes of the codes and of the parts of their codec, without the ids."""
        return int(self.data.nbytes) + sum(part.nbytes for part in self.codec.parts().values())

    @property
    def ratio(self) -> float:
        """How many times smaller this is than the float32 matrix."""
        return 4 * len(self) * self.dim / max(1, self.nbytes)

    def rows(self, numbers: NDArray[np.int64]) -> Floats:
        """The decoded rows (m, d) of these row numbers, int64, (m,).

        Raises:
            DataError: there is no such row.
        """
        numbers = numbers_of(numbers, what="the numbers")
        bad = (numbers < 0) | (numbers >= len(self))
        if numbers.ndim != 1 or (numbers.dtype.kind == "f" and numbers.size) or bad.any():
            wrong = numbers[bad][0] if bad.any() else f"{numbers.dtype} of shape {numbers.shape}"
            raise DataError(f"rows have the whole numbers 0 to {len(self) - 1:,}, not {wrong}")
        return self.codec.decode_rows(np.ascontiguousarray(self.data[numbers.astype(np.int64)]))

    def decode(self, ids: Iterable[Any] | None = None) -> Vectors:
        """Vectors again, as near to the originals as the codec can bring them.

        Args:
            ids: which; all if None.

        Returns:
            Vectors of the same space: they can be searched with its queries.

        Raises:
            UnknownIdError: an id is not here.
        """
        table, columns, data = self.ids, dict(self.columns), self.data
        if ids is not None:
            empty = Vectors(self.ids, np.empty((len(self), 0), np.float32))
            numbers = empty.rows(ids)
            table, data = self.ids.take(numbers), self.data[numbers]
            columns = {name: column[numbers] for name, column in columns.items()}
        return Vectors(
            table,
            self.codec.decode_rows(data),
            columns=columns,
            metric=self.metric,
            meta=self.meta,
            fingerprint=self.fingerprint,
        )

    def search(self, queries: Vectors | ArrayLike, k: int = 10) -> Hits:
        """The k nearest rows of each query by scores taken from the codes, every row looked at.

        Args:
            queries: vectors of the space, or rows (m, d) of it, or one row (d,).
            k: how many answers at most.

        Returns:
            Hits (m, min(k, n)), or (min(k, n),) for one row; equal scores in the order of rows.

        Raises:
            DataError: a query has another dim or a number that is not finite.
            SpaceMismatchError: the queries are of another space.
        """
        k = min(check_whole("k", k, 1, 2**31 - 1), len(self))
        if isinstance(queries, Vectors):
            check_same_space(self.fingerprint, queries, what="the queries")
            queries = queries.matrix
        given = numbers_of(queries, what="queries")
        if given.ndim not in (1, 2) or given.shape[-1] != self.dim:
            raise DataError(
                f"queries of {given.dtype} and shape {given.shape} do not fit codes of dim {self.dim}"
            )
        rows = np.ascontiguousarray(np.atleast_2d(given), np.float32)
        bad = ~np.isfinite(rows).all(axis=1)
        if bad.any():
            raise DataError(f"query {int(np.argmax(bad))} has a value that is not a finite number")
        found = np.full((len(rows), k), -1, np.int64)
        scores = np.full((len(rows), k), -np.inf, np.float32)
        for start in range(0, len(rows) if k else 0, _QUERIES):
            block = slice(start, start + _QUERIES)
            self._search(rows[block], found[block], scores[block], first=start)
        return Hits(found[0], scores[0], self.ids) if given.ndim == 1 else Hits(found, scores, self.ids)

    def _search(self, queries: Floats, rows: NDArray[np.int64], scores: Floats, *, first: int) -> None:
        scorer = self.codec.scorer(queries, self.metric)
        nobody = np.full((len(queries), 1), -1, np.int64)
        for start in range(0, len(self), _ROWS):
            block = np.ascontiguousarray(scorer(self.data[start : start + _ROWS]))
            if self.metric != "cosine":
                _check_range(block, self.metric, first)
            one, zero = np.ones(block.shape[1], np.float32), np.zeros(block.shape[1], np.float32)
            keep_best(block, one, zero, start, nobody, scores, rows)
        order = np.lexsort((np.where(rows < 0, np.iinfo(np.int64).max, rows), -scores))
        rows[:] = np.take_along_axis(rows, order, 1)
        scores[:] = np.take_along_axis(scores, order, 1)


def _check_range(scores: Floats, metric: str, first: int) -> None:
    """Raise DataError where scores (m, b) of the queries from `first` on are beyond float32."""
    if np.isfinite(scores.min()) and np.isfinite(scores.max()):
        return
    query = first + int(np.argmax(~np.isfinite(scores).all(axis=1)))
    raise DataError(
        f"query {query:,} has {metric} scores beyond float32, which ends at 3.4e+38: divide rows and queries "
        "by a power of ten, or compare by the cosine, which no length changes"
    )
