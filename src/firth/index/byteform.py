"""Rows of `Exact` kept as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.index.forms import Floats, Form, Rows
from firth.index.readonly import read_only
from firth.kernels import int8
from firth.neighbours import METRICS

__all__ = ["Bytes"]


class Bytes(Form):
    """Rows as bytes with a scale each, and half a byte for what the byte leaves, which only the candidates
    are scored with."""

    def __init__(self, codes: Any, finer: Any, scales: Any, *, metric: str, dim: int):
        super().__init__(metric, dim)
        self._codes, self._finer, self._scales = (read_only(part) for part in (codes, finer, scales))
        self._weights = np.empty(0, np.float32)
        self._longest = 0.0
        self._weigh(0)

    @classmethod
    def of(cls, rows: Floats, metric: str) -> Bytes:
        """The bytes of rows."""
        return cls(*_bytes_of(rows), metric=metric, dim=rows.shape[1])

    @classmethod
    def checked(cls, arrays: Mapping[str, NDArray[Any]], *, metric: str, dim: int) -> Bytes:
        """The bytes of a file. Raises DataError where their shapes or types do not fit."""
        n = len(arrays["scales"]) if "scales" in arrays else 0
        for name, kind, shape in (
            ("codes", np.uint8, (n, _width(dim))),
            ("finer", np.uint8, (n, (dim + 1) // 2)),
            ("scales", np.float32, (n,)),
        ):
            array = arrays.get(name)
            if array is None or array.dtype != kind or array.shape != shape or not array.flags.c_contiguous:
                raise DataError(f"rows kept as bytes need {name} as {np.dtype(kind)} of shape {shape}")
        scales = arrays["scales"]
        if not np.isfinite(scales).all() or (n and scales.min() < 0):
            raise DataError("a scale of rows kept as bytes is negative or not a finite number")
        return cls(arrays["codes"], arrays["finer"], scales, metric=metric, dim=dim)

    def ready(self) -> None:
        """Nothing: the rows are weighed as they come."""

    @property
    def longest(self) -> float:
        return self._longest

    def _weigh(self, first: int) -> None:
        scale = float(self._scales[first:].max(initial=0.0))
        self._longest = max(self._longest, scale * 128 * self.dim**0.5)
        if self.metric != "dot":
            weights = np.empty(len(self), np.float32)
            weights[:first] = self._weights
            row = np.empty(self.dim, np.float32)
            metric = METRICS[self.metric]
            int8.weigh(self._codes, self._finer, self._scales, metric, first, weights, row)
            self._weights = weights

    def __len__(self) -> int:
        return len(self._codes)

    def append(self, rows: Floats) -> None:
        n = len(self)
        codes, finer, scales = _bytes_of(rows)
        self._codes = read_only(np.concatenate([self._codes, codes]))
        self._finer = read_only(np.concatenate([self._finer, finer]))
        self._scales = read_only(np.concatenate([self._scales, scales]))
        self._weigh(n)

    def take(self, numbers: Rows) -> Floats:
        rows = np.empty((len(numbers), self.dim), np.float32)
        int8.from_bytes(self._codes, self._finer, self._scales, numbers, rows)
        return rows

    def at(self, numbers: Rows) -> Bytes:
        some = self._codes[numbers], self._finer[numbers], self._scales[numbers]
        return Bytes(*some, metric=self.metric, dim=self.dim)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"codes": self._codes, "finer": self._finer, "scales": self._scales}

    def nbytes(self) -> int:
        return sum(int(array.nbytes) for array in (*self.arrays().values(), self._weights))

    def _long_enough(self) -> bool:
        return bool(self._codes.shape[1] >= int8.STEP)

    def _keep_of_one(self, query: Floats, *where: Any) -> None:
        allowed, (first, last), keys, rows = where
        signed, offsets, sizes = self._signed(query[None])
        laid = np.empty(-(-signed.shape[1] // int8.STEP) * int8.STEP, np.int8)
        int8.lay_one(signed[0], laid)
        given = self._codes, self._scales, self._weights, METRICS[self.metric], laid, offsets[0], sizes[0]
        int8.keep_of_one(*given, allowed, first, last, keys, rows)

    def _keep_of_many(self, queries: Floats, *where: Any) -> None:
        allowed, (first, last), keys, rows = where
        signed, offsets, sizes = self._signed(queries)
        panels = np.empty(-(-len(signed) // int8.PANEL) * int8.PANEL * signed.shape[1], np.int8)
        int8.lay_panels(signed, panels)
        given = self._codes, self._scales, self._weights, METRICS[self.metric], panels, offsets, sizes
        int8.keep_of_panels(*given, allowed, first, last, keys, rows)

    def _signed(self, queries: Floats) -> tuple[NDArray[np.int8], NDArray[np.int32], Floats]:
        m = len(queries)
        signed = np.empty((m, self._codes.shape[1]), np.int8)
        offsets, sizes = np.empty(m, np.int32), np.empty(m, np.float32)
        int8.bytes_of(queries, signed, offsets, sizes)
        return signed, offsets, sizes

    def best(self, queries: Floats, candidates: Rows, rows: Rows, scores: Floats) -> None:
        given = self._codes, self._finer, self._scales, candidates, METRICS[self.metric]
        int8.best_of_bytes(queries, *given, rows, scores)


def _width(dim: int) -> int:
    """Bytes of a row: a multiple of four, and some."""
    return max(4, -(-dim // 4) * 4)


def _bytes_of(rows: Floats) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Floats]:
    n, dim = rows.shape
    codes, finer = np.empty((n, _width(dim)), np.uint8), np.empty((n, (dim + 1) // 2), np.uint8)
    scales = np.empty(n, np.float32)
    int8.to_bytes(read_only(rows), codes, finer, scales)
    return codes, finer, scales
