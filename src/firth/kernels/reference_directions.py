"""The NumPy twin of `directions`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.reference import among_best

__all__ = ["best_directions"]


def best_directions(
    units: NDArray[np.float32], question_rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Twin of `directions.best_directions` over all rows at once, of unit rows (n, d): keys, ties, hits."""
    rows = units.astype(np.float64)
    keys = np.full((len(question_rows), len(rows)), -np.inf)
    for i, (a, b, c, _) in enumerate(question_rows):
        away, along = rows - rows[c], rows[b] - rows[a]
        length = np.sqrt((away**2).sum(axis=1))
        if not np.sqrt((along**2).sum()) >= 1e-6:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            keys[i] = (away @ along) / (length * np.sqrt((along**2).sum()))
        keys[i, (length < 1e-6) | np.isnan(keys[i])] = -np.inf
        keys[i, [a, b, c]] = -np.inf
    return among_best(keys, question_rows[:, 3])
