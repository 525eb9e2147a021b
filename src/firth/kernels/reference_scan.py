"""NumPy twins of the kernels of `scan`, over all products at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.topk import COSINE, EUCLIDEAN

__all__ = ["keep_of_one", "keep_of_panels", "keep_sorted", "widen"]


def widen(halves: Any, out: Any) -> None:
    """Twin of `halves.widen`."""
    out[:] = halves.view(np.float16)


def keep_of_one(
    matrix: Any,
    weights: Any,
    metric: int,
    laid: Any,
    allowed: Any,
    first: int,
    last: int,
    keys: Any,
    rows: Any,
) -> None:
    """Twin of `scan.keep_of_one`; the heaps are left in order, the worst first."""
    d = matrix.shape[1]
    matrix = matrix.view(np.float16) if matrix.dtype == np.uint16 else matrix
    keep_sorted(matrix, weights, metric, _row(laid, d)[None], allowed, first, last, keys[None], rows[None])


def keep_of_panels(
    matrix: Any,
    weights: Any,
    metric: int,
    panels: Any,
    allowed: Any,
    first: int,
    last: int,
    keys: Any,
    rows: Any,
) -> None:
    """Twin of `scan.keep_of_panels`; the heaps are left in order, the worst first."""
    from firth.kernels.scan import PANEL

    queries = panels.reshape(-1, matrix.shape[1], PANEL).transpose(0, 2, 1).reshape(-1, matrix.shape[1])
    keep_sorted(matrix, weights, metric, queries[: len(keys)], allowed, first, last, keys, rows)


def _row(laid: NDArray[Any], d: int) -> NDArray[Any]:
    """The query that was laid out in parts, of which the last ends with the row."""
    from firth.kernels.scan import LANES

    whole = d // LANES * LANES
    return np.concatenate([laid[:whole], laid[len(laid) - (d - whole) :]])


def keep_sorted(
    matrix: Any,
    weights: Any,
    metric: int,
    queries: Any,
    allowed: Any,
    first: int,
    last: int,
    keys: Any,
    rows: Any,
) -> None:
    """Merge rows `first` to `last` into the best that are there, by falling key, equal ones by rising row."""
    found = np.asarray(queries, np.float32) @ np.asarray(matrix[first:last], np.float32).T
    if metric == COSINE:
        found = found * weights[first:last]
    elif metric == EUCLIDEAN:
        found = found - weights[first:last]
    merge(found, allowed, first, keys, rows)


def merge(found: Any, allowed: Any, first: int, keys: Any, rows: Any) -> None:
    """Put keys (m, b) of rows from `first` on into the best (m, k), which are then in rising order."""
    found = np.where(np.isnan(found), -np.inf, found)
    if allowed.size:
        found = np.where(allowed[first : first + found.shape[1]], found, -np.inf)
    numbers = np.broadcast_to(np.arange(first, first + found.shape[1]), found.shape)
    numbers = np.where(found > -np.inf, numbers, -1)
    all_keys, all_rows = np.concatenate([keys, found], axis=1), np.concatenate([rows, numbers], axis=1)
    order = np.lexsort((all_rows, -all_keys))[:, : keys.shape[1]][:, ::-1]
    keys[:] = np.take_along_axis(all_keys, order, 1)
    rows[:] = np.take_along_axis(all_rows, order, 1)
