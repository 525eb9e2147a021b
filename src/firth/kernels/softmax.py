"""The full softmax, in blocks: every word of the vocabulary is weighed against every other at each position.

    X ← the hidden vectors of a block of positions
    S ← C Xᵀ, for the output rows C of the whole vocabulary
    p ← softmax of each column of S
    S ← lr · (how often j is a target of i) - lr · (targets of i) · p
    C += S X;  X += Sᵀ C     (on the right: X and C from before the step)

This is what hierarchical softmax and negative sampling approximate. A position costs three times vocabulary ×
dim multiplications and the scratch of a thread holds vocabulary × BLOCK scores, so it is for small
vocabularies. (The noise words that a block of negative sampling shares cost three times 32 × dim.)
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.cbow import set_shares
from firth.kernels.jit import kernel
from firth.kernels.negative import BLOCK, MOST
from firth.kernels.tiles import LANES, ROWS, add_product, exponential, gather, product, transpose
from firth.kernels.windows import lay_windows, reach_of, share_back, sum_windows

__all__ = ["scratch_size", "train"]

CHUNK = 64  # output rows copied at a time; a multiple of ROWS

Layout = namedtuple("Layout", "row X XT C S most end")


@kernel
def lay_out(vocabulary, wide):
    """The layout of the scratch."""
    row = wide if wide // LANES % 2 else wide + LANES
    X = 0
    XT = X + BLOCK * row
    C = XT + BLOCK * wide
    S = C + CHUNK * row
    most = S + -(-vocabulary // ROWS) * ROWS * BLOCK
    return Layout(row, X, XT, C, S, most, most + BLOCK)


def scratch_size(vocabulary: int, wide: int, window: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    m = lay_out(vocabulary, wide)
    return int(lay_windows(m.end, m.XT, window).end)


@kernel
def train(words, low, high, n, inputs, outputs, window, together, mean, rate, rate_step, s):
    """Train on a stream of n words as drawn by `stream.draw_stream`.

    inputs, outputs: float32 (vocabulary, wide), C-contiguous, wide a multiple of LANES; read and written;
    columns past the dimension hold zeros and keep them. together: whether the words of a window predict its
    middle as one (CBOW), and mean: by their mean or their sum; otherwise each word predicts those around it.
    rate: the learning rate at first; it falls by rate_step a word. s: float32, `scratch_size` floats.

    Returns how many pairs there were, and -1, or the position of the block in which a score was not finite.
    """
    vocabulary, wide = outputs.shape
    m = lay_out(vocabulary, wide)
    w = lay_windows(m.end, m.XT, window)
    G = s[m.XT : m.C].reshape(BLOCK, wide)
    near, every = np.empty(BLOCK + 2 * window, np.int64), np.arange(max(BLOCK, vocabulary))
    pairs = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        first, last = reach_of(low, high, start, stop)
        for j in range(first, last + 1):
            near[j - first] = words[j]
        own = near[start - first : stop - first]
        if together:
            set_shares(s, w, low, high, start, stop, mean)
            sum_windows(s, m.X, m.row, w, low, high, start, stop, first, last, near, inputs)
        else:
            for i in range(own.size):
                gather(s, m.X + i * m.row, inputs, own[i])
            s[m.X + own.size * m.row : m.X + BLOCK * m.row] = 0.0
        lr = np.float32(rate - rate_step * start)
        strange = weigh(s, m, outputs)
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        pairs += aim_at_targets(s, m, low, high, start, stop, first, together, near, lr, vocabulary)
        restrain(s, m, own, vocabulary)
        G[:] = 0.0
        for c in range(0, vocabulary, CHUNK):
            copied = copy_rows(s, m, c, outputs)
            add_product(s, G, every, 0, own.size, m.S + c * BLOCK, 1, BLOCK, m.C, m.row, copied)
            add_product(s, outputs, every, c, copied, m.S + c * BLOCK, BLOCK, 1, m.X, m.row, BLOCK)
        if together:
            set_shares(s, w, low, high, start, stop, True)
            share_back(s, w, low, high, start, stop, first, last, near, inputs)
        else:
            for i in range(own.size):
                for k in range(wide):
                    inputs[own[i], k] += G[i, k]
    return pairs, np.int64(-1)


@kernel
def copy_rows(s, m, c, outputs):
    """The output rows from c on at m.C, up to CHUNK of them, and rows of zeros up to a multiple of ROWS.
    Returns how many there were."""
    copied = min(CHUNK, outputs.shape[0] - c)
    for k in range(copied):
        gather(s, m.C + k * m.row, outputs, c + k)
    s[m.C + copied * m.row : m.C + -(-copied // ROWS) * ROWS * m.row] = 0.0
    return copied


@kernel
def weigh(s, m, outputs):
    """S: the softmax of the scores, over each column. Returns NaN if a score was not finite."""
    vocabulary, wide = outputs.shape
    transpose(s, m.XT, BLOCK, m.X, m.row, BLOCK, wide)
    for c in range(0, vocabulary, CHUNK):
        rows = -(-copy_rows(s, m, c, outputs) // ROWS) * ROWS
        product(s, m.S + c * BLOCK, BLOCK, m.C, m.row, 1, m.XT, BLOCK, wide, rows, BLOCK // LANES)
    S = s[m.S : m.S + vocabulary * BLOCK].reshape(vocabulary, BLOCK)
    most = s[m.most : m.end]
    most[:] = S[0]
    for v in range(1, vocabulary):
        for i in range(BLOCK):
            most[i] = max(most[i], S[v, i])
    for v in range(vocabulary):
        for i in range(BLOCK):
            S[v, i] -= most[i]
    strange = exponential(s, m.S, vocabulary * BLOCK)
    total = most
    total[:] = 0.0
    for v in range(vocabulary):
        for i in range(BLOCK):
            total[i] += S[v, i]
    for v in range(vocabulary):
        for i in range(BLOCK):
            S[v, i] /= total[i]
    return strange


@kernel(inline="always")
def aim(low, high, i, together):
    """The first and the last position where a target of position i may stand, and how many targets it has."""
    l, h = np.int64(low[i]), np.int64(high[i])
    if together:
        return i, i, np.int64(h > l)
    return l, h, h - l


@kernel
def aim_at_targets(s, m, low, high, start, stop, first, together, near, lr, vocabulary):
    """S ← lr · (how often j is a target of i) - lr · (targets of i) · S. Returns the number of pairs."""
    S = s[m.S : m.S + vocabulary * BLOCK].reshape(vocabulary, BLOCK)
    weight = s[m.most : m.end]
    weight[:] = 0.0
    pairs = 0
    for i in range(start, stop):
        _, _, targets = aim(low, high, i, together)
        weight[i - start] = -lr * np.float32(targets)
        pairs += targets
    for v in range(vocabulary):
        for i in range(BLOCK):
            S[v, i] *= weight[i]
    for i in range(start, stop):
        l, h, targets = aim(low, high, i, together)
        if targets:
            for j in range(l, h + 1):
                if together or j != i:
                    S[near[j - first], i - start] += lr
    return pairs


@kernel
def restrain(s, m, own, vocabulary):
    """Weaken the step where a word is pulled at with more than MOST in all, on either side."""
    S = s[m.S : m.S + vocabulary * BLOCK].reshape(vocabulary, BLOCK)
    pulls = s[m.most : m.end]
    pulls[:] = 0.0
    strongest = np.float32(0.0)
    for v in range(vocabulary):
        total = np.float32(0.0)
        for i in range(BLOCK):
            total += abs(S[v, i])
            pulls[i] += abs(S[v, i])
        strongest = max(strongest, total)
    for i in range(own.size):
        total = np.float32(0.0)
        for k in range(own.size):
            if own[k] == own[i]:
                total += pulls[k]
        strongest = max(strongest, total)
    if strongest > MOST:
        S *= MOST / strongest
