"""Continuous bag of words: the hidden vector of a position is the mean (or the sum) of the input rows around
it, and its target is the word that stands there.

Mikolov et al. 2013 ("Efficient Estimation of Word Representations in Vector Space"), with negative sampling.
The hidden vectors of a block of positions are made by running sums (see `windows`). The step G of the block
comes from `negative`, and goes back to the words in equal shares, E_j += Σ_i G_i / (words in the window of
i). For a mean that is the gradient. Most programs in use give each word of a window the whole of G instead;
İrsoy, Benton and Stratos 2021 ("Corrected CBOW Performs as well as Skip-gram") show what that costs. With its
share a word moves less, so the learning rate is higher than theirs. For a sum the gradient would be the whole
of G, and since every word of the window takes it, the sum would move by many times the step that was asked
for, and diverge.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.negative import BINS, BLOCK, copy_out, lay_out, step_each
from firth.kernels.stream import draw_noise
from firth.kernels.tiles import prefetch
from firth.kernels.windows import lay_windows, reach_of, share_back, sum_windows

__all__ = ["fetch_ahead", "scratch_size", "set_shares", "train"]


def scratch_size(wide: int, window: int, noise: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    m = lay_out(wide, 0, noise)
    return int(lay_windows(m.end, m.XT, window).end)


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
    w = lay_windows(m.end, m.XT, window)
    told = np.empty(BLOCK, np.uint8)
    gain = 1.0 if mean else 2.0 * window
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
        set_shares(s, w, low, high, start, stop, mean)
        sum_windows(s, m.X, m.row, w, low, high, start, stop, first, last, near, inputs)
        copy_out(s, m, own[:0], drawn, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, stop, last, n, coming, inputs, outputs)
        for i in range(start, stop):
            told[i - start] = high[i] > low[i]
        lr = np.float32(rate - rate_step * start)
        found, strange = step_each(
            s, m, told, lr, negative / noise, every, own, drawn, outputs, bins, np.float32(gain)
        )
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        if not mean:
            set_shares(s, w, low, high, start, stop, True)
        share_back(s, w, low, high, start, stop, first, last, near, inputs)
        pairs += found
    return pairs, np.int64(-1)


@kernel
def set_shares(s, w, low, high, start, stop, mean):
    """By how much each word counts in the windows of the block: its share of a mean, or 1 in a sum."""
    for i in range(start, stop):
        s[w.shares + i - start] = np.float32(1.0 / max(1, high[i] - low[i])) if mean else np.float32(1.0)


@kernel
def fetch_ahead(words, stop, last, n, coming, inputs, outputs):
    """Have the rows of the next block under way while this one is computed."""
    for k in range(coming.size):
        prefetch(outputs, coming[k])
    for i in range(stop, min(n, stop + BLOCK)):
        prefetch(outputs, words[i])
    for j in range(last + 1, min(n, last + 1 + BLOCK)):
        prefetch(inputs, words[j])
