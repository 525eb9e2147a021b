"""Skip-gram with negative sampling: the hidden vector of a word is its input row, its targets are the words
around it. The step of a block is described in `negative`."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.negative import BINS, BLOCK, copy_out, lay_out, step
from firth.kernels.stream import draw_noise
from firth.kernels.tiles import gather, prefetch

__all__ = ["scratch_size", "train"]


def scratch_size(wide: int, window: int, noise: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    return int(lay_out(wide, window, noise).end)


@kernel
def train(
    words, low, high, n, inputs, outputs, bounds, guide, window, negative, noise, rate, rate_step, seed, s
):
    """Train on a stream of n words as drawn by `stream.draw_stream`.

    inputs, outputs: float32 (vocabulary, wide), C-contiguous, wide a multiple of LANES; read and written;
    columns past the dimension hold zeros and keep them. bounds, guide: the noise distribution. negative:
    noise words a pair; noise: noise words a block, a multiple of ROWS. rate: the learning rate at first; it
    falls by rate_step a word. s: float32, `scratch_size` floats, aligned to 64 bytes.

    Returns how many pairs there were, and -1, or the position of the block in which a score was not finite.
    """
    m = lay_out(inputs.shape[1], window, noise)
    state = np.uint64(seed)
    drawn, coming = np.empty(noise, np.int64), np.empty(noise, np.int64)
    state = draw_noise(bounds, guide, state, coming)
    own, near = np.empty(BLOCK, np.int64), np.empty(BLOCK + 2 * window, np.int64)
    bins = np.zeros(2 * BINS, np.float32)
    s[m.ones : m.sums] = 1.0
    pairs = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        first, last = np.int64(low[start]), np.int64(high[stop - 1])
        for i in range(start, stop):
            own[i - start] = words[i]
            first, last = min(first, np.int64(low[i])), max(last, np.int64(high[i]))
        for j in range(first, last + 1):
            near[j - first] = words[j]
        drawn, coming = coming, drawn
        for i in range(stop - start):
            gather(s, m.X + i * m.row, inputs, own[i])
        s[m.X + (stop - start) * m.row : m.X + BLOCK * m.row] = 0.0
        copy_out(s, m, near[: last + 1 - first], drawn, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, stop, last, n, coming, inputs, outputs)
        lr = np.float32(rate - rate_step * start)
        found, strange = step(
            s, m, low, high, start, stop, first, window, lr, negative / noise,
            inputs, own[: stop - start], near[: last + 1 - first], drawn, outputs, bins,
        )  # fmt: skip
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        pairs += found
    return pairs, np.int64(-1)


@kernel
def fetch_ahead(words, stop, last, n, coming, inputs, outputs):
    """Have the rows of the next block under way while this one is computed."""
    for k in range(coming.size):
        prefetch(outputs, coming[k])
    for i in range(stop, min(n, stop + BLOCK)):
        prefetch(inputs, words[i])
    for j in range(last + 1, min(n, last + 1 + BLOCK)):
        prefetch(outputs, words[j])
