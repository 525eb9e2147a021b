"""One hidden vector against the words that it should know, and noise words that it should not.

Mikolov et al. 2013 ("Distributed Representations of Words and Phrases", equation 4): for a hidden vector x
and each of its target words j, raise log σ(x · c_j) + Σ_n log σ(-x · c_n) over a few noise words n. With the
output rows of the targets and then of their noise words in C, a step is

    p = lr · (1 - σ(C x)) at targets, -lr · σ(C x) at noise words
    x += pᵀ C;  C += p xᵀ     (on the right: x from before the step)

Where hidden vectors come many at a time, each with several targets, they share noise words (see `negative`),
which turns the work into products of matrices. For document vectors that was measured to cost accuracy: all
that the noise words of a document teach goes into one row. Here each target has its own, and the rows are
read where they stand (see `rows`).

Every part of a step pulls at x, so that the sum of |p| bounds the pull at any row. It is held to a bound, for
the reason that `negative` gives.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.rows import CHUNK, dots_at, step_at
from firth.kernels.stream import draw_noise
from firth.kernels.tiles import LANES, prefetch, sigmoid

__all__ = ["choose", "contrast", "up"]


@kernel(inline="always")
def up(size):
    """The size rounded up to whole chunks."""
    return -(-size // CHUNK) * CHUNK


@kernel
def choose(words, start, n, negative, bounds, guide, state, chosen, outputs):
    """Write n words from `start` on to `chosen` (int64), then `negative` noise words for each, and have their
    output rows under way. The noise words are stratified (see `stream.draw_noise`). Returns the next
    state."""
    for k in range(n):
        chosen[k] = words[start + k]
    state = draw_noise(bounds, guide, state, chosen[n : n * (1 + negative)])
    for k in range(n, n * (1 + negative)):
        prefetch(outputs, chosen[k])
    return state


@kernel
def contrast(s, x, total, p, chosen, n, size, lr, most, outputs, frozen):
    """One step of the hidden vector at s[x :].

    s: float32 scratch. total: where the step of x is written; x itself stays. p: where to work, room for
    `size` floats rounded up to CHUNK, and 2 * LANES more. chosen: int64, the n targets and then the noise
    words, `size` together; its size is a multiple of CHUNK, and what stands behind them are rows too. lr,
    most: float32, the learning rate and the bound of the sum of |p|. outputs: float32, the matrix of output
    rows, left as it is if `frozen`.

    Returns 0, or NaN if a score was not finite; then nothing is changed.
    """
    rates, wide = p + up(size) + LANES, outputs.shape[1]
    dots_at(s, p, x, outputs, chosen, up(size))
    s[p + size : rates] = 0.0
    s[rates : rates + LANES] = lr
    strange = sigmoid(s, p, size, rates, LANES)
    if not np.isfinite(strange):
        return strange
    s[p + size : rates] = 0.0
    pull = np.float32(0.0)
    for k in range(n):
        s[p + k] = lr - s[p + k]
        pull += s[p + k]
    for k in range(n, size):
        pull += s[p + k]
        s[p + k] = -s[p + k]
    if pull > most:
        for k in range(size):
            s[p + k] *= most / pull
    s[total : total + wide] = 0.0
    step_at(s, x, total, p, outputs, chosen, up(size), frozen)
    return strange
