"""`firth.kernels.screening` in plain NumPy, in float64."""

from __future__ import annotations

import numpy as np

from firth.kernels.topk import EUCLIDEAN

__all__ = ["lay_leaves", "screen"]


def lay_leaves(rows, order, left, start, stop, out):
    """As the kernel."""
    parts = [rows[order[start[i] : stop[i]]].T.ravel() for i in np.argsort(start) if not left[i]]
    out[:] = np.concatenate([*parts, out[:0]])


def screen(query, leaf, metric, out):
    """As the kernel, to the last digit of float64."""
    rows = leaf.reshape(query.size, out.size).astype(np.float64)
    if metric == EUCLIDEAN:
        out[:] = -((rows - query[:, None]) ** 2).sum(axis=0)
    else:
        out[:] = query.astype(np.float64) @ rows
