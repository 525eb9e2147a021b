"""Distributed memory in blocks: the step of `dm` for hidden vectors that are means, many positions at a time.

The hidden vector of a position is the mean of the input rows around it (see `cbow`) and of the rows of its
document. BLOCK consecutive positions share their noise words and take their steps together (see `negative`);
a block may hold several documents. Each word takes its share of a step and each row of a document the whole,
as in `dm`: it counts in a mean by its share, so that the steps of a block do not move the mean too far.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.cbow import fetch_ahead
from firth.kernels.jit import kernel
from firth.kernels.negative import BINS, BLOCK, copy_out, lay_out, step_each
from firth.kernels.stream import draw_noise
from firth.kernels.tiles import LANES, add_product, gather
from firth.kernels.windows import lay_windows, reach_of, share_back, sum_windows

__all__ = ["scratch_size", "train"]

# Behind the scratch of `cbow`: a row of a document, and a one.
Own = namedtuple("Own", "D one end")


@kernel
def lay_own(begin, row):
    """Where these parts stand, from `begin` on, a multiple of LANES."""
    one = begin + row
    return Own(begin, one, one + LANES)


def scratch_size(wide: int, window: int, noise: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    m = lay_out(wide, 0, noise)
    return int(lay_own(lay_windows(m.end, m.XT, window).end, m.row).end)


@kernel
def train(
    words, low, high, ends, rows, row_starts, documents, inputs, outputs, bounds, guide, window, negative,
    noise, rate, rate_step, seed, s,
):  # fmt: skip
    """Train on documents in a stream as drawn by `stream.draw_stream`, which end at `ends` (int64) in it.

    noise: noise words a block, a multiple of ROWS. The rest as in `dm.train`.

    Returns how many words there were, and -1, or the position of the block in which a score was not finite.
    """
    wide, n = inputs.shape[1], ends[-1]
    m = lay_out(wide, 0, noise)
    w = lay_windows(m.end, m.XT, window)
    o = lay_own(w.end, m.row)
    told = np.ones(BLOCK, np.uint8)  # a document tells its words, with words around them or without
    state = np.uint64(seed)
    drawn, coming = np.empty(noise, np.int64), np.empty(noise, np.int64)
    state = draw_noise(bounds, guide, state, coming)
    near, every = np.empty(BLOCK + 2 * window, np.int64), np.arange(BLOCK)
    bins = np.zeros(2 * BINS, np.float32)
    s[m.ones : m.sums] = 1.0
    s[o.D : o.end] = 0.0
    s[o.one] = 1.0
    document = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        while ends[document] <= start:
            document += 1
        first, last = reach_of(low, high, start, stop)
        for j in range(first, last + 1):
            near[j - first] = words[j]
        drawn, coming = coming, drawn
        own = near[start - first : stop - first]
        average(
            s, m, w, o, low, high, ends, rows, row_starts, document, start, stop, first, last, near, every,
            documents, inputs,
        )  # fmt: skip
        copy_out(s, m, own[:0], drawn, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, stop, last, n, coming, inputs, outputs)
        lr = np.float32(rate - rate_step * start)
        _, strange = step_each(
            s, m, told, lr, negative / noise, every, own, drawn, outputs, bins, np.float32(1.0)
        )
        if not np.isfinite(strange):
            return start, np.int64(start)
        share_back(s, w, low, high, start, stop, first, last, near, inputs)
        a, d = start, document
        while a < stop:
            b = min(stop, ends[d])
            count = row_starts[d + 1] - row_starts[d]
            g = w.G + (a - start) * wide
            add_product(s, documents, rows, row_starts[d], count, o.one, 0, 0, g, wide, b - a)
            a, d = b, d + 1
    return n, np.int64(-1)


@kernel
def average(
    s, m, w, o, low, high, ends, rows, row_starts, document, start, stop, first, last, near, every, documents,
    inputs,
):  # fmt: skip
    """The hidden vectors at X: each the mean of its window and of the rows of its document."""
    a, d = start, document
    while a < stop:
        b = min(stop, ends[d])
        for i in range(a, b):
            count = high[i] - low[i] + row_starts[d + 1] - row_starts[d]
            s[w.shares + i - start] = np.float32(1.0 / count)
        a, d = b, d + 1
    sum_windows(s, m.X, m.row, w, low, high, start, stop, first, last, near, inputs)
    X = s[m.X : m.XT].reshape(BLOCK, m.row)
    a, d = start, document
    while a < stop:
        b = min(stop, ends[d])
        for r in range(row_starts[d], row_starts[d + 1]):
            gather(s, o.D, documents, rows[r])
            add_product(s, X, every, a - start, b - a, w.shares + a - start, 1, 0, o.D, m.row, 1)
        a, d = b, d + 1
