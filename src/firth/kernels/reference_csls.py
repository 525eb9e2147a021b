"""NumPy twins of the kernels of `csls`, over all products at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_of_both", "count_above", "keep_greatest", "stays"]

_MASK = (1 << 64) - 1


def keep_greatest(products: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Twin of one side of `csls.keep_greatest`: the k greatest of each row, rising, -inf where there are
    fewer."""
    filled = np.where(np.isnan(products), -np.inf, products)
    padded = np.concatenate([np.full((len(filled), k), -np.inf), filled], axis=1)
    greatest: NDArray[np.float32] = np.sort(padded, axis=1)[:, -k:].astype(np.float32)
    return greatest


def _splitmix(state: int) -> int:
    z = (state + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def stays(seed: int, row: int, column: int, keep: float) -> bool:
    """Twin of `csls.stays`, in whole numbers of Python."""
    bits = _splitmix(_splitmix(seed ^ (row << 32) ^ column))
    return (bits >> 11) / (1 << 53) < keep


def best_of_both(
    products: NDArray[np.float32],
    row_crowding: NDArray[np.float32],
    column_crowding: NDArray[np.float32],
    keep: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Twin of `csls.best_of_both`: the partner of each row (m,) and of each column (c,), -1 for none."""
    m, c = products.shape
    out = np.array([[not stays(seed, i, j, keep) for j in range(c)] for i in range(m)], bool)
    partners = []
    for keys, axis in ((2 * products - column_crowding, 1), (2 * products - row_crowding[:, None], 0)):
        keys = np.where(out | np.isnan(keys), -np.inf, keys)
        best: Any = keys.argmax(axis=axis)
        partners.append(np.where(keys.max(axis=axis) > -np.inf, best, -1))
    return partners[0], partners[1]


def count_above(
    keys: NDArray[np.float32], own: NDArray[np.float32], tolerance: np.float32
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Twin of `csls.count_above`: how many keys (m, c) are above the row's own (m,), and how many level."""
    above = (keys > (own + tolerance)[:, None]).sum(axis=1)
    return above, (keys >= (own - tolerance)[:, None]).sum(axis=1) - above
