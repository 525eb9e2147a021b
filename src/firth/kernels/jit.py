"""The one decorator for kernels: compiled on first use, cached on disk, free of the GIL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

__all__ = ["kernel"]


def kernel(function: Callable[..., Any] | None = None, **flags: Any) -> Any:
    """Compile a function with Numba: `nogil`, and cached on disk where some folder can be written.

    Numba keeps the cache beside the source, else in the user's cache folder (or NUMBA_CACHE_DIR), keyed by
    the processor. Where neither can be written it refuses; then the function is compiled in each process.

    Args:
        function: the function to compile; None when the decorator is called with flags.
        flags: further options of `numba.njit`, such as `inline="always"` or `fastmath={"contract"}`.
            Never pass fastmath=True: its `nnan` and `ninf` let the compiler delete checks for bad numbers.
    """
    if function is None:
        return lambda inner: kernel(inner, **flags)
    try:
        return numba.njit(cache=True, nogil=True, **flags)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        return numba.njit(nogil=True, **flags)(function)
