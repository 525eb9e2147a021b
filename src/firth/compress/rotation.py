"""Rotations that make rows easier to cut into parts: optimized product quantization.

Ge, He, Ke and Sun 2013, "Optimized Product Quantization for Approximate Nearest Neighbor Search", CVPR. A
rotation changes no length and no angle, but it can share the variance out evenly among the parts and make
them independent of each other, and then as many bits for each part are well spent.
"""

from __future__ import annotations

import heapq
import math

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Floats

__all__ = ["balanced", "nearest_rotation"]

_NOTHING = 1e-12  # of the greatest variance: less than this is taken as this


def balanced(rows: Floats, bounds: NDArray[np.int64]) -> Floats:
    """The principal axes of the rows, shared out so that the variances of each part have like products.

    For Gaussian rows this is the best rotation (section 3.2, "eigenvalue allocation"): each axis, the widest
    first, goes to the part whose product is the smallest so far, until it has its dims.

    Args:
        rows: float32, (n, d), with a mean of zero.
        bounds: where the parts begin and end, int64, (parts + 1,).

    Returns:
        float32, (d, d), orthogonal: rows @ rotation are the turned rows.
    """
    wide = rows.astype(np.float64)
    variances, axes = np.linalg.eigh(wide.T @ wide / max(1, len(rows)))
    variances, axes = variances[::-1], axes[:, ::-1]
    logs = np.log(np.maximum(variances, max(_NOTHING * variances[0], math.ulp(0.0))))
    logs -= logs.min()  # products only grow, as the method has it for variances of at least 1
    columns: list[list[int]] = [[] for _ in range(len(bounds) - 1)]
    waiting = [(0.0, part) for part in range(len(columns))]
    for axis, log in enumerate(logs):
        product, part = heapq.heappop(waiting)
        columns[part].append(axis)
        if len(columns[part]) < bounds[part + 1] - bounds[part]:
            heapq.heappush(waiting, (product + float(log), part))
    return np.ascontiguousarray(axes[:, [axis for own in columns for axis in own]], np.float32)


def nearest_rotation(rows: Floats, targets: Floats) -> Floats:
    """The rotation (or reflection) that takes rows nearest to their targets, in the sum of squares.

    With the singular values rowsᵀ targets = U S Vᵀ it is U Vᵀ (Schönemann 1966, "A Generalized Solution of
    the Orthogonal Procrustes Problem").

    Args:
        rows, targets: float32, (n, d).

    Returns:
        float32, (d, d).
    """
    left, _, right = np.linalg.svd((rows.T @ targets).astype(np.float64))
    return np.ascontiguousarray(left @ right, np.float32)
