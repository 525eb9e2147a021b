"""Weighted means of rows: the vector of a document from those of its words."""

from __future__ import annotations

from firth.kernels.jit import kernel

__all__ = ["weighted_means"]


@kernel(fastmath={"contract"})
def weighted_means(tokens, offsets, weights, matrix, means):
    """Write to row i of `means` the mean of weights[t] · matrix[t] over the tokens t of sequence i.

    `tokens` (int32): rows of the matrix; `offsets` (int64): sequence i is tokens[offsets[i]:offsets[i + 1]];
    `weights`: float32, one a row; `matrix` and `means`: float32, as wide as each other. An empty sequence
    gets a row of zeros.
    """
    for i in range(offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        means[i] = 0
        for j in range(start, stop):
            weight = weights[tokens[j]]
            row = matrix[tokens[j]]
            for k in range(row.size):
                means[i, k] += weight * row[k]
        if stop > start:
            for k in range(means.shape[1]):
                means[i, k] /= stop - start
