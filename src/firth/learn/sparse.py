"""`Rows`: a sparse matrix that multiplies dense ones on several threads, from either side."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ordered import ordered_map
from firth.errors import DataError
from firth.kernels.sparse import add_product, add_transposed_product

__all__ = ["Rows"]

_ENTRIES = 1 << 16  # entries of the sparse matrix that a thread takes at a time
_SLICE = 32  # columns that a thread takes at least: two cache lines of float32

Matrix = NDArray[Any]


class Rows:
    """A sparse matrix by rows, to be multiplied on several threads.

    Attributes:
        starts, columns, values: int64, int32 or int64, float32 or float64; the parts of a CSR matrix.
        shape: (m, n).
    """

    def __init__(self, starts: Matrix, columns: Matrix, values: Matrix, shape: tuple[int, int], threads: int):
        self.starts, self.columns, self.values = starts, columns, values
        self.shape, self._threads = shape, threads

    @classmethod
    def of(cls, matrix: Any, *, threads: int) -> Rows:
        """The rows of a SciPy sparse matrix, which shares its arrays if each entry stands in them once.

        Raises:
            DataError: it is none, or holds other numbers than finite floats.
        """
        from scipy.sparse import csr_array, issparse

        is_sparse: bool = issparse(matrix)
        if not is_sparse or matrix.ndim != 2:
            raise DataError(
                f"svd takes a SciPy sparse matrix, not {type(matrix).__name__}: csr_array(matrix)"
            )
        matrix = csr_array(matrix)
        if matrix.dtype not in (np.float32, np.float64):
            raise DataError(
                f"the matrix is {matrix.dtype}, not float32 or float64: matrix.astype(np.float32)"
            )
        for start in range(0, matrix.nnz, 1 << 22):
            if not np.isfinite(matrix.data[start : start + (1 << 22)]).all():
                raise DataError("the matrix holds a number that is infinite or NaN")
        if not matrix.has_canonical_format:
            matrix = matrix.copy()  # the caller's own stays as it was
            matrix.sum_duplicates()
        starts = np.asarray(matrix.indptr, np.int64)
        return cls(starts, matrix.indices, matrix.data, matrix.shape, threads)

    def energy(self) -> float:
        """The sum of the squares of all entries."""
        values = self.values
        parts = (values[start : start + (1 << 20)] for start in range(0, values.size, 1 << 20))
        return sum(float(np.square(part, dtype=np.float64).sum()) for part in parts)

    def add_product(self, x: Matrix, y: Matrix) -> None:
        """y += A x, for x (n, d) and y (m, d) of the type of the matrix, C-contiguous."""

        def work(part: tuple[int, int]) -> None:
            add_product(self.starts, self.columns, self.values, x, y, *part)

        _do(work, self._parts(), self._threads)

    def add_transposed_product(self, y: Matrix, z: Matrix) -> None:
        """z += Aᵀ y, for y (m, d) and z (n, d) of the type of the matrix, C-contiguous."""

        def work(part: tuple[int, int]) -> None:
            add_transposed_product(self.starts, self.columns, self.values, y, z, *part)

        _do(work, _slices(y.shape[1], self._threads), self._threads)

    def _parts(self) -> Iterator[tuple[int, int]]:
        """Runs of rows with about as many entries each; (first, the one after the last)."""
        first, last = 0, self.shape[0]
        while first < last:
            stop = int(np.searchsorted(self.starts, self.starts[first] + _ENTRIES, side="right")) - 1
            stop = min(max(stop, first + 1), last)
            yield first, stop
            first = stop


def _slices(width: int, threads: int) -> Iterator[tuple[int, int]]:
    """Columns shared out among threads, in whole slices."""
    pieces = max(1, min(threads, width // _SLICE))
    ends = [*(round(width * i / pieces / 16) * 16 for i in range(pieces)), width]
    return itertools.pairwise(ends)


def _do(work: Any, items: Iterable[Any], threads: int) -> None:
    for _ in ordered_map(work, items, threads=threads):
        pass
