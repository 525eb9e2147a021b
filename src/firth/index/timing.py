"""How long a search takes: one query at a time, and many at once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Speed", "in_turns", "speed_of"]

Job: TypeAlias = Callable[[NDArray[np.float32]], object]
"""Searches for queries (m, d); what it answers is of no interest here."""

ROUNDS = 3
ONES = 200  # queries that are asked alone, at most
PATIENCE = 1.0  # seconds
ALIKE = 0.1  # times that differ by no more than this share are equal: so much a busy machine varies


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What searching takes on this machine.

    Attributes:
        median, p95: milliseconds of a query asked alone, by one thread: the middle, and what 95 of 100 keep
            within.
        alone: how many queries were asked alone.
        per_second: queries a second, all at once.
        at_once: how many those were.
        threads: how many threads answered them, at most.
    """

    median: float
    p95: float
    alone: int
    per_second: float
    at_once: int
    threads: int

    def to_dict(self) -> dict[str, Any]:
        """The values by name."""
        return asdict(self)

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return (
            f"{self.median:.3g} ms a query (95 of 100 within {self.p95:.3g} ms); "
            f"{self.per_second:,.0f} queries/s in batches of {self.at_once:,} ({threads})"
        )


def speed_of(job: Job, queries: NDArray[np.float32], *, threads: int, patience: float = PATIENCE) -> Speed:
    """Time a search.

    Args:
        job: searches for the rows it is given, by `threads` threads where there are several.
        queries: float32, (m, d), m at least 1.
        threads: what is written into the record.
        patience: seconds for the queries asked alone, and again for the rounds of all at once; each is
            asked once at least.
    """
    job(queries[:2])  # what is compiled or opened once is not the price of a search
    job(queries[:1])
    alone: list[float] = []
    started = time.perf_counter()
    for i in range(min(len(queries), ONES)):
        alone.append(seconds(job, queries[i : i + 1]))
        if time.perf_counter() - started > patience:
            break
    rounds = [seconds(job, queries)]
    while len(rounds) < ROUNDS and sum(rounds) < patience:
        rounds.append(seconds(job, queries))
    return Speed(
        median=1e3 * statistics.median(alone),
        p95=1e3 * float(np.quantile(alone, 0.95)),
        alone=len(alone),
        per_second=len(queries) / statistics.median(rounds),
        at_once=len(queries),
        threads=threads,
    )


def in_turns(jobs: Sequence[Callable[[], object]]) -> list[float]:
    """The median seconds of each job, all of them taking turns so that what disturbs one disturbs all."""
    taken: list[list[float]] = [[] for _ in jobs]
    for _ in range(ROUNDS):
        for job, mine in zip(jobs, taken, strict=True):
            started = time.perf_counter()
            job()
            mine.append(time.perf_counter() - started)
        if sum(map(sum, taken)) > 2 * PATIENCE:
            break
    return [statistics.median(mine) for mine in taken]


def seconds(job: Job, queries: NDArray[np.float32]) -> float:
    """What one call takes."""
    started = time.perf_counter()
    job(queries)
    return time.perf_counter() - started
