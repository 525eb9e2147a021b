"""What training reads: the stream of words, and the noise words that are drawn beside it.

Frequent words are thinned out and every word that stays draws its window in one pass over the tokens
(`draw_stream`). Noise words come from a cumulative distribution in 32-bit numbers, found by a guide table and
a short bisection (`noise_word`), evenly over the distribution; or, where every word of the text has its own,
from an alias table (`draw_alone`), which is several times as fast.
"""

from __future__ import annotations

import numba
import numpy as np

from firth.kernels.jit import kernel

__all__ = [
    "GUIDE",
    "HELD_RUN",
    "alias_table",
    "draw_alone",
    "draw_noise",
    "draw_stream",
    "guide_table",
    "noise_word",
    "splitmix",
]

GUIDE = 1 << 16  # entries of the guide table
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
    part = (np.uint64(1) << _32) // np.uint64(max(1, drawn.size))
    for k in range(drawn.size):
        state, bits = splitmix(state)
        drawn[k] = noise_word(bounds, guide, np.uint64(k) * part + ((bits >> _32) * part >> _32))
    return state


@kernel
def alias_table(chances, share, other):
    """Tables from which a noise word is drawn in one step, whatever their number (Walker 1977, in the form of
    Vose 1991): each word has a place, of which it keeps its share and leaves the rest to one other word.

    chances: float64, (n,), adding up to n; overwritten. share: uint32, (n,), written: the word at a place is
    drawn if 32 random bits do not exceed its share. other: int32, (n,), written: the word that is drawn if
    they do.
    """
    n = chances.size
    poor, rich = np.empty(n, np.int64), np.empty(n, np.int64)
    lacking = having = 0
    for word in range(n):
        share[word], other[word] = _LOW, word
        if chances[word] < 1.0:
            poor[lacking] = word
            lacking += 1
        else:
            rich[having] = word
            having += 1
    while lacking and having:
        lacking -= 1
        word, giver = poor[lacking], rich[having - 1]
        share[word], other[word] = np.uint32(chances[word] * 4294967295.0), giver
        chances[giver] -= 1.0 - chances[word]
        if chances[giver] < 1.0:
            having -= 1
            poor[lacking] = giver
            lacking += 1


@kernel
def draw_alone(share, other, seed, drawn):
    """Fill `drawn` (int64) with noise words, each by itself, from the tables of `alias_table`. Returns the
    next state."""
    state = np.uint64(seed)
    for k in range(drawn.size):
        state, bits = splitmix(state)
        place = np.int64(((bits >> _32) * np.uint64(share.size)) >> _32)
        instead = np.int64(other[place])
        drawn[k] = place if np.uint32(bits & _LOW) <= share[place] else instead
    return state


if numba.config.DISABLE_JIT:  # NumPy's own words warn where they wrap around
    from firth.kernels.reference import splitmix_words as splitmix
