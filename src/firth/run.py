"""`Run`: how a job runs, apart from what it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firth.errors import OptionError
from firth.options import check_flag, check_real, check_seed, check_whole

__all__ = ["Run"]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a job runs. The same recipe under another Run means the same model.

    Attributes:
        threads: how many threads work; None takes every core. One thread gives bit-identical results for a
            seed.
        seed: where the random numbers start, 0 to 2**63 - 1.
        progress: True or False shows or hides the progress line on stderr; None shows it on a terminal only;
            a function is called with a dict of numbers after each step instead.
        checkpoint: a folder for checkpoints; None writes none, and what is not learnt in epochs has none.
        checkpoint_every: seconds between checkpoints.
        resume: go on from the last checkpoint in the folder, if there is one.
        work: a folder for temporary files; None takes the system's.

    Raises:
        OptionError: a value is outside its range.
    """

    threads: int | None = None
    seed: int = 1
    progress: bool | Callable[[Mapping[str, Any]], None] | None = None
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: float = 60.0
    resume: bool = False
    work: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        if self.threads is not None:
            object.__setattr__(self, "threads", check_whole("threads", self.threads, 1, 1024))
        object.__setattr__(self, "seed", check_seed(self.seed))
        check_real("checkpoint_every", self.checkpoint_every, 0, 1e9)
        check_flag("resume", self.resume)
        if self.resume and self.checkpoint is None:
            raise OptionError("resume needs the folder of the checkpoints: set checkpoint too")

    @property
    def worker_count(self) -> int:
        """The number of threads to use: `threads`, or every core this process may run on."""
        return self.threads or _cores()

    @property
    def checkpoint_folder(self) -> Path | None:
        """The checkpoint folder as a path."""
        return None if self.checkpoint is None else Path(self.checkpoint)
