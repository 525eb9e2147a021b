"""`firth.kernels.hamming` in plain NumPy: every distance, sorted."""

from __future__ import annotations

import numpy as np

__all__ = ["nearest_codes"]


def nearest_codes(queries, words, n, allowed, found, keys):
    """As the kernel."""
    bits = np.bitwise_count(queries[:, :, None] ^ words[None, :, :n]).sum(axis=1, dtype=np.int64)
    there = np.flatnonzero(allowed) if allowed.size else np.arange(n)
    found[:], keys[:] = -1, -np.inf
    for i in range(len(queries)):
        best = np.sort(there[np.lexsort((there, bits[i, there]))[: found.shape[1]]])
        found[i, : len(best)], keys[i, : len(best)] = best, -bits[i, best]
