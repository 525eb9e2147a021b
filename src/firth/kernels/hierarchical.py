"""Hierarchical softmax: a word is predicted by the turns on the way to its leaf in a Huffman tree.

Mikolov et al. 2013 ("Distributed Representations of Words and Phrases", section 2.1): each inner node v has a
row, and P(word | x) is the product of σ(± x · v) over the way to the word, + for code 0 and - for code 1. The
hidden vectors x of a position are the rows of the words around it, each for itself (skip-gram), or their mean
or sum (CBOW); all of them predict the word in the middle and take its way together:

    X ← hidden vectors;  V ← the rows of the nodes on the way;  d ← their codes
    P ← lr · (1 - d - σ(V Xᵀ))
    V += P X;  X += Pᵀ V     (on the right: X and V from before the step)

for GROUP words at a time, the next ones after the step of these, so that a node's row is read and written
once for all of them (see `ways`). The nodes near the root stand on nearly every way; threads that all wrote
to them would wait for each other's memory, so that each thread works on copies of the TOP of them, and adds
what it changed to the matrix every FLUSH positions. The cost of a pair is the length of the way, about log2
of the vocabulary, and less for frequent words.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.tiles import LANES, ROWS, add_product, gather, prefetch, product
from firth.kernels.ways import GROUP, SPARE, line_of, score_way, step_way

__all__ = ["first_copied", "scratch_size", "train"]

MOST = np.float32(1.0)  # the strongest pull of a window at one node
TOP = 64  # nodes near the root that a thread has copies of
FLUSH = 512  # positions after which it adds what it changed

Layout = namedtuple("Layout", "row X P shares H G top before end")


@kernel
def lay_out(wide, window, longest):
    """The layout of the scratch for rows of `wide` floats and ways of up to `longest` steps."""
    row = wide if wide // LANES % 2 else wide + LANES
    most = 2 * window
    X = 0
    P = X + most * row
    shares = P + -(-(longest * line_of(GROUP) + SPARE) // LANES) * LANES
    H = shares + -(-most // LANES) * LANES
    G = H + ROWS * wide
    top = G + wide
    before = top + TOP * wide
    return Layout(row, X, P, shares, H, G, top, before, before + TOP * wide)


def scratch_size(wide: int, window: int, longest: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    return int(lay_out(wide, window, longest).end)


@kernel
def first_copied(nodes):
    """The first of so many nodes that threads have copies of. Nodes are numbered by rising count, and a
    parent after its children, so that the last ones are nearest the root."""
    return max(0, nodes - TOP)


@kernel
def train(
    words, low, high, n, inputs, nodes, offsets, places, turns, window, together, mean, rate, rate_step, s
):
    """Train on a stream of n words as drawn by `stream.draw_stream`.

    inputs, nodes: float32, C-contiguous, a multiple of LANES wide; read and written; columns past the
    dimension hold zeros and keep them. offsets: from `huffman.walk`; places, turns: from `ways.pave`.
    together: whether the words of a window predict as one, and mean: by their mean or their sum. rate: the
    learning rate at first; it falls by rate_step a word. s: float32, `scratch_size` floats.

    Returns how many pairs there were, and -1, or the position at which a score was not finite.
    """
    longest, wide = 0, inputs.shape[1]
    for word in range(offsets.size - 1):
        longest = max(longest, offsets[word + 1] - offsets[word])
    m = lay_out(wide, window, longest)
    around, alone = np.empty(2 * window + 1, np.int64), np.zeros(1, np.int64)
    first = first_copied(nodes.shape[0])
    top = s[m.top : m.before].reshape(TOP, wide)
    before = s[m.before : m.end].reshape(TOP, wide)
    s[:] = 0.0
    pairs = 0
    for i in range(n):
        if i % FLUSH == 0:
            exchange(nodes, first, top, before)
        l, h = np.int64(low[i]), np.int64(high[i])
        if h == l:
            continue
        if i + 1 < n:
            for k in range(offsets[words[i + 1]], offsets[words[i + 1] + 1]):
                if places[k] >= 0:
                    prefetch(nodes, places[k])
            prefetch(inputs, words[min(n - 1, high[i + 1] + 1)])
        count = 0
        for j in range(l, h + 1):
            if j != i:
                around[count] = words[j]
                count += 1
        lr = np.float32(rate - rate_step * i)
        way, steps = offsets[words[i]], offsets[words[i] + 1] - offsets[words[i]]
        if together:
            strange = predict_as_one(
                s, m, around[:count], alone, inputs, nodes, top, places, turns, way, steps, mean, lr
            )
        else:
            strange = predict(s, m, around[:count], inputs, nodes, top, places, turns, way, steps, lr)
        if not np.isfinite(strange):
            return pairs, np.int64(i)
        pairs += 1 if together else count
    exchange(nodes, first, top, before)
    return pairs, np.int64(-1)


@kernel
def exchange(nodes, first, top, before):
    """Add what was changed in the copies of the nodes from `first` on, and copy them anew."""
    for k in range(nodes.shape[0] - first):
        for c in range(nodes.shape[1]):
            nodes[first + k, c] += top[k, c] - before[k, c]
            top[k, c] = nodes[first + k, c]
            before[k, c] = top[k, c]


@kernel
def predict(s, m, around, inputs, nodes, top, places, turns, way, steps, lr):
    """Let each of the words `around` (int64) predict the word with that way, the learning rate held so low
    that their pull at a node is at most MOST.

    Returns 0, or NaN if a score was not finite; then nothing was changed by its group.
    """
    count = around.size
    lr = min(lr, MOST / np.float32(count))
    for begin in range(0, count, GROUP):
        some = min(GROUP, count - begin)
        strange = score_way(s, m.P, lr, inputs, around, begin, some, nodes, top, places, turns, way, steps)
        if not np.isfinite(strange):
            return strange
        step_way(s, m.P, inputs, around, begin, some, inputs, nodes, top, places, way, steps)
    return np.float32(0.0)


@kernel
def predict_as_one(s, m, around, alone, inputs, nodes, top, places, turns, way, steps, mean, lr):
    """Let the mean or the sum of the words `around` (int64) predict the word with that way. alone: int64,
    one 0, the row of the one hidden vector.

    Returns 0, or NaN if a score was not finite; then nothing is changed.
    """
    wide, count = inputs.shape[1], around.size
    for j in range(count):
        gather(s, m.X + j * m.row, inputs, around[j])
    share = np.float32(1.0 / count)
    s[m.shares : m.shares + count] = share if mean else np.float32(1.0)
    product(s, m.H, wide, m.shares, 0, 1, m.X, m.row, count, ROWS, wide // LANES)
    hidden, change = s[m.H : m.H + wide].reshape(1, wide), s[m.G : m.G + wide].reshape(1, wide)
    strange = score_way(s, m.P, lr, hidden, alone, 0, 1, nodes, top, places, turns, way, steps)
    if np.isfinite(strange):
        change[:] = 0.0
        step_way(s, m.P, hidden, alone, 0, 1, change, nodes, top, places, way, steps)
        s[m.shares : m.shares + count] = share  # also of a sum: see `cbow`
        add_product(s, inputs, around, 0, count, m.shares, 1, 0, m.G, wide, 1)
    return strange
