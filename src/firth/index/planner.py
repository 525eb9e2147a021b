"""In which order the planner tries what there is, and for how long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from firth.errors import DataError, MissingExtraError, OptionError
from firth.index.candidates import Candidate, candidates
from firth.index.frontier import Limits, frontier
from firth.index.trial import FEWEST, Trial, attempt
from firth.index.truth import Questions, questions_of_rows
from firth.run import Run
from firth.vectors import Metric, Vectors

__all__ = ["Planner", "taken"]

FEW = 30_000  # rows up to which everything is tried on all of them
SKETCH = 10_000  # rows of the sample on which everything is tried where there are more
SKETCHING = 0.4  # share of the time that the sample may take
TRUTH = 0.1  # share of the time that exact search for the queries may take
MULTIPLICATIONS = 1e10  # a second, of one core, which is on the safe side
PATIENCE = 0.25  # seconds for each timing
Untried: TypeAlias = list[tuple[str, str]]
"""Names, each with the reason."""


class Planner:
    """The trials in their order, and the clock."""

    def __init__(
        self,
        space: Vectors,
        metric: Metric,
        queries: Any,
        *,
        k: int,
        sample: int,
        limits: Limits,
        run: Run,
        ends: float,
        say: Callable[[str], None] | None,
    ):
        self.space, self.metric, self.queries = space, metric, queries
        self.k, self.sample, self.limits, self.run, self.ends = k, sample, limits, run, ends
        self.say = say or _silent
        self.notes: list[str] = []
        self.seconds = ends - time.perf_counter()

    def tried(self) -> tuple[list[Trial], list[Trial], Untried]:
        """Trials on all rows, trials on a sample, and what was not tried on all rows and why."""
        every = sorted(candidates(self.space.dim, len(self.space)), key=self._first)
        if len(self.space) <= FEW:
            trials, untried = self._round(every, self.space, self.ends, {})
            return trials, [], untried
        drawn = np.random.default_rng(self.run.seed).choice(len(self.space), SKETCH, replace=False)
        part = taken(self.space, np.sort(drawn), metric=self.metric)
        until = time.perf_counter() + SKETCHING * self.seconds
        sketches, untried = self._round(every, part, until, {})
        self.notes.append(
            f"all were tried on a sample of {SKETCH:,} rows first, and on all {len(self.space):,} rows those "
            "that promised most, as far as the time went"
        )
        growth = len(self.space) / SKETCH
        by_name = {one.name: one for one in every}
        order = sorted(
            sketches, key=lambda one: self._promise(one, by_name[one.name].memory, sketches, growth)
        )
        expected = {one.name: one.seconds * growth for one in sketches}
        trials, left = self._round([by_name[one.name] for one in order], self.space, self.ends, expected)
        return trials, sketches, untried + left

    def _first(self, one: Candidate) -> tuple[bool, bool, int]:
        """What may keep within the memory comes first; of those indexes, which win where they fit; and of
        these what is cheap to make."""
        limit = self.limits.memory
        too_large = limit is not None and one.memory > limit
        return too_large, one.kind == "codec", one.effort

    def _promise(self, one: Trial, memory: int, all_: Sequence[Trial], growth: float) -> tuple[int, float]:
        """The order in which trials on the sample are repeated on all rows: those that seem to be within
        the limits by their time, then those of the frontier, then the others. `memory` is about what all
        rows would take."""
        limit = self.limits.memory
        small = limit is None or memory <= 1.1 * limit
        good = one.recall.value >= self.limits.recall
        looks_at_all = one.kind == "codec" or one.name.startswith("Exact")
        milliseconds = one.speed.median * (growth if looks_at_all else 1)
        if small and good:
            return 0, milliseconds
        return (1 if one in frontier(all_) else 2), milliseconds

    def _round(
        self, some: Iterable[Candidate], rows: Vectors, until: float, expected: dict[str, float]
    ) -> tuple[list[Trial], Untried]:
        """Try candidates on rows until the time is up; at least one, whatever it takes."""
        trials: list[Trial] = []
        untried: Untried = []
        asked = self._questions(rows)
        for one in some:
            left = until - time.perf_counter()
            takes = expected.get(one.name, 0.0)
            if trials and (left <= 0 or takes > left):
                no_time = "no time was left"
                untried.append(
                    (
                        one.name,
                        no_time if left <= 0 else f"it takes some {takes:.0f} s, and {left:.0f} s were left",
                    )
                )
                continue
            try:
                trial = attempt(one, rows, asked, target=self.limits.recall, run=self.run, patience=PATIENCE)
            except (DataError, OptionError, MissingExtraError) as error:
                untried.append((one.name, str(error)))
                continue
            trials.append(trial)
            self.say(
                f"{trial.name}, {trial.rows:,} rows: {trial.recall}, {trial.memory / 1e6:,.2f} MB, "
                f"{trial.speed.median:.3g} ms, {trial.seconds:.1f} s"
            )
        return trials, untried

    def _questions(self, rows: Vectors) -> Questions:
        """Queries over rows, as many as exact search answers in a small part of the time."""
        affordable = TRUTH * self.seconds * MULTIPLICATIONS / max(1, rows.matrix.size)
        count = int(min(self.sample, max(10 * FEWEST, affordable)))
        if count < self.sample:
            self.notes.append(
                f"{count:,} queries over {len(rows):,} rows, and not {self.sample:,}, for the sake of time"
            )
        asked = questions_of_rows(
            rows.matrix, self.metric, k=self.k, queries=self.queries, sample=count, seed=self.run.seed
        )
        if len(asked) < FEWEST:
            raise DataError(
                f"{len(asked):,} queries are too few to tune with a third, choose with another and judge "
                f"with the last; give at least {FEWEST}"
            )
        self.notes += [note for note in asked.notes if note not in self.notes]
        return asked


def taken(vectors: Vectors, rows: Any, *, metric: Metric) -> Vectors:
    """The vectors of these row numbers, with a metric of their own: codecs are fitted to it."""
    return Vectors(
        vectors.ids.take(rows),
        vectors.matrix[rows],
        metric=metric,
        fingerprint=vectors.fingerprint,
    )


def _silent(_line: str) -> None:
    """Say nothing."""
