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

from collections import namedtuple

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.rows import dots_at, step_at, sum_at
from firth.kernels.stream import draw_alone
from firth.kernels.tiles import LANES, prefetch, sigmoid

__all__ = ["Layout", "aim", "choose", "contrast", "lay_out"]

# Where the vectors of a step stand in the scratch: the hidden vector, its step, the scores and then p, what
# the scores are weighed by, what they are compared with, and the end.
Layout = namedtuple("Layout", "x g p weights aims end")


@kernel
def lay_out(layer, size):
    """The layout of the scratch for hidden vectors of `layer` floats and up to `size` targets and noise
    words.

    """
    room = -(-size // LANES) * LANES
    p = 2 * layer
    return Layout(0, layer, p, p + room, p + 2 * room, p + 3 * room)


@kernel
def choose(words, start, n, negative, share, other, state, chosen, outputs):
    """Write n words from `start` on to `chosen` (int64), then `negative` noise words for each, and have their
    output rows under way. share, other: from `stream.alias_table`. Returns the next state.
    """
    for k in range(n):
        chosen[k] = words[start + k]
    state = draw_alone(share, other, state, chosen[n : n * (1 + negative)])
    for k in range(n * (1 + negative)):
        prefetch(outputs, chosen[k])
    return state


@kernel
def aim(s, m, n, size, lr):
    """Set what the next steps are weighed by and aim at: n targets and, up to `size`, noise words."""
    s[m.weights : m.weights + size] = lr
    s[m.weights + size : m.aims] = 0.0
    s[m.aims : m.aims + n] = lr
    s[m.aims + n : m.end] = 0.0


@kernel
def contrast(s, m, chosen, size, lr, most, outputs, frozen):
    """One step of the hidden vector at s[m.x :], whose own step is written to s[m.g :] and not yet added.

    s: float32 scratch, laid out by `lay_out`, with `aim` taken. chosen: int64, the targets and then the noise
    words, `size` together. lr, most: float32, the learning rate and the bound of the sum of |p|. outputs:
    float32, the matrix of output rows, left as it is if `frozen`.

    Returns 0, or NaN if a score was not finite; then nothing is changed.
    """
    dots_at(s, m.p, m.x, outputs, chosen, size)
    p, aims = s[m.p : m.weights], s[m.aims : m.end]  # views, whose loops become vector instructions
    p[size:] = 0.0
    strange = sigmoid(s, m.p, size, m.weights, p.size)
    if not np.isfinite(strange):
        return strange
    for k in range(p.size):
        p[k] = aims[k] - p[k]
    if lr * np.float32(size) > most:  # or it cannot be that strong
        restrain(p, most)
    s[m.g : m.p] = 0.0
    if frozen:
        sum_at(s, m.g, m.p, outputs, chosen, size)
    else:
        step_at(s, m.x, m.g, m.p, outputs, chosen, size)
    return strange


@kernel
def restrain(p, most):
    """Hold the sum of |p| to `most`."""
    pull = np.float32(0.0)
    for k in range(p.size):
        pull += abs(p[k])
    if pull > most:
        p *= most / pull
