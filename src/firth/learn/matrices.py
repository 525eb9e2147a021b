"""Matrices as the kernels want them: rows a whole number of cache lines wide and aligned to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["narrow", "random_rows", "row_width", "zeros"]

_LINE = 16  # floats of a cache line, and of the widest vector register
_STEP = 1 << 12  # rows moved at a time


def row_width(dim: int) -> int:
    """How many floats a row of `dim` takes in training: `dim` rounded up to whole cache lines."""
    return -(-dim // _LINE) * _LINE


def zeros(rows: int, wide: int) -> NDArray[np.float32]:
    """A matrix of zeros, float32, (rows, wide), C-contiguous, its first byte at a multiple of 64."""
    memory = np.zeros(rows * wide + _LINE, np.float32)
    start = -memory.ctypes.data // 4 % _LINE
    return memory[start : start + rows * wide].reshape(rows, wide)


def random_rows(n: int, dim: int, seed: int) -> NDArray[np.float32]:
    """Rows to start from, as wide as the kernels want them: uniform in ±1 / (2 dim), as in word2vec."""
    random = np.random.default_rng((seed, 0x1217))
    matrix = zeros(n, row_width(dim))
    for start in range(0, n, _STEP):  # in parts: a temporary of the whole would be a third matrix
        part = matrix[start : start + _STEP, :dim]
        part[:] = (random.random(part.shape, dtype=np.float32) - 0.5) / dim
    return matrix


def narrow(matrix: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The first `dim` columns as a C-contiguous matrix in the same memory; the wide matrix is overwritten.

    A copy would need memory for a third matrix. Rows only ever move forward, so what is overwritten was moved
    before.
    """
    rows, wide = matrix.shape
    flat = matrix.reshape(-1)
    if dim < wide:
        for start in range(0, rows, _STEP):
            part = matrix[start : start + _STEP, :dim].copy()
            flat[start * dim : start * dim + part.size] = part.reshape(-1)
    return flat[: rows * dim].reshape(rows, dim)
