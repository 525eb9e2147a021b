"""How far float32 rounds the keys of `Exact`, and where it cannot hold them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.topk import squared_norms

__all__ = ["least_keys", "out_of_range"]

Floats = NDArray[np.float32]
ROUNDING, TINIEST = 2.0**-24, 2.0**-149  # the greatest relative error of a step; the least float32
SMALL, LARGE = 2.0**-100, 2.0**120


def out_of_range(queries: Floats, longest: float, metric: str) -> NDArray[np.bool_]:
    """For which queries some product may be too large for float32, or all are too small to say anything.

    Args:
        queries: float32, (m, d).
        longest: the greatest length of a row, or more.
        metric: "cosine", "dot" or "euclidean".

    Returns:
        bool, (m,).
    """
    if metric == "cosine":
        sizes = np.full(len(queries), longest)
    else:
        squares = np.empty(len(queries), np.float64)
        squared_norms(queries, squares)
        lengths = np.sqrt(squares)
        sizes = longest * (np.maximum(lengths, longest) if metric == "euclidean" else lengths)
    return np.asarray((sizes > 0) & ~((sizes > SMALL) & (sizes < LARGE)))


def least_keys(
    queries: Floats, scores: Floats, metric: str, *, longest: float, centre: Floats, farthest: float
) -> NDArray[np.float64]:
    """The least key that rounding may have made of a row with a score or a better one.

    A product in float32 is d · u · |q| |x| from the truth at most, in any order of its sum (Higham 2002,
    "Accuracy and Stability of Numerical Algorithms", section 3.1), u = 2^-24; a few u more are for the
    rounding of what else the key and the score are made of.

    Args:
        queries: float32, (m, d), as the keys take them (`Form.shaped`); scores: float32, (m,).
        metric: "cosine", "dot" or "euclidean".
        longest: the greatest length of a row.
        centre, farthest: of a euclidean distance, see `kernels.keys.weigh`.

    Returns:
        float64, (m,).
    """
    d, keys = queries.shape[1], scores.astype(np.float64)
    if metric == "cosine":
        return np.asarray(keys - (2 * d + 16) * ROUNDING)
    squares = np.empty(len(queries), np.float64)
    squared_norms(queries, squares)
    product = (d + 12) * (ROUNDING * np.sqrt(squares) * longest + TINIEST)
    if metric == "dot":
        return np.asarray(keys - product)
    # |q - x|² = |q - c|² + 2 (q - c)·c - 2 key
    away, middle = np.square(keys), queries.astype(np.float64) @ centre.astype(np.float64)
    rest = 4 * away + 2 * np.sqrt(away * squares) + 2 * farthest**2
    return np.asarray((squares - away) / 2 + middle - product - ROUNDING * rest)
