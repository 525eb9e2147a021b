"""Paragraph vectors, distributed memory: a document's vector and the words around a gap tell the word in it.

Le and Mikolov 2014 ("Distributed Representations of Sentences and Documents", section 2.2), with the
objective of negative sampling (see `contrast`). The hidden vector of a position is the mean or the sum of the
input rows of the words in its window and of the rows of the document; or these one behind the other
(`CONCAT`), first the mean of the rows of the document, then a place for each position of the window, of zeros
where it lies outside the document. Output rows are as wide as the hidden vector.

Words are taken one after the other. Of the step g of a hidden vector that is a mean or a sum, each word takes
its share, g / (rows in it), as in `cbow`, and each row of the document the whole: it stands in every window
of the document, but words stand in those of many. Of one that is rows behind each other, each takes its own
part.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.contrast import aim, choose, contrast, lay_out
from firth.kernels.dbow import PIECE
from firth.kernels.jit import kernel
from firth.kernels.negative import MOST
from firth.kernels.rows import add_at, sum_at
from firth.kernels.tiles import gather, prefetch

__all__ = ["CONCAT", "MEAN", "SUM", "layer_width", "scratch_size", "train"]

MEAN, SUM, CONCAT = 0, 1, 2  # how the rows make the hidden vector


def layer_width(wide: int, window: int, combine: int) -> int:
    """How many floats the hidden vector and the output rows have for input rows of `wide` floats."""
    return wide * (2 * window + 1) if combine == CONCAT else wide


def scratch_size(wide: int, window: int, negative: int, combine: int) -> int:
    """How many floats of scratch `train` needs: for a step, and for the weights of sums and shares."""
    return int(lay_out(layer_width(wide, window, combine), 1 + negative).end + 2 * wide + 2 * window + 4)


@kernel
def train(
    words, low, high, ends, rows, row_starts, documents, inputs, outputs, share, other, window, combine,
    negative, rate, rate_step, seed, s, frozen,
):  # fmt: skip
    """Train on documents in a stream as drawn by `stream.draw_stream`, which end at `ends` (int64) in it.

    inputs: float32 (vocabulary, wide), the input rows of words. outputs: float32, (vocabulary,
    `layer_width`). combine: MEAN, SUM or CONCAT. inputs and outputs are written unless `frozen`. The rest as
    in `dbow.train`.

    Returns how many words there were, and -1, or the position of one with a score that was not finite.
    """
    wide = inputs.shape[1]
    m = lay_out(outputs.shape[1], 1 + negative)
    # The sum of the document's rows, and the step that each of them takes: at whole cache lines, as all of s.
    own = s[m.end : m.end + 2 * wide].reshape(2, wide)
    both, count = np.arange(2), m.end + 2 * wide  # the weights of those two: how many rows there are, and 1
    one, own_share, shares = count + 1, count + 2, count + 3
    s[one] = 1.0
    chosen, near = np.empty((PIECE, 1 + negative), np.int64), np.empty(2 * window, np.int64)
    most = MOST / np.float32(2 * window + 1) if combine == CONCAT else MOST  # x is longer by its parts
    state = np.uint64(seed)
    start = np.int64(0)
    for i in range(ends.size):
        mine = rows[row_starts[i] : row_starts[i + 1]]
        while start < ends[i]:
            stop = min(ends[i], start + PIECE)
            for k in range(start, stop):
                state = choose(words, k, 1, negative, share, other, state, chosen[k - start], outputs)
            fetch_ahead(words, stop, ends[-1], window, inputs, outputs)
            lr = np.float32(rate - rate_step * start)
            aim(s, m, 1, 1 + negative, lr)
            own[:] = 0.0
            for row in mine:
                own[0] += documents[row]
            for k in range(start, stop):
                l, h = np.int64(low[k]), np.int64(high[k])
                n = around(words, l, h, k, near)
                s[m.x : m.g] = 0.0
                s[own_share : shares + n] = weight(combine, n, mine.size)
                sum_at(s, m.x, own_share, own, both, 1)
                if combine == CONCAT:
                    put_parts(s, m.x + wide, words, l, h, k, window, inputs)
                else:
                    sum_at(s, m.x, shares, inputs, near, n)
                now = chosen[k - start]
                if not np.isfinite(contrast(s, m, now, now.size, lr, most, outputs, frozen)):
                    return start, k
                if not frozen and combine == CONCAT:
                    give_parts(s, m.g + wide, one, words, l, h, k, window, inputs)
                elif not frozen:
                    s[shares : shares + n] = np.float32(1.0) / np.float32(n + mine.size)
                    add_at(s, m.g, shares, inputs, near, n)
                s[count] = np.float32(mine.size)
                add_at(s, m.g, count, own, both, 2)
            for row in mine:
                documents[row] += own[1]
            start = stop
    return start, np.int64(-1)


@kernel
def fetch_ahead(words, start, stop, window, inputs, outputs):
    """Have the rows of the next piece under way while this one is computed."""
    for k in range(start, min(start + PIECE, stop)):
        prefetch(outputs, words[k])
    for k in range(start + window, min(start + window + PIECE, stop)):
        prefetch(inputs, words[k])


@kernel
def around(words, l, h, k, near):
    """Write the words from l to h but for that at k to `near`; returns how many they are."""
    for j in range(l, k):
        near[j - l] = words[j]
    for j in range(k + 1, h + 1):
        near[j - l - 1] = words[j]
    return h - l


@kernel(inline="always")
def weight(combine, n, own_rows):
    """By how much the rows of a document, and of n words around if they are added to it, count in x."""
    if combine == SUM:
        return np.float32(1.0)
    return np.float32(1.0) / np.float32(own_rows + n if combine == MEAN else own_rows)


@kernel
def put_parts(s, x, words, l, h, k, window, inputs):
    """The rows of a window behind each other at x, which holds zeros."""
    for j in range(l, h + 1):
        if j != k:
            gather(s, x + place(j, k, window) * inputs.shape[1], inputs, words[j])


@kernel
def give_parts(s, g, one, words, l, h, k, window, inputs):
    """Each word of a window takes its own part of the step at g."""
    row = np.empty(1, np.int64)
    for j in range(l, h + 1):
        if j != k:
            row[0] = words[j]
            add_at(s, g + place(j, k, window) * inputs.shape[1], one, inputs, row, 1)


@kernel(inline="always")
def place(j, k, window):
    """The place of position j in the window of position k."""
    return j - k + window - np.int64(j > k)
