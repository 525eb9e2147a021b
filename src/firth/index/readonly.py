"""Arrays as kernels get them: read-only, so that one compiled kernel serves rows in memory and in a file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["read_only"]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view that cannot be written to, C-contiguous (a copy where the array is not).

    Numba compiles a kernel again for each combination of arrays that can and that cannot be written to, which
    takes seconds; arrays of a file cannot.
    """
    view: NDArray[Any] = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
