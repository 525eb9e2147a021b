"""The one decorator for kernels: compiled on first use, cached on disk, free of the GIL."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba

__all__ = ["kernel"]


@cache
def _files(path: Path) -> frozenset[Path]:
    """A kernel file and those whose code is compiled into it: the ones that it imports, and so on."""
    found: set[Path] = set()
    waiting = {path}
    while waiting:
        found.add(current := waiting.pop())
        names = re.findall(r"(?m)^from firth\.kernels\.(\w+) import", current.read_text(encoding="utf-8"))
        waiting |= {current.with_name(f"{name}.py") for name in names} - found
    return frozenset(found)


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when one of these files does: the latest change, and their size."""
    files = [file.stat() for file in _files(path)]
    return max(file.st_mtime_ns for file in files), sum(file.st_size for file in files)


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
        compiled = numba.njit(cache=True, nogil=True, **flags)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        return numba.njit(nogil=True, **flags)(function)
    # Numba discards a cached kernel when its own file changes, but not when another file changes whose code
    # was compiled into it. It has no setting for that; without these inner names, its own rule holds.
    with suppress(AttributeError, OSError):
        compiled._cache._cache_file._source_stamp = _stamp(Path(function.__code__.co_filename))
    return compiled
