"""The NumPy twin of the kernel that cuts pictures into patches."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

__all__ = ["copy_patches", "lay_patches"]


def copy_patches(
    source: NDArray[np.uint8],
    target: NDArray[np.uint8],
    pictures: int,
    picture: int,
    row: int,
    grid_rows: int,
    grid_columns: int,
    height: int,
    run: int,
    down: int,
    along: int,
) -> None:
    """Twin of `runs.copy_patches`."""
    shape = (pictures, grid_rows, grid_columns, height, run)
    strides = (picture, down * row, along, row, 1)
    target[:] = as_strided(source, shape, strides, writeable=False).reshape(-1)


def lay_patches(
    source: NDArray[np.uint8],
    target: NDArray[np.uint8],
    pictures: int,
    grid_rows: int,
    grid_columns: int,
    height: int,
    run: int,
) -> None:
    """Twin of `runs.lay_patches`."""
    patches = source.reshape(pictures, grid_rows, grid_columns, height, run)
    target[:] = patches.transpose(0, 1, 3, 2, 4).reshape(-1)
