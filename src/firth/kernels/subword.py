"""Subword skip-gram and CBOW: the hidden vectors of `skipgram` and `cbow`, made of pieces (see `pieces`).

Skip-gram: the hidden vector of a word is the mean of its pieces. CBOW: that of a position is the mean of all
pieces of all words around it. For a block the pieces of each word are summed once, E; the hidden vectors are
X = A·E, as in `cbow`, where A_ij is 1 / (pieces in the window of i).

As in fastText, every piece of a word gets the whole step of the word and not its share of the mean: the mean
then moves by that step too, as a row of its own would, and the learning rate means the same whatever the
length of the words. The step of a word in a window is its share, 1 / (words in the window), of that of the
hidden vector, as in `cbow`; fastText gives it the whole there too. Where all this would move a word too far,
since many words of a block share pieces, the steps of the block are weakened (see `pieces.crowding`).
"""

from __future__ import annotations

import numpy as np

from firth.kernels.band import add_back, lay_band, mix
from firth.kernels.jit import kernel
from firth.kernels.negative import BINS, BLOCK, copy_out, lay_out, step, step_each
from firth.kernels.pieces import BINS as PIECE_BINS
from firth.kernels.pieces import CROWD, add_to_pieces, crowding, find_first, slot_table, sum_pieces
from firth.kernels.stream import draw_noise
from firth.kernels.tiles import prefetch
from firth.kernels.windows import reach_of

__all__ = ["scratch_size", "table_size", "train_cbow", "train_skipgram"]


def scratch_size(wide: int, window: int, noise: int, *, together: bool) -> int:
    """How many floats of scratch training needs for rows of `wide` floats; `together` for CBOW."""
    if not together:
        return int(lay_out(wide, window, noise).end) + BLOCK * wide
    m = lay_out(wide, 0, noise)
    return int(lay_band(m.end, m.XT, m.row, window).end) + (BLOCK + 2 * window) * wide


def table_size(window: int) -> int:
    """How many numbers the table of the words of a block has."""
    return slot_table(BLOCK + 2 * window)


@kernel
def train_skipgram(
    words, low, high, n, matrix, starts, pieces, outputs, bounds, guide, window, negative, noise, rate,
    rate_step, seed, s, table,
):  # fmt: skip
    """Train on a stream of n words as drawn by `stream.draw_stream`.

    matrix: float32 (rows, wide), the rows of words and n-grams; starts, pieces: int64 (vocabulary + 1) and
    int32, see `pieces`. outputs: float32 (vocabulary, wide). Both matrices are C-contiguous, wide a multiple
    of LANES; read and written; columns past the dimension hold zeros and keep them. bounds, guide: the noise
    distribution. negative: noise words a pair; noise: noise words a block, a multiple of ROWS. rate: the
    learning rate at first; it falls by rate_step a word. s: float32, `scratch_size` floats, aligned to 64
    bytes. table: int64, `table_size` numbers.

    Returns how many pairs there were, and -1, or the position of the block in which a score was not finite.
    """
    wide = matrix.shape[1]
    m = lay_out(wide, window, noise)
    G = s[m.end : m.end + BLOCK * wide].reshape(BLOCK, wide)
    state = np.uint64(seed)
    drawn, coming = np.empty(noise, np.int64), np.empty(noise, np.int64)
    state = draw_noise(bounds, guide, state, coming)
    slots, near = np.empty(BLOCK, np.int64), np.empty(BLOCK + 2 * window, np.int64)
    bins, piece_bins = np.zeros(2 * BINS, np.float32), np.zeros(PIECE_BINS, np.float32)
    s[m.ones : m.sums] = 1.0
    pairs = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        first, last = reach_of(low, high, start, stop)
        for j in range(first, last + 1):
            near[j - first] = words[j]
        own, around = near[start - first : stop - first], near[: last + 1 - first]
        drawn, coming = coming, drawn
        find_first(own, slots, table)
        sum_pieces(s, m.X, m.row, own, slots, True, matrix, starts, pieces)
        s[m.X + own.size * m.row : m.X + BLOCK * m.row] = 0.0
        copy_out(s, m, around, drawn, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, last + 1, n, coming, outputs)
        G[:] = 0.0
        lr = np.float32(rate - rate_step * start)
        found, strange = step(
            s, m, low, high, start, stop, first, window, lr, negative / noise,
            G, slots[: own.size], around, drawn, outputs, bins,
        )  # fmt: skip
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        crowd = crowding(s[m.pulls : m.pulls + own.size], own, starts, pieces, piece_bins)
        if crowd > CROWD:
            G *= CROWD / crowd
        add_to_pieces(G, own, slots, matrix, starts, pieces)
        pairs += found
    return pairs, np.int64(-1)


