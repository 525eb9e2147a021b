"""What the kernels of `anisotropic` compute, in plain NumPy: the arguments are the same."""

from __future__ import annotations

import numpy as np

__all__ = ["encode", "loss", "move_centres"]

CENTRES = 16


def by_parts(array, centres):
    """The numbers of each part side by side: (n, M, s)."""
    return array.reshape(len(array), centres.shape[0], centres.shape[1])


def errors(rows, centres, codes):
    """What the codes leave of each row: float64, (n, M, s)."""
    chosen = np.stack([centres[m, :, codes[:, m]] for m in range(len(centres))], axis=1)
    return (by_parts(rows, centres) - chosen).astype(np.float64)


def loss(rows, along, centres, codes, extra):
    """The sum over the rows of |e|² + extra (u·e)²."""
    left = errors(rows, centres, codes)
    parallel = (left * by_parts(along, centres)).sum(axis=(1, 2))
    return float((left**2).sum() + extra * (parallel**2).sum())


def tables(row, direction, centres):
    """|e|² and u·e of each part for each of its centres: float32, (M, 16) each."""
    away = np.zeros((len(centres), CENTRES), np.float32)
    error = np.zeros_like(away)
    size = centres.shape[1]
    for j in range(size):
        left = row[j::size, None] - centres[:, j]
        away += left * left
        error += direction[j::size, None] * left
    return away, error


def encode(rows, along, centres, extra, sweeps, codes):
    """Write codes of small loss to `codes`; returns how many rows were still changing at the end."""
    unsettled = 0
    for i in range(len(rows)):
        away, error = tables(rows[i], along[i], centres)
        codes[i] = away.argmin(axis=1)
        if extra == 0:
            continue
        changing = True
        for _ in range(sweeps):
            changing = False
            for m in range(len(centres)):
                others = sum(np.float64(error[j, codes[i, j]]) for j in range(len(centres)) if j != m)
                costs = away[m] + extra * (others + error[m].astype(np.float64)) ** 2
                if costs.min() < costs[codes[i, m]]:
                    codes[i, m] = costs.argmin()
                    changing = True
            if not changing:
                break
        unsettled += changing
    return unsettled


def move_centres(rows, along, codes, extra, centres):
    """Move the centres of one part after the other; returns how many have no rows."""
    empty = 0
    directions = by_parts(along, centres).astype(np.float64)
    for m in range(len(centres)):
        left = errors(rows, centres, codes)
        rest = (left * directions).sum(axis=(1, 2)) - (left[:, m] * directions[:, m]).sum(axis=1)
        values = by_parts(rows, centres)[:, m].astype(np.float64)
        for k in range(CENTRES):
            mine = codes[:, m] == k
            if not mine.any():
                empty += 1
                continue
            u, x = directions[mine, m], values[mine]
            target = rest[mine] + (u * x).sum(axis=1)
            matrix = np.eye(u.shape[1]) * mine.sum() + extra * u.T @ u
            centres[m, :, k] = np.linalg.solve(matrix, x.sum(axis=0) + extra * target @ u)
    return empty
