"""The twin of `thresholds` in plain NumPy, which says the same in another way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["area_and_precision"]

Floats = NDArray[np.float64]


def area_and_precision(
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    right: NDArray[np.bool_],
    weights: Floats,
    area: Floats,
    precision: Floats,
) -> None:
    """Both figures under each row of weights; see `firth.kernels.thresholds`."""
    falling = weights[:, order]
    hits = np.add.reduceat(falling * right, starts, axis=1)
    misses = np.add.reduceat(falling * ~right, starts, axis=1)
    found, seen = np.cumsum(hits, axis=1), np.cumsum(hits + misses, axis=1)
    won = ((found - hits / 2) * misses).sum(axis=1)
    held = (hits * np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)).sum(axis=1)
    pairs, every = hits.sum(axis=1) * misses.sum(axis=1), hits.sum(axis=1)
    area[:] = np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
    precision[:] = np.divide(held, every, out=np.full(len(weights), np.nan), where=every > 0)
