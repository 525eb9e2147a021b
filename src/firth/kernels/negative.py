"""Negative sampling in blocks: what a block of hidden vectors learns from its targets and from shared noise.

Mikolov et al. 2013 ("Distributed Representations of Words and Phrases", equation 4) ask, for each pair of a
hidden vector x and a target word j, for a step that raises log σ(x · c_j) + Σ_n log σ(-x · c_n) over
a few noise words n. One pair at a time, that is a handful of short dot products on rows scattered over
memory. Ji et al. 2016 (arXiv:1604.04661) let the pairs of a window share their noise words, which turns the
work into small matrix products. Here a whole block of consecutive words shares them:

    for a block of BLOCK words of the stream:
        X ← their hidden vectors
        C ← the output rows of the positions where their targets stand
        N ← the output rows of the noise words
        P ← lr · (1 - σ(X Cᵀ)) where j is a target of i, else 0
        Q ← -w · σ(N Xᵀ), where w_i = lr · pairs of i · negative / noise words
        X += P C + Qᵀ N;  C += Pᵀ X;  N += Q X     (on the right: X, C and N from before the step)

The weight w makes the step, in expectation, that of `negative` noise words drawn for each pair. They
are stratified: the k-th of m comes from the k-th m-th part of the noise distribution, which keeps the
expectation and lowers the variance.

A hidden vector is the row of a word (skip-gram), the mean of a window (CBOW), of n-grams, … : whoever calls
puts it into X and says where its step goes. The targets of i are the words of its window, or the one word at
its own position, and then the rows of C take their steps in turn, where they stand.

One word after the other, an error that a step mends is seen by the next. In a block all steps start from the
same rows, and where many of them pull at one row (a wide window, many noise words, a word that is repeated
and repeated) their sum would overshoot and grow without bound. So the sum of |P| and |Q| over all places of a
row is held to MOST. With usual settings on usual text that hardly ever binds.

Rows are copied to a scratch of some tens of kB, and the sums run in registers (see `tiles`) and are added to
the matrices at the end of the block. Threads share the matrices without locks (Niu et al. 2011, "Hogwild!").
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.rows import dot_at, exchange_at
from firth.kernels.tiles import (
    LANES,
    ROWS,
    add_product,
    dots,
    gather,
    product,
    sigmoid,
    transpose,
)

__all__ = ["BLOCK", "MOST", "Layout", "copy_out", "lay_out", "step", "step_each"]

BLOCK = 32  # hidden vectors of a block; a multiple of LANES
BINS = 512  # see `pull`
MOST = np.float32(1.0)  # the strongest pull of a block at one row

# Where each part of the scratch begins, and how far apart the copied rows are.
Layout = namedtuple("Layout", "row X XT C N P Q weight rate scores ones sums pulls end")


@kernel
def lay_out(wide, window, noise):
    """The layout of the scratch for rows of `wide` floats and targets up to `window` positions away. Copied
    rows stand an odd number of vectors apart, because rows some power of two apart would compete for the same
    few lines of the cache."""
    row = wide if wide // LANES % 2 else wide + LANES
    reach = BLOCK + 2 * window
    X = 0
    XT = X + BLOCK * row
    C = XT + BLOCK * wide
    N = C + reach * row
    P = N + noise * row
    Q = P + BLOCK * reach
    weight = Q + noise * BLOCK
    rate = weight + BLOCK
    scores = rate + LANES
    ones = scores + -(-(BLOCK * (2 * window + 1) + ROWS) // LANES) * LANES  # `dots` writes a little more
    sums = ones + BLOCK
    pulls = sums + ROWS * BLOCK
    end = pulls + -(-(BLOCK + reach + noise + ROWS) // LANES) * LANES
    return Layout(row, X, XT, C, N, P, Q, weight, rate, scores, ones, sums, pulls, end)


@kernel
def copy_out(s, m, near, drawn, outputs):
    """C and N: the output rows of the words `near`, where the targets stand, and of the noise words."""
    for j in range(near.size):
        gather(s, m.C + j * m.row, outputs, near[j])
    for k in range(drawn.size):
        gather(s, m.N + k * m.row, outputs, drawn[k])


@kernel
def step(s, m, low, high, start, stop, first, window, lr, share, hidden, own, near, drawn, outputs, bins):
    """One step of a block whose X, C and N stand in the scratch, and whose `ones` are 1: the targets of a
    position are the other words of its window.

    low, high: int32, by position: the first and the last position of each window. start, stop: the positions
        of the block. first: the position of near[0]. window: how far targets may be from their word.
    lr: float32, the learning rate. share: noise words a pair over noise words a block.
    hidden, own: where the step of X goes: row own[i] (int64) of this float32 matrix.
    near, drawn: int64, the words of C and N. outputs: float32, the matrix that holds their rows.
    bins: float32, 2 * BINS zeros; zeros again afterwards.

    Returns how many pairs there were, and 0, or NaN if a score was not finite; then nothing is changed.
    """
    wide = outputs.shape[1]
    pairs, strange = score_pairs(s, m, low, high, start, stop, first, lr, share, window, wide)
    strange += score_noise(s, m, drawn.size, wide)
    if not np.isfinite(strange):
        return pairs, strange
    if pull(s, m, own, near, drawn, window, bins, np.float32(1.0)) > MOST:
        restrain(s, m, own, near, drawn, window, np.float32(1.0))
    add_up(s, m, low, high, start, stop, first, window, hidden, own, near, drawn, outputs)
    return pairs, strange


@kernel
def step_each(s, m, told, lr, share, every, own, drawn, outputs, bins, gain):
    """One step of a block whose X and N stand in the scratch, and whose `ones` are 1: the only target of a
    position is its own word. The steps of the hidden vectors are left at XT: (BLOCK, wide).

    told: uint8, one a position of the block: whether it has a target.
    lr, share, drawn, outputs, bins: as in `step`.
    every: int64, 0 to BLOCK - 1. own: int64, the words of the block.
    gain: float32: how many times its step a hidden vector will move, where rows that it is made of take the
        steps of several hidden vectors.

    Returns how many pairs there were, and 0, or NaN if a score was not finite; then no matrix is changed.
    """
    wide, n = outputs.shape[1], own.size
    s[m.P : m.Q] = 0.0
    s[m.weight : m.scores] = 0.0
    s[m.rate : m.scores] = lr
    s[m.scores : m.scores + BLOCK] = 0.0
    s[m.pulls : m.pulls + 2 * BLOCK] = 0.0
    pairs = 0
    for i in range(n):
        dot_at(s, m.scores, m.X + i * m.row, outputs, own, i)
    strange = sigmoid(s, m.scores, BLOCK, m.rate, LANES)
    for i in range(n):
        if told[i]:
            towards = lr - s[m.scores + i]
            s[m.P + i * (BLOCK + 1)] = towards
            s[m.pulls + i] = towards
            s[m.pulls + BLOCK + i] = towards
            s[m.weight + i] = -lr * np.float32(share)
            pairs += 1
    strange += score_noise(s, m, drawn.size, wide)
    if not np.isfinite(strange):
        return pairs, strange
    if pull(s, m, every[:n], own, drawn, 0, bins, gain) > MOST:
        restrain(s, m, every[:n], own, drawn, 0, gain)
    product(s, m.XT, wide, m.Q, 1, BLOCK, m.N, m.row, drawn.size, BLOCK, wide // LANES)
    for i in range(n):
        exchange_at(s, m.X + i * m.row, m.XT + i * wide, m.P + i * BLOCK, outputs, own, i)
    add_product(s, outputs, drawn, 0, drawn.size, m.Q, BLOCK, 1, m.X, m.row, BLOCK)
    return pairs, strange


@kernel
def score_pairs(s, m, low, high, start, stop, first, lr, share, window, wide):
    """P, the sums of its rows and columns, and the weight w of each hidden vector.

    The scores are computed side by side first, so that σ works on whole vectors, and then spread into the
    band of P. Returns the number of pairs, and NaN if a score was not finite.
    """
    reach = BLOCK + 2 * window
    s[m.P : m.Q] = 0.0
    s[m.weight : m.rate] = 0.0
    s[m.rate : m.scores] = lr
    s[m.pulls : m.pulls + BLOCK + reach] = 0.0
    count, pairs = 0, 0
    for i in range(start, stop):
        l, h = np.int64(low[i]), np.int64(high[i])
        if h > l:
            x, c = m.X + (i - start) * m.row, m.C + (l - first) * m.row
            dots(s, m.scores + count, x, c, m.row, wide // LANES, h - l + 1)
            s[m.weight + i - start] = -lr * np.float32((h - l) * share)
            count += h - l + 1
            pairs += h - l
    for k in range(count, -(-count // LANES) * LANES):
        s[m.scores + k] = 0.0
    strange = sigmoid(s, m.scores, count, m.rate, LANES)
    count = 0
    for i in range(start, stop):
        l, h = np.int64(low[i]), np.int64(high[i])
        if h > l:
            band, column = m.P + (i - start) * reach - first, m.pulls + BLOCK - first
            s[m.scores + count + i - l] = lr  # a word is not its own context: P is 0 there
            total = np.float32(0.0)
            for j in range(l, h + 1):
                towards = lr - s[m.scores + count]
                s[band + j] = towards
                s[column + j] += towards
                total += towards
                count += 1
            s[m.pulls + i - start] = total
    return pairs, strange


@kernel
def score_noise(s, m, noise, wide):
    """Q. Returns NaN if a score was not finite."""
    transpose(s, m.XT, BLOCK, m.X, m.row, BLOCK, wide)
    product(s, m.Q, BLOCK, m.N, m.row, 1, m.XT, BLOCK, wide, noise, BLOCK // LANES)
    return sigmoid(s, m.Q, noise * BLOCK, m.weight, BLOCK)


@kernel
def pull(s, m, own, near, drawn, window, bins, gain):
    """How strongly the block pulls at each row: the sums of |P| and |Q| over its rows and columns.

    At s[m.pulls :] stands a number for each hidden vector, for each position in reach, and for each noise
    word; `score_pairs` has put the sums of P there. Returns a bound on the strongest pull at any one row of
    the matrices: a row may stand in several places, and the pulls at words whose ids are equal modulo BINS
    are added up too, which is cheap and seldom matters. bins: float32, zeros; zeros again afterwards.
    """
    x, c = m.pulls, m.pulls + BLOCK
    n = c + BLOCK + 2 * window
    product(s, m.sums, BLOCK, m.ones, 0, 0, m.Q, BLOCK, drawn.size, ROWS, BLOCK // LANES)
    dots(s, n, m.ones, m.Q, BLOCK, BLOCK // LANES, drawn.size)
    strongest = np.float32(0.0)
    for i in range(own.size):
        s[x + i] -= s[m.sums + i]
        strongest = max(strongest, gain * add_to(bins, own[i] % BINS, s[x + i]))
    for j in range(near.size):
        strongest = max(strongest, add_to(bins, BINS + near[j] % BINS, s[c + j]))
    for k in range(drawn.size):
        s[n + k] = -s[n + k]
        strongest = max(strongest, add_to(bins, BINS + drawn[k] % BINS, s[n + k]))
    for i in range(own.size):
        bins[own[i] % BINS] = 0.0
    for j in range(near.size):
        bins[BINS + near[j] % BINS] = 0.0
    for k in range(drawn.size):
        bins[BINS + drawn[k] % BINS] = 0.0
    return strongest


@kernel(inline="always")
def add_to(bins, place, amount):
    """Add to a bin; returns what is in it then."""
    bins[place] += amount
    return bins[place]


@kernel
def restrain(s, m, own, near, drawn, window, gain):
    """Weaken P and Q where they pull at a row with more than MOST in all, as `pull` has found."""
    reach = BLOCK + 2 * window
    pulls = s[m.pulls : m.end]
    keep_own = shares(own, gain * pulls[: own.size])
    outer = np.concatenate(
        (pulls[BLOCK : BLOCK + near.size], pulls[BLOCK + reach : BLOCK + reach + drawn.size])
    )
    keep_outer = shares(np.concatenate((near, drawn)), outer)
    for i in range(own.size):
        for j in range(near.size):
            s[m.P + i * reach + j] *= min(keep_own[i], keep_outer[j])
        for k in range(drawn.size):
            s[m.Q + k * BLOCK + i] *= min(keep_own[i], keep_outer[near.size + k])


@kernel
def shares(rows, pulls):
    """What share of its pull each place may keep, so that the places of no row pull with more than MOST."""
    kept = np.ones(rows.size, np.float32)
    for i in range(rows.size):
        total = np.float32(0.0)
        for k in range(rows.size):
            if rows[k] == rows[i]:
                total += pulls[k]
        kept[i] = MOST / max(total, MOST)
    return kept


@kernel
def add_up(s, m, low, high, start, stop, first, window, hidden, own, near, drawn, outputs):
    """X += P C + Qᵀ N, C += Pᵀ X, N += Q X, straight into the matrices; of P little more than the
    band that is not zero."""
    reach, row, noise, last = BLOCK + 2 * window, m.row, drawn.size, first + near.size - 1
    for i in range(start, stop, ROWS):
        end = min(i + ROWS, stop)
        l, h = np.int64(low[i]), np.int64(high[i])
        for k in range(i + 1, end):
            l, h = min(l, np.int64(low[k])), max(h, np.int64(high[k]))
        if h > l:
            p, c = m.P + (i - start) * reach + l - first, m.C + (l - first) * row
            add_product(s, hidden, own, i - start, end - i, p, reach, 1, c, row, h - l + 1)
    add_product(s, hidden, own, 0, stop - start, m.Q, 1, BLOCK, m.N, row, noise)
    for j in range(first, last + 1, ROWS):
        above, below = max(start, j - window), min(stop, j + window + ROWS)
        if above < below:
            p, x = m.P + (above - start) * reach + j - first, m.X + (above - start) * row
            add_product(
                s, outputs, near, j - first, min(ROWS, last + 1 - j), p, 1, reach, x, row, below - above
            )
    add_product(s, outputs, drawn, 0, noise, m.Q, BLOCK, 1, m.X, row, BLOCK)
