"""Rows of half precision, given as their 16 bits: half the memory, and half of what one query has to read.

For one query they are widened in the registers (`scan.keep_of_one` takes either kind of row); for many, block
by block in the cache, so that all panels go over rows that were widened once.
"""

from __future__ import annotations

import numba
import numpy as np

from firth.kernels import scan
from firth.kernels.halflanes import widen_part
from firth.kernels.jit import kernel
from firth.kernels.scan import LANES, keep_of_one

__all__ = ["keep_of_one", "keep_of_panels", "widen"]


@kernel
def widen(halves, out):
    """Write half floats, given as uint16 (n, d), to `out`, float32 (n, d)."""
    bits, wide = halves.reshape(halves.size), out.reshape(out.size)
    inside = bits.size // LANES * LANES
    for i in range(0, inside, LANES):
        widen_part(bits, i, wide, 0)
    if inside < bits.size:
        rest, few = np.zeros(LANES, np.uint16), np.empty(LANES, np.float32)
        rest[: bits.size - inside] = bits[inside:]
        widen_part(rest, 0, few, 0)
        wide[inside:] = few[: bits.size - inside]


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


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only
    from firth.kernels.reference_scan import widen
