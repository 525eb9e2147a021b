"""NumPy twins of the kernels that count documents and multiply sparse matrices."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "add_gram",
    "add_product",
    "add_transposed_product",
    "count_documents",
    "prefetch_part",
    "select_columns",
    "turn",
    "weigh_rows",
]

Sparse = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]


# --- counts


def count_documents(tokens: NDArray[np.int32], offsets: NDArray[np.int64]) -> Sparse:
    """Twin of `counts.count_documents`: starts, columns, values."""
    found = [np.unique(tokens[a:b], return_counts=True) for a, b in itertools.pairwise(offsets)]
    starts = np.cumsum([0] + [columns.size for columns, _ in found])
    columns = np.concatenate([np.empty(0, np.int32), *(columns for columns, _ in found)])
    values = np.concatenate([np.empty(0, np.float32), *(times.astype(np.float32) for _, times in found)])
    return starts, columns, values


def select_columns(starts: NDArray[np.int64], columns: NDArray[np.int32], code: NDArray[np.int32]) -> Sparse:
    """Twin of `counts.select_columns`: starts, columns, and which entries (int64) are left."""
    left = np.flatnonzero(code[columns] >= 0)
    return np.searchsorted(left, starts), code[columns[left]], left


def weigh_rows(
    matrix: NDArray[np.float64], idf: NDArray[np.float32], *, sublinear: bool, norm: int
) -> NDArray[np.float64]:
    """Twin of `counts.weigh` and `counts.scale_rows`, of a dense matrix of counts."""
    there = matrix > 0
    tf = np.where(there, 1 + np.log(np.where(there, matrix, 1)), 0) if sublinear else matrix
    weights = tf * idf
    sizes = {
        0: np.ones(len(matrix)),
        1: np.abs(weights).sum(axis=1),
        2: np.sqrt((weights**2).sum(axis=1)),
    }[norm]
    return weights / np.where(sizes > 0, sizes, 1)[:, None]


# --- sparse


def add_product(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[Any],
    x: NDArray[Any],
    y: NDArray[Any],
) -> NDArray[Any]:
    """Twin of `sparse.add_product`: y + A x."""
    y = y.copy()
    for i, (a, b) in enumerate(itertools.pairwise(starts)):
        y[i] += values[a:b] @ x[columns[a:b]]
    return y


def add_transposed_product(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[Any],
    y: NDArray[Any],
    z: NDArray[Any],
) -> NDArray[Any]:
    """Twin of `sparse.add_transposed_product`: z + Aᵀ y."""
    z = z.copy()
    for i, (a, b) in enumerate(itertools.pairwise(starts)):
        np.add.at(z, columns[a:b], np.outer(values[a:b], y[i]))
    return z


def prefetch_part(matrix: NDArray[Any], row: int, first: int, last: int) -> None:
    """Twin of `tiles.prefetch_part`: only the processor notices."""


# --- dense


def add_gram(
    q: NDArray[np.float32], first: int, last: int, total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Twin of `dense.add_gram`: what is in and above the diagonal, zeros below."""
    part = q[first:last].astype(np.float64)
    return np.triu(total + part.T @ part)


def turn(q: NDArray[np.float32], first: int, last: int, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Twin of `dense.turn`."""
    q = q.copy()
    q[first:last] = q[first:last] @ matrix
    return q
