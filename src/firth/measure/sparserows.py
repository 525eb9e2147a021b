"""Nearest rows and similarities of sparse rows, such as those of TF-IDF: the baseline of every retrieval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError

__all__ = ["nearest_sparse", "similarity_sparse"]

PRODUCTS = 1 << 23  # of a block: 32 MB


def nearest_sparse(
    queries: Any, documents: Any, *, metric: str, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k documents nearest to each query, best first, of equally near ones the lower row first.

    Args:
        queries, documents: CSR matrices, (m, d) and (n, d), of finite values.
        metric: "cosine" or "dot".
        k: how many, 1 to n.

    Returns:
        rows: int64, (m, k); scores: float32, (m, k).

    Raises:
        OptionError: the metric is another one.
    """
    left, right = _ready(queries, metric), _ready(documents, metric).T.tocsc()
    (m, _), n = left.shape, right.shape[1]
    rows, scores = np.empty((m, k), np.int64), np.empty((m, k), np.float32)
    step = max(1, PRODUCTS // n)
    for start in range(0, m, step):
        products = (left[start : start + step] @ right).toarray()
        for i, row in enumerate(products, start=start):
            least = np.partition(row, n - k)[n - k]
            above, equal = np.flatnonzero(row > least), np.flatnonzero(row == least)
            best = np.concatenate([above, equal[: k - above.size]])
            best = best[np.lexsort((best, -row[best]))]
            rows[i], scores[i] = best, row[best]
    return rows, scores


def similarity_sparse(a: Any, b: Any, *, metric: str) -> NDArray[np.float64]:
    """The score of each row of `a` with the same row of `b`, both CSR (m, d); float64, (m,)."""
    products = _ready(a, metric).multiply(_ready(b, metric)).sum(axis=1)
    return np.asarray(products, np.float64).ravel()


def _ready(rows: Any, metric: str) -> Any:
    """The rows, at length 1 for the cosine; rows of zeros stay zeros."""
    if metric == "dot":
        return rows
    if metric != "cosine":
        raise OptionError(f"sparse rows are compared by 'cosine' or 'dot', not {metric!r}")
    from scipy.sparse import diags_array

    norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), np.float64).ravel())
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return (diags_array(scale.astype(np.float32)) @ rows).tocsr()
