"""How much memory a process takes, and how much a job in it adds to what was there before."""

from __future__ import annotations

import contextlib
import os
import resource
from pathlib import Path

from rows import Rows


class Growth:
    """How much memory a job takes, from the making of this object on.

    What the process holds by then does not count: the interpreter, what was imported, what was read, and
    the compiled kernels, which a fit on a tiny input loads first. Linux sets the mark of the peak back to
    what the process holds now; where that cannot be done, an earlier peak hides what stays below it.
    """

    def __init__(self) -> None:
        self._earlier = peak()
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = present()

    def found(self, held: float) -> dict[str, float]:
        """What a process reports, all in MB: its peak, how much the job grew it, and the bytes given as what
        the job may hold."""
        now = peak()
        return {"peak": max(self._earlier, now), "grown": now - self._before, "held": held / 1e6}


def keep_memory(
    rows: Rows, found: dict[str, float], what: str, program: str, *, beside: str, label: str = ""
) -> None:
    """The rows of what `Growth.found` reported: the peak, and the growth in times of what may be held."""
    rows.add(f"{label}peak memory, {what}", program, found["peak"], "MB", lower_is_better=True)
    if "grown" in found:
        times = found["grown"] / found["held"]
        rows.add(f"{label}memory beside {beside}, {what}", program, times, "times", lower_is_better=True)


def words_held(*, words: int, outputs: int, dim: int, documents: int = 0) -> int:
    """Bytes of the vectors of words, outputs and documents in float32, and a count (int64) for each word and
    document."""
    return 4 * dim * (words + outputs + documents) + 8 * (words + documents)


def peak() -> float:
    """The most memory this process had, in MB; of files that it mapped, what was in memory.

    Linux counts it anew for every program as VmHWM. The figure of `getrusage`, taken elsewhere, is there
    handed down from the process that started this one, and hides what is smaller than that.
    """
    try:
        return _told("VmHWM:")
    except (OSError, StopIteration):
        kilobyte = 1024 if os.uname().sysname == "Linux" else 1
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilobyte / 1e6


def present() -> float:
    """The memory that this process holds now, in MB, where the system tells it; else its peak so far."""
    try:
        return _told("VmRSS:")
    except (OSError, StopIteration):
        return peak()


def _told(name: str) -> float:
    """A figure of /proc/self/status, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024 / 1e6
