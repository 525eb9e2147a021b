"""How much memory something needs and how much there is, compared before it begins."""

from __future__ import annotations

import os
from pathlib import Path

from firth.errors import MemoryBudgetError

__all__ = ["available_memory", "check_memory"]


def available_memory() -> int | None:
    """Bytes that this process may still take: the least of what the machine, the container and the process
    limit leave; None if unknown."""
    return min((n for n in (_machine(), _container(), _process()) if n is not None), default=None)


def check_memory(
    needed: int, what: str, way_out: str = "Lower dim, raise min_count or set max_size of the vocabulary"
) -> str:
    """Compare a need with what there is.

    Args:
        needed: bytes.
        what: needs them, the first words of the sentence.
        way_out: what to do where they are not there.

    Returns:
        A sentence with the numbers.

    Raises:
        MemoryBudgetError: more is needed than there is.
    """
    there = available_memory()
    known = "an unknown amount" if there is None else f"{there / 1e6:,.0f} MB"
    sentence = f"{what} needs about {needed / 1e6:,.0f} MB of memory; {known} is available"
    if there is not None and needed > there:
        raise MemoryBudgetError(f"{sentence}. {way_out}")
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
    """What the control groups (version 2) of this process leave; file pages that can be dropped count as
    free."""
    left = []
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="ascii").rpartition("::")[2].strip()
    except OSError:
        return None
    folder = Path("/sys/fs/cgroup", own.lstrip("/"))
    for group in (folder, *folder.parents):
        try:
            limit = int((group / "memory.max").read_text(encoding="ascii"))
            used = int((group / "memory.current").read_text(encoding="ascii"))
            stat = dict(
                line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines()
            )
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
        left.append(max(0, limit - used + int(stat.get("inactive_file", 0))))
    return min(left, default=None)


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
