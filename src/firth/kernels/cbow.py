"""Continuous bag of words: the hidden vector of a position is the mean (or the sum) of the input rows around
it, and its target is the word that stands there.

Mikolov et al. 2013 ("Efficient Estimation of Word Representations in Vector Space"), with negative sampling.
For a block of positions the hidden vectors are a product of a band matrix A with the input rows of all
positions in reach, X = A·E, where A_ij is 1 / (words in the window of i) for a mean, 1 for a sum. The step
G of the block comes from `negative`, and goes back to the words in equal shares, E_j += Σ_i G_i / (words in
the window of i). For a mean that is the gradient. Most programs in use give each word of a window the whole
of G instead; İrsoy, Benton and Stratos 2021 ("Corrected CBOW Performs as well as Skip-gram") show what that
costs. With its share a word moves less, so the learning rate is higher than theirs. For a sum the gradient
would be the whole of G, and since every word of the window takes it, the sum would move by many times the
step that was asked for, and diverge.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.negative import BINS, BLOCK, copy_out, lay_out, step
from firth.kernels.stream import draw_noise
from firth.kernels.tiles import LANES, ROWS, add_product, gather, prefetch, product

__all__ = ["Windows", "add_back", "lay_windows", "mix", "reach_of", "scratch_size", "sum_windows", "train"]

# Behind the scratch of `negative`: the rows in reach, how they are summed, and the steps of what they sum to.
Windows = namedtuple("Windows", "E A G end")


@kernel
def lay_windows(begin, row, wide, window):
    """Where the parts of the windows stand, from `begin` on, a multiple of LANES."""
    reach = BLOCK + 2 * window
    E = begin
    A = E + reach * row
    G = A + -(-BLOCK * reach // LANES) * LANES
    return Windows(E, A, G, G + BLOCK * wide)


def scratch_size(wide: int, window: int, noise: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    m = lay_out(wide, 0, noise)
    return int(lay_windows(m.end, m.row, wide, window).end)


@kernel
def train(
    words, low, high, n, inputs, outputs, bounds, guide, window, mean, negative, noise, rate, rate_step,
    seed, s,
):  # fmt: skip
    """Train on a stream of n words as drawn by `stream.draw_stream`.

    inputs, outputs: float32 (vocabulary, wide), C-contiguous, wide a multiple of LANES; read and written;
    columns past the dimension hold zeros and keep them. mean: whether a hidden vector is a mean, or a sum.
    The rest as in `skipgram.train`; a pair is a word and its window.

    Returns how many pairs there were, and -1, or the position of the block in which a score was not finite.
    """
    wide = inputs.shape[1]
    m = lay_out(wide, 0, noise)
    w = lay_windows(m.end, m.row, wide, window)
    G = s[w.G : w.end].reshape(BLOCK, wide)
    state = np.uint64(seed)
    drawn, coming = np.empty(noise, np.int64), np.empty(noise, np.int64)
    state = draw_noise(bounds, guide, state, coming)
    near, every = np.empty(BLOCK + 2 * window, np.int64), np.arange(BLOCK)
    bins = np.zeros(2 * BINS, np.float32)
    s[m.ones : m.sums] = 1.0
    pairs = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        first, last = reach_of(low, high, start, stop)
        for j in range(first, last + 1):
            near[j - first] = words[j]
        drawn, coming = coming, drawn
        own = near[start - first : stop - first]
        sum_windows(s, m.X, m.row, w, low, high, start, stop, first, last, window, mean, near, inputs)
        copy_out(s, m, own, drawn, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, stop, last, n, coming, inputs, outputs)
        G[:] = 0.0
        lr = np.float32(rate - rate_step * start)
        found, strange = step(
            s, m, low, high, start, stop, start, 0, True, lr, negative / noise,
            G, every[: stop - start], own, drawn, outputs, bins, 1.0 if mean else 2.0 * window,
        )  # fmt: skip
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        add_back(s, w, low, high, start, stop, first, last, window, mean, near, inputs)
        pairs += found
    return pairs, np.int64(-1)


@kernel
def reach_of(low, high, start, stop):
    """The first and the last position that a window of the block reaches."""
    first, last = np.int64(start), np.int64(stop - 1)
    for i in range(start, stop):
        first, last = min(first, np.int64(low[i])), max(last, np.int64(high[i]))
    return first, last


@kernel
def sum_windows(s, X, row, w, low, high, start, stop, first, last, window, mean, near, inputs):
    """E, A and the hidden vectors at X (rows `row` floats apart, with rows of zeros up to BLOCK)."""
    reach = BLOCK + 2 * window
    for j in range(last + 1 - first):
        gather(s, w.E + j * row, inputs, near[j])
    s[w.A : w.G] = 0.0
    for i in range(start, stop):
        l, h = np.int64(low[i]), np.int64(high[i])
        if h > l:
            share = np.float32(1.0) / np.float32(h - l) if mean else np.float32(1.0)
            band = w.A + (i - start) * reach - first
            for j in range(l, h + 1):
                s[band + j] = share
            s[band + i] = 0.0  # a word is not its own context
    mix(s, X, row, w, low, high, start, stop, first, window, inputs.shape[1])


@kernel
def mix(s, X, row, w, low, high, start, stop, first, window, wide):
    """X = A E, with rows of zeros up to BLOCK."""
    reach = BLOCK + 2 * window
    s[X + (stop - start) // ROWS * ROWS * row : X + BLOCK * row] = 0.0
    for i in range(start, stop, ROWS):
        l, h = np.int64(low[i]), np.int64(high[i])
        for k in range(i + 1, min(i + ROWS, stop)):
            l, h = min(l, np.int64(low[k])), max(h, np.int64(high[k]))
        a, b = w.A + (i - start) * reach + l - first, w.E + (l - first) * row
        product(s, X + (i - start) * row, row, a, reach, 1, b, row, h - l + 1, ROWS, wide // LANES)


@kernel
def add_back(s, w, low, high, start, stop, first, last, window, mean, near, inputs):
    """Each word takes its share of the steps G of the windows it stands in, straight into the matrix."""
    if not mean:  # A holds ones then
        for i in range(start, stop):
            g = w.G + (i - start) * inputs.shape[1]
            s[g : g + inputs.shape[1]] /= np.float32(max(1, high[i] - low[i]))
    reach, wide = BLOCK + 2 * window, inputs.shape[1]
    for j in range(first, last + 1, ROWS):
        above, below = max(start, j - window), min(stop, j + window + ROWS)
        if above < below:
            a, g = w.A + (above - start) * reach + j - first, w.G + (above - start) * wide
            add_product(
                s, inputs, near, j - first, min(ROWS, last + 1 - j), a, 1, reach, g, wide, below - above
            )


@kernel
def fetch_ahead(words, stop, last, n, coming, inputs, outputs):
    """Have the rows of the next block under way while this one is computed."""
    for k in range(coming.size):
        prefetch(outputs, coming[k])
    for i in range(stop, min(n, stop + BLOCK)):
        prefetch(outputs, words[i])
    for j in range(last + 1, min(n, last + 1 + BLOCK)):
        prefetch(inputs, words[j])
