"""How much memory a run needs and how much there is, compared before the run begins."""

from __future__ import annotations

import os
from pathlib import Path

from firth.errors import MemoryBudgetError

__all__ = ["available_memory", "check_memory"]

_CGROUPS = (  # limit and use, of control groups version 2 and 1
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available_memory() -> int | None:
    """Bytes that this process may still take: the least of what the machine, the container and the process
    limit leave; None if unknown."""
    return min((n for n in (_machine(), _container(), _process()) if n is not None), default=None)


def check_memory(needed: int, what: str) -> str:
    """Compare a need with what there is.

    Returns:
        A sentence with the numbers.

    Raises:
        MemoryBudgetError: more is needed than there is.
    """
    there = available_memory()
    known = "an unknown amount" if there is None else f"{there / 1e6:,.0f} MB"
    sentence = f"{what} needs about {needed / 1e6:,.0f} MB of memory; {known} is available"
    if there is not None and needed > there:
        raise MemoryBudgetError(f"{sentence}. Lower dim, raise min_count or set max_size of the vocabulary")
    return sentence


def _machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _container() -> int | None:
    for limit, use in _CGROUPS:
        try:
            return max(
                0, int(Path(limit).read_text(encoding="ascii")) - int(Path(use).read_text(encoding="ascii"))
            )
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
    return None


def _process() -> int | None:
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return max(0, limit - pages * resource.getpagesize())
    except (ImportError, OSError, ValueError):
        return None
