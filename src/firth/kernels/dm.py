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

from firth.kernels.contrast import choose, contrast, up
from firth.kernels.dbow import PIECE, add_row
from firth.kernels.jit import kernel
from firth.kernels.negative import MOST
from firth.kernels.rows import step_at
from firth.kernels.tiles import LANES, prefetch

__all__ = ["CONCAT", "MEAN", "SUM", "layer_width", "scratch_size", "train"]

MEAN, SUM, CONCAT = 0, 1, 2  # how the rows make the hidden vector


def layer_width(wide: int, window: int, combine: int) -> int:
    """How many floats the hidden vector and the output rows have for input rows of `wide` floats."""
    return wide * (2 * window + 1) if combine == CONCAT else wide


def scratch_size(wide: int, window: int, negative: int, combine: int) -> int:
    """How many floats of scratch `train` needs: x, its step, p, the shares, and the document's rows."""
    layer = layer_width(wide, window, combine)
    return int(2 * layer + up(1 + negative) + 2 * LANES + up(2 * window) + 3 * wide)


@kernel
def train(
    words, low, high, ends, rows, row_starts, documents, inputs, outputs, bounds, guide, window, combine,
    negative, rate, rate_step, seed, s, frozen,
):  # fmt: skip
    """Train on documents in a stream as drawn by `stream.draw_stream`, which end at `ends` (int64) in it.

    inputs: float32 (vocabulary, wide), the input rows of words. outputs: float32, (vocabulary,
    `layer_width`). combine: MEAN, SUM or CONCAT. inputs and outputs are written unless `frozen`. The rest as
    in `dbow.train`.

    Returns how many words there were, and -1, or the position of one with a score that was not finite.
    """
    layer, wide = outputs.shape[1], inputs.shape[1]
    x, total, p = 0, layer, 2 * layer
    shares = p + up(1 + negative) + 2 * LANES
    own = shares + up(2 * window)
    chosen, near = np.zeros((PIECE, up(1 + negative)), np.int64), np.zeros(up(2 * window), np.int64)
    most = MOST / np.float32(2 * window + 1) if combine == CONCAT else MOST  # x is longer by its parts
    state = np.uint64(seed)
    start = np.int64(0)
    for i in range(ends.size):
        while start < ends[i]:
            stop = min(ends[i], start + PIECE)
            for k in range(start, stop):
                state = choose(words, k, 1, negative, bounds, guide, state, chosen[k - start], outputs)
            for k in range(stop, min(stop + PIECE, ends[-1])):
                prefetch(outputs, words[k])
                prefetch(inputs, words[min(k + window, ends[-1] - 1)])
            mine = rows[row_starts[i] : row_starts[i + 1]]
            begin(s, own, documents, mine)
            for k in range(start, stop):
                lr = np.float32(rate - rate_step * k)
                l, h = np.int64(low[k]), np.int64(high[k])
                if combine == CONCAT:
                    lay_out(s, x, own, words, l, h, k, window, mine.size, inputs)
                else:
                    add_up(s, x, own, shares, words, l, h, k, near, combine == MEAN, mine.size, inputs)
                strange = contrast(
                    s, x, total, p, chosen[k - start], 1, 1 + negative, lr, most, outputs, frozen
                )
                if not np.isfinite(strange):
                    return start, k
                if not frozen and combine == CONCAT:
                    give_parts(s, total + wide, words, l, h, k, window, inputs)
                elif not frozen:
                    give_shares(s, total, own + 2 * wide, shares, h - l, near, mine.size, inputs)
                for c in range(wide):
                    s[own + c] += np.float32(mine.size) * s[total + c]
                    s[own + wide + c] += s[total + c]
            for row in mine:
                add_row(documents, row, s, own + wide)
            start = stop
    return start, np.int64(-1)


@kernel
def begin(s, own, documents, mine):
    """At `own` the sum of the rows of the document; behind it zeros, for the step that each of them takes."""
    wide = documents.shape[1]
    s[own : own + 2 * wide] = 0.0
    for row in mine:
        for c in range(wide):
            s[own + c] += documents[row, c]


@kernel
def add_up(s, x, own, shares, words, l, h, k, near, mean, own_rows, inputs):
    """The mean or sum of the rows of a window, which is written to `near`, and of the document, at x."""
    wide = inputs.shape[1]
    n = 0
    for j in range(l, h + 1):
        near[n] = words[j]
        n += np.int64(j != k)
    s[shares : shares + up(n)] = 0.0
    s[shares : shares + n] = 1.0
    s[x : x + wide] = s[own : own + wide]
    step_at(s, x, x, shares, inputs, near, up(n), True)
    if mean:
        share = np.float32(1.0) / np.float32(n + own_rows)
        for c in range(wide):
            s[x + c] *= share


@kernel
def give_shares(s, total, spare, shares, n, near, own_rows, inputs):
    """Each of the n words in `near` takes its share of the step at `total`."""
    s[shares : shares + n] = np.float32(1.0) / np.float32(n + own_rows)
    step_at(s, total, spare, shares, inputs, near, up(n), False)


@kernel
def lay_out(s, x, own, words, l, h, k, window, own_rows, inputs):
    """The mean of the rows of the document and the rows of the window behind each other, at x."""
    wide = inputs.shape[1]
    for c in range(wide):
        s[x + c] = s[own + c] / np.float32(own_rows)
    for place in range(2 * window):
        j, at = position(k, place, window), x + (place + 1) * wide
        if l <= j <= h:
            for c in range(wide):
                s[at + c] = inputs[words[j], c]
        else:
            s[at : at + wide] = 0.0


@kernel
def give_parts(s, total, words, l, h, k, window, inputs):
    """Each word of a window takes its own part of the step at `total`."""
    wide = inputs.shape[1]
    for place in range(2 * window):
        j = position(k, place, window)
        if l <= j <= h:
            add_row(inputs, words[j], s, total + place * wide)


@kernel(inline="always")
def position(k, place, window):
    """The position of a place in the window of position k."""
    return k - window + place + np.int64(place >= window)
