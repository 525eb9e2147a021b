"""The kernels of `bits` in plain NumPy."""

from __future__ import annotations

import numpy as np

__all__ = ["count_pairs", "hamming", "pack_signs", "table_scores"]


def pack_signs(values, thresholds, out):
    """See `bits.pack_signs`."""
    out[:] = np.packbits(values > thresholds, axis=1)


def hamming(queries, codes, out):
    """See `bits.hamming`."""
    out[:] = np.unpackbits(queries[:, None] ^ codes, axis=2).sum(axis=2)


def count_pairs(a, b, out):
    """See `bits.count_pairs`."""
    out[:] = np.unpackbits(a ^ b, axis=1).sum(axis=1)


def table_scores(tables, codes, out):
    """See `bits.table_scores`; the sums run in the same order and so are the same bits."""
    out[:] = 0
    for byte in range(codes.shape[1]):
        out += tables[:, byte, codes[:, byte]]
