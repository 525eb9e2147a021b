"""NumPy twins of the kernels of `int8`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.reference_scan import merge
from firth.kernels.topk import COSINE, EUCLIDEAN

__all__ = ["from_bytes", "keep_of_bytes", "products", "to_bytes"]


def to_bytes(rows: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Twin of `int8.to_bytes`: whole numbers and sixteenths (n, d), and scales (n,)."""
    scales = np.abs(rows).max(axis=1, initial=0) / np.float32(127)
    back = np.divide(1.0, scales, out=np.zeros(len(rows)), where=scales > 0, dtype=np.float64)
    exact = rows * back[:, None]
    whole = np.clip(np.rint(exact), -127, 127)
    rest = np.clip(np.rint((exact - whole) * 16), -8, 7)
    return whole.astype(np.int64), rest.astype(np.int64), scales


def from_bytes(
    whole: NDArray[np.int64], rest: NDArray[np.int64], scales: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Twin of `int8.from_bytes`."""
    return (scales[:, None] * (whole + rest / 16)).astype(np.float32)


def products(codes: NDArray[np.uint8], queries: NDArray[np.int8]) -> NDArray[np.int64]:
    """Twin of the products of bytes: (m, n) sums of codes (n, w) times queries (m, w)."""
    return np.asarray(queries.astype(np.int64) @ codes.astype(np.int64).T)


def keep_of_bytes(
    codes: Any,
    scales: Any,
    weights: Any,
    metric: int,
    queries: Any,
    offsets: Any,
    sizes: Any,
    keys: Any,
    rows: Any,
) -> None:
    """Twin of `int8.keep_of_panels`, with queries (m, w) as they were before they were laid out."""
    found = products(codes, queries) + offsets[:, None]
    found = (found * sizes[:, None]).astype(np.float32) * scales
    if metric == COSINE:
        found = found * weights
    elif metric == EUCLIDEAN:
        found = found - weights
    merge(found, np.empty(0, bool), 0, keys, rows)
