"""The kernels of `scalar` in plain NumPy: what they mean, without a thought of speed."""

from __future__ import annotations

import numpy as np

__all__ = [
    "column_values",
    "level_products",
    "level_sums",
    "levels_by_column",
    "levels_by_row",
    "losses_by_row",
    "row_values",
    "squares_by_column",
]


def levels_by_column(rows, low, inverse, top, levels):
    """Levels of numbers; low and inverse are those of a column."""
    place = (rows.astype(np.float64) - low) * inverse + 0.5
    levels[:] = np.floor(np.clip(place, 0.0, top)).astype(np.uint8)


def levels_by_row(rows, low, inverse, top, levels):
    """Levels of numbers; low and inverse are those of a row."""
    levels_by_column(rows, low[:, None], inverse[:, None], top, levels)


def losses_by_row(rows, low, step, inverse, top, losses):
    """What levels of a row's own scales lose, in squares."""
    levels = np.empty(rows.shape, np.uint8)
    levels_by_row(rows, low, inverse, top, levels)
    losses[:] = np.square(low[:, None] + step[:, None] * levels - rows).sum(axis=1)


def column_values(codes, first, low, step, rows):
    """Numbers of levels; low and step are those of a column."""
    rows[:] = low + step * codes[:, first:].astype(np.float64)


def row_values(codes, first, low, step, rows):
    """Numbers of levels; low and step are those of a row."""
    column_values(codes, first, low[:, None], step[:, None], rows)


def level_products(codes, first, weights, products):
    """Products of weights (m, d) with levels (n, d)."""
    products[:] = weights.astype(np.float64) @ codes[:, first:].T.astype(np.float64)


def squares_by_column(codes, first, low, step, squares):
    """The squared lengths of the rows that levels stand for."""
    squares[:] = np.square(low + step * codes[:, first:].astype(np.float64)).sum(axis=1)


def level_sums(codes, first, sums):
    """The sum of the levels of each row, and that of their squares."""
    levels = codes[:, first:].astype(np.int64)
    sums[:, 0], sums[:, 1] = levels.sum(axis=1), np.square(levels).sum(axis=1)
