"""The NumPy twin of `directions`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_directions"]


def best_directions(
    units: NDArray[np.float32], question_rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twin of `directions.best_directions` over all rows at once: the greatest key of each question (q, 3),
    float64, -inf for none, and its row, int64, -1 for none; of unit rows (n, d)."""
    rows = units.astype(np.float64)
    keys = np.full((len(question_rows), len(rows)), -np.inf)
    for i, (a, b, c) in enumerate(question_rows):
        away, along = rows - rows[c], rows[b] - rows[a]
        length = np.sqrt((away**2).sum(axis=1))
        if not np.sqrt((along**2).sum()) >= 1e-6:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            keys[i] = (away @ along) / (length * np.sqrt((along**2).sum()))
        keys[i, (length < 1e-6) | np.isnan(keys[i])] = -np.inf
        keys[i, [a, b, c]] = -np.inf
    best = keys.max(axis=1)
    return best, np.where(best > -np.inf, keys.argmax(axis=1), -1)
