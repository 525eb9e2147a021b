"""Twins of the kernels of correlations, in plain NumPy over a whole matrix of weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pearson_rows", "spearman_rows"]

Floats = NDArray[np.float64]


def pearson_rows(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's correlation of x and y, (n,), under each row of weights (m, n)."""
    return _correlation(np.broadcast_to(x, weights.shape), np.broadcast_to(y, weights.shape), weights)


def spearman_rows(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Pearson's correlation of the ranks under each row of weights."""
    return _correlation(_ranks(x, weights), _ranks(y, weights), weights)


def _ranks(x: Floats, weights: Floats) -> Floats:
    """The rank of each item in each resample, (m, n); equal values share the mean of their ranks."""
    _, group, sizes = np.unique(x, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    held: Floats = np.add.reduceat(weights[:, order], starts, axis=1)  # weight of each group of equal values
    ranks: Floats = np.cumsum(held, axis=1) - held + (held + 1) / 2
    return ranks[:, group]


def _correlation(x: Floats, y: Floats, weights: Floats) -> Floats:
    dx, xx = _spread(x, weights)
    dy, yy = _spread(y, weights)
    xy = np.einsum("mn,mn,mn->m", weights, dx, dy)
    norm = np.sqrt(xx * yy)
    found: Floats = np.divide(xy, norm, out=np.full(len(norm), np.nan), where=norm > 0)
    return found.clip(-1, 1)


def _spread(x: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The deviations of x from its mean, (m, n), and the sum of their squares, (m,); 0 for mere rounding."""
    away = x - ((weights * x).sum(axis=1) / weights.sum(axis=1))[:, None]
    squares = np.einsum("mn,mn,mn->m", weights, away, away)
    rounding = 1e-28 * np.einsum("mn,mn,mn->m", weights, x, x)
    return away, np.where(squares > rounding, squares, 0.0)
