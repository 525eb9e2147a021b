"""Hierarchical softmax: a word is predicted by the turns on the way to its leaf in a Huffman tree.

Mikolov et al. 2013 ("Distributed Representations of Words and Phrases", section 2.1): each inner node v has a
row, and P(word | x) is the product of σ(± x · v) over the way to the word, + for code 0 and - for code 1. The
hidden vectors x of a position are the rows of the words around it, each for itself (skip-gram), or their mean
or sum (CBOW); all of them predict the word in the middle and take its way together:

    X ← hidden vectors;  V ← the rows of the nodes on the way;  d ← their codes
    P ← lr · (1 - d - σ(V Xᵀ))
    V += P X;  X += Pᵀ V     (on the right: X and V from before the step)

so a node's row is read and written once for a whole window. The nodes near the root stand on nearly every
way; threads that all wrote to them would wait for each other's memory, so that each thread works on copies of
the TOP of them, and adds what it changed to the matrix every FLUSH positions. The cost of a pair is the
length of the way, about log2 of the vocabulary, and less for frequent words.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.rows import dots_at
from firth.kernels.tiles import LANES, ROWS, add_product, dots, gather, prefetch, product, sigmoid

__all__ = ["scratch_size", "train"]

MOST = np.float32(1.0)  # the strongest pull of a window at one node
TOP = 64  # nodes near the root that a thread has copies of
FLUSH = 512  # positions after which it adds what it changed

Layout = namedtuple("Layout", "row line X V P rate shares H G top before end")


@kernel
def lay_out(wide, window, longest):
    """The layout of the scratch for rows of `wide` floats and ways of up to `longest` steps."""
    row = wide if wide // LANES % 2 else wide + LANES
    most = -(-2 * window // ROWS) * ROWS
    line = -(-most // LANES) * LANES  # floats of a row of P
    X = 0
    V = X + most * row
    P = V + -(-max(longest, 1) // ROWS) * ROWS * row
    rate = P + longest * line + LANES
    shares = rate + LANES
    H = shares + line
    G = H + ROWS * row
    top = G + ROWS * row
    before = top + TOP * wide
    return Layout(row, line, X, V, P, rate, shares, H, G, top, before, before + TOP * wide)


def scratch_size(wide: int, window: int, longest: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    return int(lay_out(wide, window, longest).end)


@kernel
def train(
    words, low, high, n, inputs, nodes, offsets, points, codes, window, together, mean, rate, rate_step, s
):
    """Train on a stream of n words as drawn by `stream.draw_stream`.

    inputs, nodes: float32, C-contiguous, a multiple of LANES wide; read and written; columns past the
    dimension hold zeros and keep them. offsets, points, codes: from `huffman.walk`. together: whether the
    words of a window predict as one, and mean: by their mean or their sum. rate: the learning rate at first;
    it falls by rate_step a word. s: float32, `scratch_size` floats.

    Returns how many pairs there were, and -1, or the position at which a score was not finite.
    """
    longest = 0
    for word in range(offsets.size - 1):
        longest = max(longest, offsets[word + 1] - offsets[word])
    m = lay_out(inputs.shape[1], window, longest)
    around, places = np.empty(2 * window + 1, np.int64), np.empty(longest, np.int64)
    # Nodes are numbered by rising count, and a parent after its children: the last ones are nearest the root,
    # and come first on every way.
    first = max(0, nodes.shape[0] - TOP)
    top = s[m.top : m.before].reshape(TOP, inputs.shape[1])
    before = s[m.before : m.end].reshape(TOP, inputs.shape[1])
    s[:] = 0.0  # `dots` and σ go a little further than they are asked, and must meet numbers there
    pairs = 0
    for i in range(n):
        if i % FLUSH == 0:
            exchange(nodes, first, top, before)
        l, h = np.int64(low[i]), np.int64(high[i])
        if h == l:
            continue
        if i + 1 < n:
            for k in range(offsets[words[i + 1]], offsets[words[i + 1] + 1]):
                if points[k] < first:
                    prefetch(nodes, points[k])
            prefetch(inputs, words[min(n - 1, high[i + 1] + 1)])
        count = 0
        for j in range(l, h + 1):
            if j != i:
                around[count] = words[j]
                count += 1
        lr = np.float32(rate - rate_step * i)
        strange = predict(
            s, m, around[:count], inputs, nodes, first, top, points, places, codes, offsets[words[i]],
            offsets[words[i] + 1], together, mean, lr,
        )  # fmt: skip
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
def predict(s, m, around, inputs, nodes, first, top, points, places, codes, start, stop, together, mean, lr):
    """Let the words `around` (int64) predict the word whose way is points[start:stop].

    first, top: the nodes from `first` on are read and written in this copy. places: int64, scratch for a way.

    Returns 0, or NaN if a score was not finite; then nothing is changed.
    """
    wide, count, steps = inputs.shape[1], around.size, stop - start
    for j in range(count):
        gather(s, m.X + j * m.row, inputs, around[j])
    near = 0  # how many steps of the way are among the copies
    while near < steps and points[start + near] >= first:
        places[near] = points[start + near] - first
        gather(s, m.V + near * m.row, top, places[near])
        near += 1
    for k in range(near, steps):
        gather(s, m.V + k * m.row, nodes, points[start + k])
    x, hidden = m.X, count
    if together:
        share = np.float32(1.0 / count) if mean else np.float32(1.0)
        s[m.shares : m.shares + count] = share
        product(s, m.H, m.row, m.shares, 0, 1, m.X, m.row, count, ROWS, wide // LANES)
        x, hidden = m.H, 1
    strange = score(s, m, x, around, inputs, together, codes, start, steps, lr)
    if not np.isfinite(strange):
        return strange
    add_product(s, top, places, 0, near, m.P, m.line, 1, x, m.row, hidden)
    far = m.P + near * m.line
    add_product(s, nodes, points, start + near, steps - near, far, m.line, 1, x, m.row, hidden)
    if together:
        product(s, m.G, m.row, m.P, 0, m.line, m.V, m.row, steps, ROWS, wide // LANES)
        s[m.shares : m.shares + count] = np.float32(1.0 / count)  # also of a sum: see `cbow`
        add_product(s, inputs, around, 0, count, m.shares, 1, 0, m.G, m.row, 1)
    else:
        add_product(s, inputs, around, 0, count, m.P, 1, m.line, m.V, m.row, steps)
    return strange


@kernel
def score(s, m, x, around, inputs, together, codes, start, steps, lr):
    """P, with the learning rate held so low that the pull of all hidden vectors at a node is at most MOST.

    They are the one at x, or the input rows of the words around. Returns NaN if a score was not finite.
    """
    hidden = 1 if together else around.size
    lr = min(lr, MOST / np.float32(hidden))
    s[m.rate : m.rate + LANES] = lr
    for k in range(steps):
        p, v = m.P + k * m.line, m.V + k * m.row
        if together:
            dots(s, p, v, x, m.row, inputs.shape[1] // LANES, 1)
        else:
            dots_at(s, p, v, inputs, around, hidden)
    strange = sigmoid(s, m.P, steps * m.line, m.rate, LANES)
    P = s[m.P : m.P + steps * m.line].reshape(steps, m.line)  # a view, whose loops become vector instructions
    for k in range(steps):
        towards = lr if codes[start + k] == 0 else np.float32(0.0)
        for j in range(m.line):  # behind the hidden vectors stand numbers that nobody reads
            P[k, j] = towards - P[k, j]
    return strange
