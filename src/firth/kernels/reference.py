"""NumPy twins of the kernels: slow, short, and the place to read what a kernel computes.

The tests run each kernel against its twin here on random input.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["look_up"]


# --- hashing ---------------------------------------------------------------------------------------------------


def strings(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> list[bytes]:
    """The byte strings of the table (data, offsets)."""
    return [data[a:b].tobytes() for a, b in zip(offsets[:-1], offsets[1:], strict=True)]


def look_up(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    query_data: NDArray[np.uint8],
    query_offsets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Twin of `hashing.look_up`: the row of each query string in the table, or -1."""
    row_of = {key: row for row, key in enumerate(strings(data, offsets))}
    return np.array([row_of.get(key, -1) for key in strings(query_data, query_offsets)], dtype=np.int64)


# --- topk ------------------------------------------------------------------------------------------------------


def keep_best(
    keys: NDArray[Any], excluded: NDArray[np.int64], k: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Twin of `topk.keep_best` over all rows at once: the k best of the keys (m, n) and their rows, sorted.

    By falling key, equal keys by rising row; -inf and -1 where fewer keys are left that may be kept.
    """
    m, n = keys.shape
    best = np.full((m, k), -np.inf, keys.dtype)
    rows = np.full((m, k), -1, np.int64)
    for i in range(m):
        allowed = (keys[i] > -np.inf) & ~np.isin(np.arange(n), excluded[i])
        order = np.flatnonzero(allowed)
        order = order[np.lexsort((order, -keys[i, order]))][:k]
        best[i, : order.size], rows[i, : order.size] = keys[i, order], order
    return best, rows


def exact_scores(
    queries: NDArray[np.float32], matrix: NDArray[np.float32], rows: NDArray[np.int64], metric: int
) -> NDArray[np.float64]:
    """Twin of `topk.exact_scores`: the scores of queries (m, d) with their rows (m, k); -inf for row -1."""
    q, x = queries[:, None, :].astype(np.float64), matrix[rows].astype(np.float64)
    if metric == 2:
        scores = -np.sqrt(((q - x) ** 2).sum(2))
    else:
        scores = (q * x).sum(2)
    if metric == 0:
        norms = np.sqrt((q**2).sum(2)), np.sqrt((x**2).sum(2))
        zero = (norms[0] < np.finfo(np.float32).tiny) | (norms[1] < np.finfo(np.float32).tiny)
        scores = np.where(zero, 0.0, scores / np.where(zero, 1.0, norms[0] * norms[1]))
    return np.where(rows < 0, -np.inf, scores)


# --- text ------------------------------------------------------------------------------------------------------


def count_text(text: bytes) -> tuple[list[bytes], list[int], list[int]]:
    """Twin of `text.count_text`: the different tokens in order of appearance, their counts, and the ids."""
    row_of: dict[bytes, int] = {}
    counts: list[int] = []
    ids: list[int] = []
    for number, line in enumerate(text.split(b"\n")):
        if number:
            ids.append(-1)
        for token in line.translate(bytes.maketrans(b"\x1c\x1d\x1e\x1f", b"    ")).split():
            row = row_of.setdefault(token, len(row_of))
            if row == len(counts):
                counts.append(0)
            counts[row] += 1
            ids.append(row)
    return list(row_of), counts, ids


def encode(ids: list[int], meaning: list[list[int]]) -> tuple[list[int], list[int], int]:
    """Twin of `text.encode`: the tokens, the tokens of each ended line, those of the line not ended yet.

    Here meaning[i] is simply the list of final ids that provisional id i becomes.
    """
    lines: list[list[int]] = [[]]
    for i in ids:
        if i < 0:
            lines.append([])
        else:
            lines[-1] += meaning[i]
    lengths = [len(line) for line in lines]
    return [token for line in lines for token in line], lengths[:-1], lengths[-1]
