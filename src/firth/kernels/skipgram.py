"""Skip-gram with negative sampling, in blocks.

Mikolov et al. 2013 ("Distributed Representations of Words and Phrases", equation 4) ask, for each pair of an
input word i and a word j of its window, for a step that raises log σ(x_i · c_j) + Σ_n log σ(-x_i · c_n) over
a few noise words n. One pair at a time, that is a handful of short dot products on rows scattered over
memory. Ji et al. 2016 (arXiv:1604.04661) let the pairs of a window share their noise words, which turns the
work into small matrix products. Here a whole block of consecutive words shares them:

    for a block of BLOCK words of the stream:
        X ← their input rows
        C ← the output rows of the positions that their windows reach
        N ← the output rows of the noise words
        P ← lr · (1 - σ(X Cᵀ)) where j is in the window of i, else 0
        Q ← -w · σ(N Xᵀ), where w_i = lr · pairs of i · negative / noise words
        X += P C + Qᵀ N;  C += Pᵀ X;  N += Q X     (on the right: X, C and N from before the step)

The weight w makes the step, in expectation, that of `negative` noise words drawn for each pair. They
are stratified: the k-th of m comes from the k-th m-th part of the noise distribution, which keeps the
expectation and lowers the variance.

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
from firth.kernels.tiles import (
    LANES,
    ROWS,
    add_product,
    dots,
    gather,
    prefetch,
    product,
    sigmoid,
    transpose,
)

__all__ = ["BLOCK", "GUIDE", "draw_stream", "guide_table", "noise_word", "scratch_size", "train"]

BLOCK = 32  # input words of a block; a multiple of LANES
GUIDE = 1 << 16  # entries of the guide table
BINS = 512  # see `pull`
MOST = np.float32(1.0)  # the strongest pull of a block at one row
HELD_RUN = 32  # held-out positions come in runs of so many

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)


@kernel(inline="always")
def splitmix(state):
    """The next state of a counter, and 64 random bits made from it: SplitMix (Steele, Lea and Flood 2014)."""
    state += np.uint64(0x9E3779B97F4A7C15)
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state, z ^ (z >> np.uint64(31))


# --- the stream of words


@kernel
def draw_stream(tokens, offsets, first, keep, window, dynamic, holdout, seed, words, low, high):
    """Thin out the frequent words of a segment and draw a window for each word that stays.

    tokens: int32, the segment. offsets: int64, where its sequences begin, and the end. first: where tokens[0]
        stands in the corpus.
    keep: uint32, one a word: it stays if 32 random bits do not exceed it. window: the radius, or the largest
        if dynamic.
    holdout: the words of every holdout-th run of HELD_RUN positions get no window, because the loss is
        measured there; 0 for none.
    words, low, high: int32, written: the words that stay, and where in `words` the window of each begins and
        ends (inclusive).

    Returns how many words stay.
    """
    state = np.uint64(seed)
    n = 0
    for i in range(offsets.size - 1):
        start = n
        for p in range(offsets[i], offsets[i + 1]):
            word = tokens[p]
            state, bits = splitmix(state)
            if np.uint32(bits & _LOW) > keep[word]:
                continue
            radius = window
            if dynamic:
                radius = 1 + np.int64((bits >> _32) % np.uint64(window))
            if holdout and ((first + p) // HELD_RUN) % holdout == holdout - 1:
                radius = 0
            words[n] = word
            low[n] = max(start, n - radius)
            high[n] = n + radius
            n += 1
        for k in range(max(start, n - window), n):
            high[k] = min(high[k], n - 1)
    return n


# --- noise words


@kernel
def guide_table(bounds, guide):
    """Fill `guide` (int32, GUIDE + 1): entry g is the first word whose bound (uint32, ascending) is at least
    g / GUIDE of 2**32."""
    word = 0
    for g in range(GUIDE):
        while np.int64(bounds[word]) < g * ((1 << 32) // GUIDE):
            word += 1
        guide[g] = word
    guide[GUIDE] = bounds.size - 1


@kernel
def noise_word(bounds, guide, u):
    """The first word whose bound is at least u (32 bits in a uint64): the guide gives a range, bisection the
    word."""
    g = np.int64(u >> np.uint64(16))
    low, high = np.int64(guide[g]), np.int64(guide[g + 1])
    while low < high:
        middle = (low + high) // 2
        if np.uint64(bounds[middle]) < u:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def draw_noise(bounds, guide, seed, drawn):
    """Fill `drawn` (int64) with noise words, the k-th of m from the k-th m-th part of the distribution.
    Returns the next state."""
    state = np.uint64(seed)
    part = (np.uint64(1) << _32) // np.uint64(drawn.size)
    for k in range(drawn.size):
        state, bits = splitmix(state)
        drawn[k] = noise_word(bounds, guide, np.uint64(k) * part + ((bits >> _32) * part >> _32))
    return state


# --- training

# Where each part of the scratch begins, and how far apart the copied rows are.
Layout = namedtuple("Layout", "row X XT C N P Q weight rate scores ones sums pulls end")


@kernel
def lay_out(wide, window, noise):
    """The layout of the scratch for rows of `wide` floats. Copied rows stand an odd number of vectors apart,
    because rows some power of two apart would compete for the same few lines of the cache."""
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
    end = pulls + BLOCK + reach + noise + ROWS
    return Layout(row, X, XT, C, N, P, Q, weight, rate, scores, ones, sums, pulls, end)


def scratch_size(wide: int, window: int, noise: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    return int(lay_out(wide, window, noise).end)


@kernel
def train(
    words, low, high, n, inputs, outputs, bounds, guide, window, negative, noise, rate, rate_step, seed, s
):
    """Train on a stream of n words as drawn by `draw_stream`.

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
        copy_in(s, m, own[: stop - start], near[: last + 1 - first], drawn, inputs, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, stop, last, n, coming, inputs, outputs)
        lr = np.float32(rate - rate_step * start)
        found, strange = score_pairs(
            s, m, low, high, start, stop, first, lr, negative / noise, window, inputs.shape[1]
        )
        strange += score_noise(s, m, noise, inputs.shape[1])
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        if pull(s, m, own[: stop - start], near[: last + 1 - first], drawn, window, bins) > MOST:
            restrain(s, m, own[: stop - start], near[: last + 1 - first], drawn, window)
        add_up(s, m, low, high, start, stop, first, last, window, own, near, drawn, inputs, outputs)
        pairs += found
    return pairs, np.int64(-1)


