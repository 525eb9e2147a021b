"""NumPy twins of the kernels that count co-occurrences and train GloVe: slow, short, and the place to read
what they compute."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.lanes import LANES

__all__ = ["cooccurrences", "dot", "glove_pull", "glove_steps", "glove_weight", "step"]


def cooccurrences(
    tokens: NDArray[np.int32],
    offsets: NDArray[np.int64],
    steps: NDArray[np.int64],
    *,
    vocabulary: int,
    both: bool,
) -> NDArray[np.int64]:
    """Twin of `cooccur.count_rows` over all words: the whole table, dense, (vocabulary, vocabulary)."""
    table = np.zeros((vocabulary, vocabulary), np.int64)
    for start, stop in itertools.pairwise(offsets):
        for d, step in enumerate(steps, 1):
            left, right = tokens[start : stop - d], tokens[start + d : stop]
            if left.size == right.size:
                np.add.at(table, (right, left), step)
                if both:
                    np.add.at(table, (left, right), step)
    return table


# --- adagrad


def dot(left: NDArray[np.float32], x: int, right: NDArray[np.float32], y: int, vectors: int) -> np.float32:
    """Twin of `adagrad.dot`."""
    wide = vectors * LANES
    return np.float32(left[x : x + wide] @ right[y : y + wide])


def step(
    left: NDArray[np.float32],
    x: int,
    right: NDArray[np.float32],
    y: int,
    vectors: int,
    slope: np.float32,
) -> None:
    """Twin of `adagrad.step`."""
    wide = vectors * LANES
    w, w_sum = left[x : x + wide], left[x + wide : x + 2 * wide]
    c, c_sum = right[y : y + wide], right[y + wide : y + 2 * wide]
    w_step, c_step = slope * c, slope * w
    w -= w_step / np.sqrt(w_sum)
    c -= c_step / np.sqrt(c_sum)
    w_sum += w_step**2
    c_sum += c_step**2


# --- glove


def glove_weight(x: Any, x_max: float, alpha: float) -> Any:
    """f of equation 9: (x / x_max)^alpha, at most 1."""
    return np.minimum(1.0, (x / x_max) ** alpha)


def glove_steps(
    i: NDArray[np.int32],
    j: NDArray[np.int32],
    weight: NDArray[np.float32],
    words: NDArray[np.float64],
    contexts: NDArray[np.float64],
    *,
    dim: int,
    x_max: float,
    alpha: float,
    rate: float,
) -> None:
    """Twin of `glove.train`, in the words of the paper: vectors and biases apart, each with its own sums.

    words, contexts: (rows, 2 · wide), as the kernel has them; changed in place.
    """
    wide = words.shape[1] // 2
    w, b = words[:, :dim], words[:, dim]
    c, d = contexts[:, :dim], contexts[:, dim + 1]
    w_sum, b_sum = words[:, wide : wide + dim], words[:, wide + dim]
    c_sum, d_sum = contexts[:, wide : wide + dim], contexts[:, wide + dim + 1]
    for row, column, x in zip(i, j, weight, strict=True):
        error = w[row] @ c[column] + b[row] + d[column] - np.log(x)
        slope = rate * glove_weight(np.float64(x), x_max, alpha) * error
        w_step, c_step = slope * c[column], slope * w[row]
        w[row] -= w_step / np.sqrt(w_sum[row])
        c[column] -= c_step / np.sqrt(c_sum[column])
        b[row] -= slope / np.sqrt(b_sum[row])
        d[column] -= slope / np.sqrt(d_sum[column])
        w_sum[row] += w_step**2
        c_sum[column] += c_step**2
        b_sum[row] += slope**2
        d_sum[column] += slope**2


def glove_pull(
    v: NDArray[np.float64], old: NDArray[np.float64], lengths: NDArray[np.float64], strength: float
) -> NDArray[np.float64]:
    """Twin of `glove.pull` for one row: the x that makes strength · |x - old|² + |x - v|² / (2 · lengths)
    least. lengths: how far a unit slope moves each number."""
    return v - lengths * (v - old) / (0.5 / strength + lengths)
