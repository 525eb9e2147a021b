"""A hash index over a table of byte strings: which row holds this string?

The table is `data` (uint8, all strings one after the other) and `offsets` (int64, n + 1 of them): string i
is data[offsets[i]:offsets[i + 1]]. The index is an open-addressing table of row numbers with linear probing,
a power of two in size and at most half full, so that a look-up touches one or two slots.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["build_index", "hash_bytes", "index_size", "look_up"]

EMPTY = -1


def index_size(n: int) -> int:
    """The number of slots for n strings: a power of two, at least twice n."""
    size = 16
    while size < 2 * n:
        size *= 2
    return size


@kernel(inline="always")
def hash_bytes(data, start, stop):
    """FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv) of data[start:stop] (uint8), mixed once more; uint64."""
    h = np.uint64(0xCBF29CE484222325)
    for i in range(start, stop):
        h = (h ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)  # the low bits of FNV-1a alone are weak
    return h ^ (h >> np.uint64(29))


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
def build_index(data, offsets, slots):
    """Fill `slots` (int64, a power of two, overwritten) with the rows of the table (data, offsets).

    Returns (-1, -1), or the rows (first, second) of the first string that occurs twice.
    """
    slots[:] = EMPTY
    mask = np.uint64(slots.size - 1)
    for row in range(offsets.size - 1):
        start, stop = offsets[row], offsets[row + 1]
        slot = np.int64(hash_bytes(data, start, stop) & mask)
        while slots[slot] != EMPTY:
            other = slots[slot]
            if same_bytes(data, start, stop, data, offsets[other], offsets[other + 1]):
                return other, np.int64(row)
            slot = (slot + 1) & np.int64(mask)
        slots[slot] = row
    return np.int64(-1), np.int64(-1)


@kernel
def look_up(data, offsets, slots, query_data, query_offsets, rows):
    """Write to `rows` (int64, one a query) the row of each query string in the table, or -1."""
    mask = np.uint64(slots.size - 1)
    for q in range(query_offsets.size - 1):
        start, stop = query_offsets[q], query_offsets[q + 1]
        slot = np.int64(hash_bytes(query_data, start, stop) & mask)
        rows[q] = EMPTY
        while slots[slot] != EMPTY:
            row = slots[slot]
            if same_bytes(query_data, start, stop, data, offsets[row], offsets[row + 1]):
                rows[q] = row
                break
            slot = (slot + 1) & np.int64(mask)
