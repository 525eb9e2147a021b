"""Nearest rows and similarities of sparse rows, such as those of TF-IDF: the baseline of every retrieval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearest_sparse", "similarity_sparse"]

PRODUCTS = 1 << 23  # of a block: 32 MB, and 64 MB in float64


def nearest_sparse(
    queries: Any, documents: Any, *, metric: str, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k documents nearest to each query, best first, of equally near ones the lower row first.

    Args:
        queries, documents: CSR matrices, float32, (m, d) and (n, d), of finite values.
        metric: "cosine", "dot" or "euclidean".
        k: how many, 1 to n.

    Returns:
        rows: int64, (m, k); scores: float32, (m, k).
    """
    left, right = _ready(queries, metric), _ready(documents, metric).T.tocsc()
    (m, _), n = left.shape, right.shape[1]
    rows, scores = np.empty((m, k), np.int64), np.empty((m, k), np.float32)
    step = max(1, PRODUCTS // n)
    for start in range(0, m, step):
        block = left[start : start + step]
        products = (block @ right).toarray()
        if metric == "euclidean":
            squares = _squares(block)[:, None] + _squares(right.T)
            products = -np.sqrt(np.maximum(squares - 2 * products, 0)).astype(np.float32)
        for i, row in enumerate(products, start=start):
            least = np.partition(row, n - k)[n - k]
            above, equal = np.flatnonzero(row > least), np.flatnonzero(row == least)
            best = np.concatenate([above, equal[: k - above.size]])
            best = best[np.lexsort((best, -row[best]))]
            rows[i], scores[i] = best, row[best]
    return rows, scores


def similarity_sparse(a: Any, b: Any, *, metric: str) -> NDArray[np.float64]:
    """The score of each row of `a` with the same row of `b`, both CSR (m, d); float64, (m,)."""
    if metric == "euclidean":
        return -np.sqrt(_squares(a.astype(np.float64) - b.astype(np.float64)))
    products = _ready(a, metric).astype(np.float64).multiply(_ready(b, metric)).sum(axis=1)
    return np.asarray(products, np.float64).ravel()


def _ready(rows: Any, metric: str) -> Any:
    """The rows as they are multiplied: at length 1 for the cosine, where rows of zeros stay zeros; in float64
    for the distance, whose squares nearly cancel where rows are near.
    """
    if metric == "dot":
        return rows
    rows = rows.astype(np.float64)
    if metric == "euclidean":
        return rows
    from scipy.sparse import diags_array

    norms = np.sqrt(_squares(rows))
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return (diags_array(scale) @ rows).tocsr().astype(np.float32)


def _squares(rows: Any) -> NDArray[np.float64]:
    """The squared length of each row of float64; float64, (n,)."""
    squares: NDArray[np.float64] = np.asarray(rows.power(2).sum(axis=1)).ravel()
    return squares
