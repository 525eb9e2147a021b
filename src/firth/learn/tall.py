"""Tall matrices in parts, on several threads: their Gram matrix, and their columns turned into others.

Sums over all rows are formed in float64, in the order of the rows, and so do not depend on the number of
threads. float32 runs on kernels of our own; float64, which is asked for rarely, on NumPy's BLAS.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ordered import ordered_map
from firth.kernels import dense as kernels
from firth.learn.matrices import row_width, zeros

__all__ = ["gram", "parts", "tall_zeros", "turn"]

_ROWS = 1 << 12  # rows that a thread takes at a time

Matrix = NDArray[Any]


def tall_zeros(rows: int, columns: int, dtype: np.dtype[Any]) -> Matrix:
    """A matrix of zeros, (rows, `columns` rounded up to a multiple of 16), its rows on whole cache lines."""
    wide = row_width(columns)
    return zeros(rows, wide) if dtype == np.float32 else np.zeros((rows, wide), dtype)


def parts(rows: int) -> Iterator[slice]:
    """Runs of rows that a thread takes at a time."""
    return (slice(start, min(start + _ROWS, rows)) for start in range(0, rows, _ROWS))


def gram(q: Matrix, *, threads: int) -> NDArray[np.float64]:
    """qᵀq, float64 (d, d), of q (n, d), float32 or float64, d a multiple of 16."""
    d = q.shape[1]
    own = threading.local()

    def part_of(part: slice) -> NDArray[np.float64]:
        if q.dtype == np.float64:
            return q[part].T @ q[part]
        if not hasattr(own, "scratch"):
            own.scratch = zeros(1, d * (kernels.GRAM_ROWS + d))[0]
        found = np.zeros((d, d))
        kernels.add_gram(q, part.start, part.stop, own.scratch, found)
        return found

    total = np.zeros((d, d))
    for found in ordered_map(part_of, parts(len(q)), threads=threads):
        total += found
    return np.triu(total) + np.triu(total, 1).T


def turn(q: Matrix, matrix: NDArray[np.float64], *, threads: int) -> None:
    """q ← q T in place, for q (n, d) and T (d, k <= d); the columns from k on become zeros."""
    d = q.shape[1]
    square = np.zeros((d, d), q.dtype)
    square[:, : matrix.shape[1]] = matrix
    own = threading.local()

    def turned(part: slice) -> None:
        if q.dtype == np.float64:
            q[part] = q[part] @ square
            return
        if not hasattr(own, "scratch"):
            own.scratch = zeros(1, d * (d + 2 * kernels.TURN_ROWS))[0]
            own.scratch[: square.size] = square.reshape(-1)
        kernels.turn(q, part.start, part.stop, own.scratch)

    for _ in ordered_map(turned, parts(len(q)), threads=threads):
        pass
