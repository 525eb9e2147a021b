"""The kernels of `beams` again in plain NumPy, where they are easiest to check."""

from __future__ import annotations

import numpy as np

__all__ = ["compose", "extend"]


def extend(products, halves, losses, parents, codes, gains):
    """Every extension, sorted; the first of them are kept."""
    n, held, k = products.shape
    every = (-losses[:, :, None] / np.float32(2) + (products - halves)).reshape(n, held * k)
    order = np.argsort(-every, axis=1, kind="stable")[:, : parents.shape[1]]
    parents[:], codes[:] = order // k, order % k
    gains[:] = np.take_along_axis(every, order, 1)


def compose(codebooks, codes, rows):
    """Add to each row the centroid of each stage that its codes name."""
    for stage in range(codes.shape[1]):
        rows += codebooks[stage, codes[:, stage]]
