"""The table of words in fastText's file: each with its count and its kind."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["ENTRY", "join_entries", "scan_entries"]

ENTRY = 10  # bytes of an entry beside its word: a zero byte, a count of eight bytes, a kind


@kernel
def scan_entries(data, position, starts, lengths, counts, kinds):
    """Read the entries of fastText's dictionary: a word, a zero byte, a count and a kind each.

    data: uint8, the file, read from `position` on. starts, lengths, counts: int64, kinds: uint8, one an
    entry, written.

    Returns how many entries there were before the data ended, and where the last whole one ends.
    """
    for i in range(starts.size):
        stop = position
        while stop < data.size and data[stop] != 0:
            stop += 1
        if stop + ENTRY > data.size:
            return i, position
        starts[i], lengths[i] = position, stop - position
        count = np.uint64(0)
        for k in range(8):
            count |= np.uint64(data[stop + 1 + k]) << np.uint64(8 * k)
        counts[i] = np.int64(count)
        kinds[i] = data[stop + 9]
        position = stop + ENTRY
    return starts.size, position


@kernel
def join_entries(data, offsets, counts, out):
    """Write entries as `scan_entries` reads them to `out` (uint8), all of kind 0.

    data, offsets: the words, uint8 and int64 (n + 1); counts: int64 (n); read.
    """
    at = 0
    for i in range(counts.size):
        for k in range(offsets[i], offsets[i + 1]):
            out[at] = data[k]
            at += 1
        out[at] = 0
        count = np.uint64(counts[i])
        for k in range(8):
            out[at + 1 + k] = (count >> np.uint64(8 * k)) & np.uint64(255)
        out[at + 9] = 0
        at += ENTRY
