"""Rows of half precision, widened in the cache block by block and looked at like any other: half the memory.

A half float comes as its 16 bits. They are widened with whole numbers and one multiplication, which every
processor does to a vector at a time: the bits of sign, exponent and fraction, moved to their places in a
float32, are the number divided by 2^112, for the smallest ones too. (Bits for infinity or NaN, which no row
of ours has, become finite numbers.)
"""

from __future__ import annotations

import numpy as np

from firth.kernels import scan
from firth.kernels.jit import kernel
from firth.kernels.scan import LANES

__all__ = ["keep_of_one", "keep_of_panels", "widen"]

BLOCK = 1 << 12  # floats that are widened at a time for one query: 16 KB of the first-level cache
_BIAS = np.float32(2.0**112)


@kernel
def widen(halves, out):
    """Write half floats, given as uint16 (n, d), to `out`, float32 (n, d)."""
    bits, wide = halves.reshape(halves.size), out.reshape(out.size)
    for i in range(bits.size):  # one loop over all rows: each row would leave its own rest of a few numbers
        half = np.uint32(bits[i])
        size = (half & np.uint32(0x7FFF)) << np.uint32(13)
        sign = (half & np.uint32(0x8000)) << np.uint32(16)
        wide[i] = np.uint32(size | sign).view(np.float32) * _BIAS


@kernel
def keep_of_one(halves, weights, metric, laid, allowed, first, last, keys, rows):
    """As `scan.keep_of_one` with the bits of half floats, uint16, (n, d), for the matrix."""
    d = halves.shape[1]
    height = max(1, BLOCK // d // LANES) * LANES
    wide = np.empty((height, d), np.float32)
    for start in range(first, last, height):
        count = min(last - start, height)
        part, some = _block(halves, allowed, start, count, wide)
        rows -= start
        scan.keep_of_one(part, weights[start : start + count], metric, laid, some, 0, count, keys, rows)
        rows += start


@kernel
def keep_of_panels(halves, weights, metric, panels, allowed, first, last, keys, rows):
    """As `scan.keep_of_panels` with the bits of half floats, uint16, (n, d), for the matrix."""
    d = halves.shape[1]
    height = max(1, scan.BLOCK // max(1, d) // scan.HEIGHT) * scan.HEIGHT
    wide = np.empty((height, d), np.float32)
    for start in range(first, last, height):
        count = min(last - start, height)
        part, some = _block(halves, allowed, start, count, wide)
        rows -= start
        scan.keep_of_panels(part, weights[start : start + count], metric, panels, some, 0, count, keys, rows)
        rows += start


@kernel
def _block(halves, allowed, start, count, wide):
    """`count` rows from `start` on, widened, and which of them may be answers."""
    part = wide[:count]
    widen(halves[start : start + count], part)
    return part, (allowed[start : start + count] if allowed.size else allowed)
