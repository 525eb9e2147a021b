"""A hash index over a table of byte strings: which row holds this string?

The table is `data` (uint8, all strings one after the other) and `offsets` (int64, n + 1 of them): string i
is data[offsets[i]:offsets[i + 1]]. The index is an open-addressing table of row numbers with linear probing,
a power of two in size and at most half full, so that a look-up touches one or two slots.

Whoever knows a hash can write a text whose tokens all fall into one slot, and a look-up then goes through all
of them (Crosby, Wallach: Denial of Service via Algorithmic Complexity Attacks, USENIX Security 2003). So the
hash takes a key, which each process draws for itself; no result depends on it.
"""

from __future__ import annotations

import secrets

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["KEY", "build_index", "ended", "hash_bytes", "index_size", "look_up", "mixed"]

EMPTY = -1

KEY = np.array([secrets.randbits(64), secrets.randbits(64) | 1], np.uint64)
"""The key of this process. Kernels take it as an argument: compiled into them, it would be kept on disk."""

_PHI = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, odd: Knuth's multiplicative hashing
_3, _32 = np.uint64(3), np.uint64(32)


def index_size(n: int) -> int:
    """The number of slots for n strings: a power of two, at least twice n."""
    size = 16
    while size < 2 * n:
        size *= 2
    return size


@kernel(inline="always")
def mixed(h, eight, key):
    """The state (uint64) after eight more bytes (a uint64) of a string that goes on; it begins with key[0].

    After one multiplication a difference in the top bit is still the same under every key, and the next eight
    bytes could undo it. What the second one makes of it depends on key[1], a secret odd factor.
    """
    h = (h ^ eight) * _PHI
    h = (h ^ (h >> _32)) * key[1]
    return h ^ (h >> _32)


@kernel(inline="always")
def ended(h, word, key):
    """The hash (uint64) of a string that ends with the up to seven bytes `word`. Nothing follows that could
    undo a difference, so one multiplication will do, by the secret factor."""
    h = (h ^ word) * key[1]
    return h ^ (h >> _32)


@kernel(inline="always")
def hash_bytes(data, start, stop, key):
    """The hash (uint64) of data[start:stop] (uint8): whole eights as little-endian numbers, then the rest."""
    h, word = key[0], np.uint64(0)
    for k in range(stop - start):
        word |= np.uint64(data[start + k]) << (np.uint64(k & 7) << _3)
        if k & 7 == 7:
            h, word = mixed(h, word, key), np.uint64(0)
    return ended(h, word, key)


@kernel(inline="always")
def same_bytes(a, a_start, a_stop, b, b_start, b_stop):
    """Whether a[a_start:a_stop] and b[b_start:b_stop] (uint8) hold the same bytes."""
    if a_stop - a_start != b_stop - b_start:
        return False
    for k in range(a_stop - a_start):  # noqa: SIM110 - all() with a generator does not compile
        if a[a_start + k] != b[b_start + k]:
            return False
    return True


@kernel
def build_index(data, offsets, slots, key):
    """Fill `slots` (int64, a power of two, overwritten) with the rows of the table (data, offsets).

    `key`: uint64, two numbers, the second odd; the index is good for look-ups with the same key.

    Returns (-1, -1), or the rows (first, second) of the first string that occurs twice.
    """
    slots[:] = EMPTY
    mask = np.uint64(slots.size - 1)
    for row in range(offsets.size - 1):
        start, stop = offsets[row], offsets[row + 1]
        slot = np.int64(hash_bytes(data, start, stop, key) & mask)
        while slots[slot] != EMPTY:
            other = slots[slot]
            if same_bytes(data, start, stop, data, offsets[other], offsets[other + 1]):
                return other, np.int64(row)
            slot = (slot + 1) & np.int64(mask)
        slots[slot] = row
    return np.int64(-1), np.int64(-1)


@kernel
def look_up(data, offsets, slots, key, query_data, query_offsets, rows):
    """Write to `rows` (int64, one a query) the row of each query string in the table, or -1."""
    mask = np.uint64(slots.size - 1)
    for q in range(query_offsets.size - 1):
        start, stop = query_offsets[q], query_offsets[q + 1]
        slot = np.int64(hash_bytes(query_data, start, stop, key) & mask)
        rows[q] = EMPTY
        while slots[slot] != EMPTY:
            row = slots[slot]
            if same_bytes(query_data, start, stop, data, offsets[row], offsets[row + 1]):
                rows[q] = row
                break
            slot = (slot + 1) & np.int64(mask)
