"""What `firth.kernels.neighbourhoods` computes, by sorting everything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_of_all", "ranks_among_all"]


def best_of_all(
    products: NDArray[Any], shift: NDArray[Any], k: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The k greatest keys products + shift of each of n rows, (n, n), but for its own, and their rows.

    Falling, of equal keys the lower row first; keys that are NaN or -inf are never kept: -inf and row -1
    fill.
    """
    keys = products + shift
    np.fill_diagonal(keys, -np.inf)
    keys = np.where(np.isnan(keys), -np.inf, keys)
    rows = np.argsort(-keys, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(keys, rows, axis=1)
    return best, np.where(best > -np.inf, rows, -1)


def ranks_among_all(
    queries: NDArray[np.float64],
    matrix: NDArray[np.float64],
    own: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The rank of each chosen row by its product with the query, 1 for the greatest but for the query's own
    row.
    """
    ranks = np.empty(chosen.shape, np.int64)
    for i, row in enumerate(own):
        order = [j for j in np.argsort(-(matrix @ queries[i]), kind="stable").tolist() if j != row]
        place = {j: rank for rank, j in enumerate(order, 1)}
        ranks[i] = [place[j] for j in chosen[i].tolist()]
    return ranks