@kernel
def train_cbow(
    words, low, high, n, matrix, starts, pieces, outputs, bounds, guide, window, negative, noise, rate,
    rate_step, seed, s, table,
):  # fmt: skip
    """As `train_skipgram`, with a window as one example: its words predict the word in their middle."""
    wide = matrix.shape[1]
    m = lay_out(wide, 0, noise)
    w = lay_band(m.end, m.XT, m.row, window)
    G = s[m.XT : m.C].reshape(BLOCK, wide)
    steps = s[w.end : w.end + (BLOCK + 2 * window) * wide].reshape(BLOCK + 2 * window, wide)
    state = np.uint64(seed)
    drawn, coming = np.empty(noise, np.int64), np.empty(noise, np.int64)
    state = draw_noise(bounds, guide, state, coming)
    near, every = np.empty(BLOCK + 2 * window, np.int64), np.arange(BLOCK)
    told = np.empty(BLOCK, np.uint8)
    slots, pulls = np.empty_like(near), np.empty(near.size, np.float32)
    bins, piece_bins = np.zeros(2 * BINS, np.float32), np.zeros(PIECE_BINS, np.float32)
    s[m.ones : m.sums] = 1.0
    pairs = 0
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        first, last = reach_of(low, high, start, stop)
        for j in range(first, last + 1):
            near[j - first] = words[j]
        own, around = near[start - first : stop - first], near[: last + 1 - first]
        drawn, coming = coming, drawn
        find_first(around, slots, table)
        sum_pieces(s, w.E, m.row, around, slots, False, matrix, starts, pieces)
        weigh(s, w, low, high, start, stop, first, window, near, starts, True)
        mix(s, m.X, m.row, w, low, high, start, stop, first, window, wide)
        copy_out(s, m, own[:0], drawn, outputs)
        state = draw_noise(bounds, guide, state, coming)
        fetch_ahead(words, stop, n, coming, outputs)
        for i in range(start, stop):
            told[i - start] = high[i] > low[i]
        lr = np.float32(rate - rate_step * start)
        found, strange = step_each(
            s, m, told, lr, negative / noise, every, own, drawn, outputs, bins, np.float32(1.0)
        )
        if not np.isfinite(strange):
            return pairs, np.int64(start)
        weigh(s, w, low, high, start, stop, first, window, near, starts, False)
        steps[: around.size] = 0.0
        pulls[:] = 0.0
        for i in range(start, stop):
            share = s[m.pulls + i - start] / np.float32(max(1, high[i] - low[i]))
            pulls[low[i] - first : high[i] + 1 - first] += share
            pulls[i - first] -= share
        crowd = crowding(pulls, around, starts, pieces, piece_bins)
        if crowd > CROWD:
            G *= CROWD / crowd
        add_back(s, w, start, stop, first, last, window, slots, steps)
        add_to_pieces(steps, around, slots, matrix, starts, pieces)
        pairs += found
    return pairs, np.int64(-1)


@kernel
def weigh(s, w, low, high, start, stop, first, window, near, starts, by_pieces):
    """A: for each position of the block 1 / (pieces in its window), or words, where the words stand."""
    reach = BLOCK + 2 * window
    s[w.A : w.end] = 0.0
    for i in range(start, stop):
        l, h = np.int64(low[i]), np.int64(high[i])
        rows = np.int64(0)
        for j in range(l, h + 1):
            rows += (starts[near[j - first] + 1] - starts[near[j - first]]) * (j != i)
        if rows:
            share = np.float32(1.0) / np.float32(rows if by_pieces else h - l)
            band = w.A + (i - start) * reach - first
            for j in range(l, h + 1):
                s[band + j] = share
            s[band + i] = 0.0  # a word is not its own context


@kernel
def fetch_ahead(words, begin, n, coming, outputs):
    """Have the output rows of the next block under way while this one is computed."""
    for k in range(coming.size):
        prefetch(outputs, coming[k])
    for j in range(begin, min(n, begin + BLOCK)):
        prefetch(outputs, words[j])
