"""The kernels of `firth.kernels.categories` in plain Python and NumPy: slow, short, what they must equal."""

from __future__ import annotations

import numpy as np

__all__ = ["add_to_sketch", "estimates", "fill_dense", "fill_rows", "hash_strings", "place", "sign"]

_WORD = 2**64 - 1
_PHI = 0x9E3779B97F4A7C15


def hash_strings(data, offsets, key):
    """The hashes, uint64, of the strings data[offsets[i]:offsets[i + 1]] (uint8)."""
    pairs = zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    found = [_hash(data[start:stop].tobytes(), int(key[0]), int(key[1])) for start, stop in pairs]
    return np.array(found, np.uint64)


def _hash(string: bytes, start: int, odd: int) -> int:
    h = start
    whole = len(string) // 8 * 8
    for k in range(0, whole, 8):
        h = (h ^ int.from_bytes(string[k : k + 8], "little")) * _PHI & _WORD
        h = (h ^ h >> 32) * odd & _WORD
        h ^= h >> 32
    h = (h ^ int.from_bytes(string[whole:], "little")) * odd & _WORD
    return _stirred(h ^ h >> 32)


def _stirred(h: int) -> int:
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & _WORD
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & _WORD
    return h ^ h >> 33


def place(h, size):
    """The place of a hash among `size`."""
    return (int(h) >> 32) * size >> 32


def sign(h):
    """The sign of a hash."""
    return -1.0 if int(h) & 1 else 1.0


def fill_dense(hashes, there, size, signed):
    """Rows, float64, (n, size), with the sign of each value (uint64, (n,)) at its place where it is there."""
    out = np.zeros((hashes.size, size))
    for i in np.flatnonzero(there):
        out[i, place(hashes[i], size)] += sign(hashes[i]) if signed else 1.0
    return out


def fill_rows(hashes, there, size, signed):
    """The sum over the k values of each row, (n, k), as a dense matrix, float64, (n, size)."""
    columns = [fill_dense(hashes[:, j], there[:, j], size, signed) for j in range(hashes.shape[1])]
    return np.sum(columns, axis=0) if columns else np.zeros((len(hashes), size))


def add_to_sketch(hashes, counts, keys, sketch):
    """The sketch, int64, (depth, size), with the values in it."""
    sketch = sketch.copy()
    for h, count in zip(hashes.tolist(), counts.tolist(), strict=True):
        for row, key in enumerate(keys.tolist()):
            mixed = _stirred(h ^ key)
            sketch[row, place(mixed, sketch.shape[1])] += int(sign(mixed)) * count
    return sketch


def estimates(hashes, keys, sketch):
    """What each row says of each value, float64, (u, depth)."""
    out = np.zeros((hashes.size, keys.size))
    for i, h in enumerate(hashes.tolist()):
        for row, key in enumerate(keys.tolist()):
            mixed = _stirred(h ^ key)
            out[i, row] = sign(mixed) * sketch[row, place(mixed, sketch.shape[1])]
    return out
