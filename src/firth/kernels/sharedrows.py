"""Which rows of a shared matrix a string has, by its hash: different ones, the same everywhere and for ever.

The k-th row of a string is drawn from those that it does not have yet, so that no two of its rows fall
together, and one more hash adds a row and changes none.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.stream import splitmix

__all__ = ["choose_rows"]


@kernel
def choose_rows(hashes, rows, found):
    """Write to `found` (int32, (n, k)) the k rows of each of n strings, rising.

    Reads `hashes` (uint64, (n,)), such as `categories.hash_strings` makes. rows: how many there are, at least
    k and below 2**31.
    """
    for i in range(hashes.size):
        state = hashes[i]
        for k in range(found.shape[1]):
            state, bits = splitmix(state)
            row = np.int64(bits % np.uint64(rows - k))
            place = 0
            while place < k and found[i, place] <= row:  # step over the rows that it has
                row += 1
                place += 1
            for j in range(k, place, -1):
                found[i, j] = found[i, j - 1]
            found[i, place] = row
