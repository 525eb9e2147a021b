"""NumPy twins of the kernels: slow, short, and the place to read what a kernel computes.

The tests run each kernel against its twin here on random input.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["look_up"]


# --- hashing ---------------------------------------------------------------------------------------------------


def strings(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> list[bytes]:
    """The byte strings of the table (data, offsets)."""
    return [data[a:b].tobytes() for a, b in zip(offsets[:-1], offsets[1:], strict=True)]


def look_up(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    query_data: NDArray[np.uint8],
    query_offsets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Twin of `hashing.look_up`: the row of each query string in the table, or -1."""
    row_of = {key: row for row, key in enumerate(strings(data, offsets))}
    return np.array([row_of.get(key, -1) for key in strings(query_data, query_offsets)], dtype=np.int64)
