"""Vectors for documents that were not trained on: only their own rows learn, words stay as they are.

Each document has a random stream of its own, made from the seed and from its words. So its vector is the same
for a seed whatever other documents come with it and whatever thread takes it.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.dbow import thin_out
from firth.kernels.dbow import train as train_dbow
from firth.kernels.dm import train as train_dm
from firth.kernels.jit import kernel
from firth.kernels.stream import draw_stream, splitmix

__all__ = ["content_seed", "encode", "first_row"]

_40 = np.uint64(40)


@kernel
def content_seed(tokens, seed):
    """64 bits that depend on the seed and on every token in its place."""
    state = np.uint64(seed)
    for token in tokens:
        _, state = splitmix(state ^ np.uint64(token))
    return state


@kernel
def first_row(matrix, row, dim, state):
    """Fill a row with random numbers, uniform in ±1 / (2 √dim). Returns the next state."""
    for c in range(dim):
        state, bits = splitmix(state)
        matrix[row, c] = (np.float64(bits >> _40) / 2.0**24 - 0.5) / np.sqrt(dim)
    return state


@kernel
def encode(
    tokens, offsets, keep, documents, dim, inputs, outputs, share, other, combine, window, dynamic, negative,
    first_rate, last_rate, epochs, seed, s,
):  # fmt: skip
    """Learn the rows of `documents` (float32, written), one for each document of at least one token.

    tokens: int32. offsets: int64, where the documents begin, and the end. keep: uint32, as for
    `dbow.thin_out`. combine: -1 for `dbow`, else as for `dm`. inputs: read by `dm` only. The learning rate
    falls from first_rate to last_rate over the tokens of all epochs. s: scratch of the kernel that trains.
    The rest as for `dbow.train` and `dm.train`.

    Returns -1, or a document with a score that was not finite.
    """
    longest = 0
    for i in range(offsets.size - 1):
        longest = max(longest, offsets[i + 1] - offsets[i])
    words, low, high = np.empty(longest, np.int32), np.empty(longest, np.int32), np.empty(longest, np.int32)
    ends, rows, row_starts = np.empty(1, np.int64), np.empty(1, np.int64), np.array([0, 1])
    whole = np.zeros(2, np.int64)
    for i in range(offsets.size - 1):
        mine = tokens[offsets[i] : offsets[i + 1]]
        if not mine.size:
            continue
        whole[1], rows[0] = mine.size, i
        state = first_row(documents, i, dim, content_seed(mine, seed))
        for epoch in range(epochs):
            rate = first_rate + (last_rate - first_rate) * epoch / epochs
            state, drawing = splitmix(state)
            state, training = splitmix(state)
            if combine < 0:
                thin_out(mine, whole, keep, drawing, words, ends)
            else:
                ends[0] = draw_stream(mine, whole, 0, keep, window, dynamic, 0, drawing, words, low, high)
            step = (first_rate - last_rate) / epochs / max(1, ends[0])
            if combine < 0:
                _, bad = train_dbow(
                    words, ends, rows, row_starts, documents, outputs, share, other, negative, rate, step,
                    training, s, True,
                )  # fmt: skip
            else:
                _, bad = train_dm(
                    words, low, high, ends, rows, row_starts, documents, inputs, outputs, share, other,
                    window, combine, negative, rate, step, training, s, True,
                )  # fmt: skip
            if bad >= 0:
                return i
    return -1
