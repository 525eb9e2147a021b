"""NumPy twins of the kernels that count co-occurrences and train GloVe: slow, short, and the place to read
what they compute."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

__all__ = ["cooccurrences"]


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
