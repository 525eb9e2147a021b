"""Categories hashed, alike in every process and on every machine; rows and counters made of the hashes.

The hash is that of `firth.kernels.hashing` with a key that anyone can know, mixed once more so that its low
bits are as good as its high ones (the finalizer of MurmurHash3, Appleby 2011). Whoever may choose the
categories can therefore make them collide: that costs accuracy and never time, for nothing is probed here.
A `key` is uint64, (2,), the second number odd, as for `firth.kernels.hashing`.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.hashing import hash_bytes
from firth.kernels.jit import kernel

__all__ = [
    "add_to_sketch",
    "estimates",
    "fill_dense",
    "fill_rows",
    "hash_strings",
    "place",
    "sign",
    "stirred",
]

_32, _33 = np.uint64(32), np.uint64(33)
_ONE = np.uint64(1)
_FIRST, _SECOND = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)


@kernel(inline="always")
def stirred(h):
    """The hash (uint64) with each of its bits depending on all of them."""
    h = (h ^ (h >> _33)) * _FIRST
    h = (h ^ (h >> _33)) * _SECOND
    return h ^ (h >> _33)


@kernel(inline="always")
def place(h, size):
    """Which of `size` (uint64, below 2**32) places the hash (uint64) falls on, by its upper half; int64."""
    return np.int64(((h >> _32) * size) >> _32)


@kernel(inline="always")
def sign(h):
    """1.0 or -1.0, by the lowest bit of the hash (uint64), which its place does not depend on."""
    return 1.0 - 2.0 * np.float64(h & _ONE)


@kernel
def hash_strings(data, offsets, key, hashes):
    """Write to `hashes` (uint64, one a string) the hash of data[offsets[i]:offsets[i + 1]].

    Reads `data` (uint8) and `offsets` (int32 or int64, one more than strings, never descending).
    """
    for i in range(offsets.size - 1):
        hashes[i] = stirred(hash_bytes(data, np.int64(offsets[i]), np.int64(offsets[i + 1]), key))


@kernel
def fill_dense(hashes, there, size, signed, out):
    """Add to `out` (float64, (n, size)) for each of n values its sign, or 1, at its place.

    Reads `hashes` (uint64, (n,)) and `there` (bool, (n,)); where that is False nothing is added.
    """
    wide = np.uint64(size)
    for i in range(hashes.size):
        if there[i]:
            out[i, place(hashes[i], wide)] += sign(hashes[i]) if signed else 1.0


@kernel
def fill_rows(hashes, there, size, signed, starts, columns, values):
    """Write rows of a CSR matrix, each the sum of the signed places of its values; returns how many entries.

    Reads `hashes` (uint64, (n, k)) and `there` (bool, (n, k)). Writes `starts` (int64, (n + 1,)), `columns`
    (int32) and `values` (float32), both with room for n * k entries. Columns rise within a row; what adds up
    to zero is left out.
    """
    wide = np.uint64(size)
    end = 0
    starts[0] = 0
    for i in range(hashes.shape[0]):
        begin = end
        for j in range(hashes.shape[1]):
            if not there[i, j]:
                continue
            column = place(hashes[i, j], wide)
            value = np.float32(sign(hashes[i, j]) if signed else 1.0)
            at = end  # where it belongs among the entries of this row, which are few
            while at > begin and columns[at - 1] > column:
                at -= 1
            if at > begin and columns[at - 1] == column:
                values[at - 1] += value
                continue
            for k in range(end, at, -1):
                columns[k], values[k] = columns[k - 1], values[k - 1]
            columns[at], values[at] = column, value
            end += 1
        kept = begin
        for k in range(begin, end):
            if values[k] != 0:
                columns[kept], values[kept] = columns[k], values[k]
                kept += 1
        end = kept
        starts[i + 1] = end
    return end


@kernel
def add_to_sketch(hashes, counts, keys, sketch):
    """Add values to a count sketch: to one counter of each of its rows, with a sign.

    Reads `hashes` (uint64, (u,)), `counts` (int64, (u,)) how often each occurred, and `keys` (uint64,
    (depth,)), which make a hash function of their own for each row. Adds to `sketch` (int64, (depth, size)).
    """
    wide = np.uint64(sketch.shape[1])
    for row in range(keys.size):
        for i in range(hashes.size):
            h = stirred(hashes[i] ^ keys[row])
            sketch[row, place(h, wide)] += np.int64(sign(h)) * counts[i]


@kernel
def estimates(hashes, keys, sketch, out):
    """Write to `out` (float64, (u, depth)) what each row of the sketch says that each value was counted.

    Reads `hashes` (uint64, (u,)), `keys` (uint64, (depth,)) and `sketch` (int64, (depth, size)).
    """
    wide = np.uint64(sketch.shape[1])
    for i in range(hashes.size):
        for row in range(keys.size):
            h = stirred(hashes[i] ^ keys[row])
            out[i, row] = sign(h) * sketch[row, place(h, wide)]
