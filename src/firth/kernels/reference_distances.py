"""Twins of `kernels.distances` in plain NumPy."""

from __future__ import annotations

import numpy as np

__all__ = ["minus_distances", "squares_away"]


def minus_distances(products, factors, own, others, means, centres, weight, near, faint, scores, counts):
    """Twin of `distances.minus_distances`."""
    both = own[:, None] + others
    with np.errstate(invalid="ignore", over="ignore"):
        squares = both - factors[:, None] * products + weight * (means[:, None] - centres) ** 2
        roots = -np.sqrt(np.maximum(squares, 0))
        scores[:] = np.where(np.isfinite(squares), roots, np.nan)
        counts[:] = ((squares < near * both) | (both < faint)).sum(axis=1)


def squares_away(rows, query, squares):
    """Twin of `distances.squares_away`."""
    squares[:] = np.square(rows - query, dtype=np.float64).sum(axis=1)
