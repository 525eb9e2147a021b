"""The nearest codes of bits: every code is compared, and only those that may be among the best are looked at.

Codes lie word by word: the first 64 bits of all codes, then the next. So one instruction compares a word of
several codes with that of the query, where the processor has one that counts bits in vectors.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.bits import popcount
from firth.kernels.jit import kernel

__all__ = ["nearest_codes"]

BLOCK = 1024  # codes whose distances lie in the first-level cache
GROUP = 64  # codes that are compared with the limit at a time, without a branch


@kernel
def distances(query, words, first, count, out):
    """Write to `out` (int32) the distances of codes first to first + count."""
    # Plain slices and one length for all let both loops become vector instructions.
    out[:count] = 0
    for w in range(query.size):
        add_distances(query[w], words[w, first : first + count], out[:count])


@kernel
def add_distances(bits, word, out):
    """Add to each of `out` (int32, (b,)) in how many bits a word (uint64, (b,)) differs."""
    for j in range(word.size):
        out[j] += np.int32(popcount(bits ^ word[j]))


@kernel
def nearest_codes(queries, words, n, allowed, found, keys):
    """The k codes that differ from each query in the fewest bits, of equal ones those of the lowest rows.

    A distance is a small whole number, so that counting how many of each were met says below which distance
    the next must lie; no heap is kept.

    Reads:
        queries: uint64, (m, w). words: uint64, (w, at least n): word w of code j is words[w, j].
        n: how many codes there are, at least k. allowed: bool, (n,): which rows may be answers; (0,) for all.

    Writes:
        found: int64, (m, k), -1 filling, and keys: float32, (m, k): minus the distances, -inf filling; by
            rising row.
    """
    m, k = found.shape
    most = 64 * queries.shape[1]
    counts = np.empty(most + 1, np.int64)
    some = np.empty(BLOCK, np.int32)
    rows, away = np.empty(n, np.int64), np.empty(n, np.int32)
    for i in range(m):
        counts[:] = 0
        held = within = 0  # rows that were taken, and those of them up to the distance `last`
        last = most
        limit = np.int32(most + 1)  # what is taken lies below
        for first in range(0, n, BLOCK):
            size = min(BLOCK, n - first)
            distances(queries[i], words, first, size, some)
            some[size:] = most + 1  # the last group may be longer than what is left
            for group in range((size + GROUP - 1) // GROUP):
                start, stop = group * GROUP, min((group + 1) * GROUP, size)
                better = np.int32(0)
                for j in range(GROUP):
                    better += np.int32(some[start + j] < limit)
                if better == 0:
                    continue
                for j in range(start, stop):
                    distance = some[j]
                    if distance >= limit or (allowed.size and not allowed[first + j]):
                        continue
                    rows[held], away[held] = first + j, distance
                    held += 1
                    counts[distance] += 1
                    within += 1
                    while within - counts[last] >= k:
                        within -= counts[last]
                        last -= 1
                    if within >= k:
                        limit = np.int32(last)
        place = 0
        below = within - counts[last]
        equal = k - below  # of those at the last distance the first so many
        for c in range(held):
            if away[c] < last or (away[c] == last and equal > 0):
                equal -= away[c] == last
                found[i, place], keys[i, place] = rows[c], -away[c]
                place += 1
        for c in range(place, k):
            found[i, c], keys[i, c] = -1, -np.inf