@kernel
def copy_in(s, m, own, near, drawn, inputs, outputs):
    """X (with rows of zeros up to BLOCK), C and N."""
    for i in range(own.size):
        gather(s, m.X + i * m.row, inputs, own[i])
    s[m.X + own.size * m.row : m.X + BLOCK * m.row] = 0.0
    for j in range(near.size):
        gather(s, m.C + j * m.row, outputs, near[j])
    for k in range(drawn.size):
        gather(s, m.N + k * m.row, outputs, drawn[k])


@kernel
def fetch_ahead(words, stop, last, n, coming, inputs, outputs):
    """Have the rows of the next block under way while this one is computed."""
    for k in range(coming.size):
        prefetch(outputs, coming[k])
    for i in range(stop, min(n, stop + BLOCK)):
        prefetch(inputs, words[i])
    for j in range(last + 1, min(n, last + 1 + BLOCK)):
        prefetch(outputs, words[j])


@kernel
def score_pairs(s, m, low, high, start, stop, first, lr, share, window, wide):
    """P, the sums of its rows and columns, and the weight w of each input word.

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
                step = lr - s[m.scores + count]
                s[band + j] = step
                s[column + j] += step
                total += step
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
def pull(s, m, own, near, drawn, window, bins):
    """How strongly the block pulls at each row: the sums of |P| and |Q| over its rows and columns.

    At s[m.pulls :] stands a number for each input word, for each position in reach, and for each noise word;
    `score_pairs` has put the sums of P there. Returns a bound on the strongest pull at any one row of the
    matrices: a row may stand in several places, and the pulls at words whose ids are equal modulo BINS are
    added up too, which is cheap and seldom matters. bins: float32, zeros; zeros again afterwards.
    """
    x, c = m.pulls, m.pulls + BLOCK
    n = c + BLOCK + 2 * window
    product(s, m.sums, BLOCK, m.ones, 0, 0, m.Q, BLOCK, drawn.size, ROWS, BLOCK // LANES)
    dots(s, n, m.ones, m.Q, BLOCK, BLOCK // LANES, drawn.size)
    strongest = np.float32(0.0)
    for i in range(own.size):
        s[x + i] -= s[m.sums + i]
        strongest = max(strongest, add_to(bins, own[i] % BINS, s[x + i]))
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
def restrain(s, m, own, near, drawn, window):
    """Weaken P and Q where they pull at a row with more than MOST in all, as `pull` has found."""
    reach = BLOCK + 2 * window
    pulls = s[m.pulls : m.end]
    keep_own = shares(own, pulls[: own.size])
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
def add_up(s, m, low, high, start, stop, first, last, window, own, near, drawn, inputs, outputs):
    """X += P C + Qᵀ N, C += Pᵀ X, N += Q X, straight into the matrices; of P little more than the
    band that is not zero."""
    reach, row, noise = BLOCK + 2 * window, m.row, drawn.size
    for i in range(start, stop, ROWS):
        end = min(i + ROWS, stop)
        l, h = np.int64(low[i]), np.int64(high[i])
        for k in range(i + 1, end):
            l, h = min(l, np.int64(low[k])), max(h, np.int64(high[k]))
        if h > l:
            p, c = m.P + (i - start) * reach + l - first, m.C + (l - first) * row
            add_product(s, inputs, own, i - start, end - i, p, reach, 1, c, row, h - l + 1)
    add_product(s, inputs, own, 0, stop - start, m.Q, 1, BLOCK, m.N, row, noise)
    for j in range(first, last + 1, ROWS):
        above, below = max(start, j - window), min(stop, j + window + ROWS)
        if above < below:
            p, x = m.P + (above - start) * reach + j - first, m.X + (above - start) * row
            add_product(
                s, outputs, near, j - first, min(ROWS, last + 1 - j), p, 1, reach, x, row, below - above
            )
    add_product(s, outputs, drawn, 0, noise, m.Q, BLOCK, 1, m.X, row, BLOCK)
