"""The kernel of `firth.kernels.sharedrows` in plain Python: slow, short, what it must equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.reference import splitmix

__all__ = ["choose_rows"]


def choose_rows(hashes: NDArray[np.uint64], rows: int, found: NDArray[np.int32]) -> None:
    """Twin of `sharedrows.choose_rows`: each row is taken out of a list of those that are left."""
    for i, state in enumerate(hashes.tolist()):
        left, chosen = list(range(rows)), []
        for _ in range(found.shape[1]):
            state, bits = splitmix(state)
            chosen.append(left.pop(bits % len(left)))
        found[i] = sorted(chosen)
