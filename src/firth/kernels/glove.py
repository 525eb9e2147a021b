"""GloVe: weighted least squares on the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014, "GloVe: Global Vectors for Word Representation", equation 8: the sum over
the non-zero counts X_ij of f(X_ij) (w_i · c_j + b_i + b̃_j - log X_ij)², with f(x) = (x / x_max)^alpha below
x_max and 1 from there on, is made smaller one count at a time by AdaGrad.

A step reads and writes two rows and their sums of squares, 1.8 kB at dim 100, for some 700 multiplications,
so that what it costs is waiting for memory. Rows are therefore fetched some steps ahead. Visiting the table
in compact tiles, whose rows stay in the cache, would be faster still, but fits each tile at the cost of the
others: measured on 4 million words, the loss after an epoch in tiles of 4096 × 4096 was 3.7 times that in
random order. The counts are visited in combs instead: every n-th run of 16 counts of the whole table, which
are one line of the cache, in random order. That learns like random order, without a shuffled copy of the
table.

A row holds the vector, the bias and a one (for a context: the vector, a one and the bias), zeros up to a
whole number of vectors of the processor, and then a sum of squares for each of them. So w_i · c_j + b_i + b̃_j
is a single dot product, and every number of a row takes the same step; the ones are put back afterwards.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.adagrad import dot, step
from firth.kernels.jit import kernel
from firth.kernels.stream import splitmix
from firth.kernels.tiles import LANES, prefetch

__all__ = ["RUN", "measure", "pull", "take_comb", "train"]

RUN = 16  # counts of a run
AHEAD = 6  # rows are fetched so many steps before they are needed

_32 = np.uint64(32)


@kernel
def take_comb(starts, j, weight, first, step, seed, i_out, j_out, weight_out):
    """Copy the runs first, first + step, first + 2 · step, … of the table in random order.

    starts: int64, (words + 1,), where the counts of each word begin, and the end. j: int32, weight: float32:
        the table. i_out, j_out: int32, weight_out: float32, with room for all of these runs, written.

    Returns how many counts they hold.
    """
    n, size = 0, j.size
    state = np.uint64(seed)
    for begin in range(first * RUN, size, step * RUN):
        i = np.searchsorted(starts, begin, side="right") - 1
        for k in range(begin, min(begin + RUN, size)):
            while starts[i + 1] <= k:
                i += 1
            # Each one changes places with a random one of those before it, or stays (Durstenfeld 1964).
            state, bits = splitmix(state)
            place = np.int64((bits >> _32) * np.uint64(n + 1) >> _32)
            i_out[n], j_out[n], weight_out[n] = i_out[place], j_out[place], weight_out[place]
            i_out[place], j_out[place], weight_out[place] = i, j[k], weight[k]
            n += 1
    return n


@kernel(inline="always")
def weigh(x, x_max, alpha):
    """log x and f(x)."""
    log = np.log(x)
    f = np.float32(1.0)
    if x < x_max:
        f = np.exp(alpha * (log - np.log(x_max)))
    return log, f


@kernel
def train(i, j, weight, n, words, contexts, dim, x_max, alpha, rate):
    """Step once for each of n counts, in order.

    i, j: int32. weight: float32, above 0. words, contexts: float32, (rows, 2 · wide), C-contiguous, wide a
    multiple of LANES; read and written. dim: where the numbers of a vector end. x_max, alpha, rate: float32.

    Returns whether every error was finite; the steps end at the first that is not.
    """
    left, right = words.reshape(-1), contexts.reshape(-1)
    wide = words.shape[1]
    vectors = wide // (2 * LANES)
    for k in range(min(n, AHEAD)):
        prefetch(words, np.int64(i[k]))
        prefetch(contexts, np.int64(j[k]))
    for k in range(n):
        if k + AHEAD < n:
            prefetch(words, np.int64(i[k + AHEAD]))
            prefetch(contexts, np.int64(j[k + AHEAD]))
        x, y = np.int64(i[k]) * wide, np.int64(j[k]) * wide
        log, f = weigh(weight[k], x_max, alpha)
        error = dot(left, x, right, y, vectors) - log
        if not np.isfinite(error):
            return False
        step(left, x, right, y, vectors, rate * f * error)
        left[x + dim + 1], right[y + dim] = 1.0, 1.0
    return True


@kernel
def measure(i, j, weight, words, contexts, x_max, alpha):
    """The sum of f(X_ij) (w_i · c_j + b_i + b̃_j - log X_ij)² over these counts, in float64; arrays as in
    `train`, which are only read."""
    left, right = words.reshape(-1), contexts.reshape(-1)
    wide = words.shape[1]
    loss = 0.0
    for k in range(i.size):
        x, y = np.int64(i[k]) * wide, np.int64(j[k]) * wide
        log, f = weigh(weight[k], x_max, alpha)
        error = np.float64(dot(left, x, right, y, wide // (2 * LANES)) - log)
        loss += f * error * error
    return loss


@kernel
def pull(words, contexts, dim, first, step, place, old, both, strength, rate):
    """Pull the words first, first + step, … back to where they were: a step on `strength` · |v - old|², where
    v is the row of `words`, or the sum of the rows of both matrices.

    A step along the gradient would overshoot where the pull is strong. This one goes where the pull and the
    length of the step balance (a proximal step, as Duchi, Hazan and Singer 2011 take for such penalties), so
    that any strength is safe, and an infinite one leads to `old` at once.

    words, contexts: as in `train`. place: int64, one a word: its row in `old`, or -1 if it is not
    held. old: float32, (held, dim). strength, rate: float32.
    """
    wide = words.shape[1] // 2
    ease = np.float32(0.5) / strength
    for i in range(first, words.shape[0], step):
        if place[i] < 0:
            continue
        for d in range(dim):
            a = rate / np.sqrt(words[i, wide + d])
            if both:
                b = rate / np.sqrt(contexts[i, wide + d])
                gap = (words[i, d] + contexts[i, d] - old[place[i], d]) / (ease + a + b)
                contexts[i, d] -= b * gap
            else:
                gap = (words[i, d] - old[place[i], d]) / (ease + a)
            words[i, d] -= a * gap
