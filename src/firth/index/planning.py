"""`plan`: try codecs and indexes within a time, and say which one to take."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from firth.errors import DataError
from firth.fingerprints import check_same_space
from firth.index.frontier import Limits, frontier, nearest_to, winner
from firth.index.planner import Planner, taken
from firth.index.recipefile import RecipeFile, write_recipe
from firth.index.trial import FEWEST, Trial
from firth.neighbours import usable
from firth.options import check_metric, check_real, check_whole
from firth.run import Run
from firth.vectors import Metric, Vectors

__all__ = ["Plan", "plan"]

SAMPLE = 1_500  # queries: three parts of 500


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was tried, and which one to take.

    Attributes:
        winner: the fastest of those within all limits, of equally fast ones (within 10 %) the smallest; those
            come first whose recall is above the target with its whole interval. None if nothing is within.
        nearest: what comes nearest where nothing is within the limits; else None.
        frontier: the trials that no other beats in memory, recall and speed together; the smallest first.
        trials: everything that was tried on all rows.
        sketches: what was tried on a sample of the rows, where there were many, to choose what to try on all.
        untried: names of what was not tried on all rows, each with the reason.
        limits: what was asked for.
        k: among how many answers recall is counted.
        rows, dim: of the vectors. metric: what "near" meant.
        threads, seed: of the runs. seconds: what the whole plan took.
        notes: what a reader should know.
    """

    winner: Trial | None
    nearest: Trial | None
    frontier: tuple[Trial, ...]
    trials: tuple[Trial, ...]
    sketches: tuple[Trial, ...]
    untried: tuple[tuple[str, str], ...]
    limits: Limits
    k: int
    rows: int
    dim: int
    metric: Metric
    threads: int
    seed: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> int:
        """Bytes of the float32 matrix."""
        return 4 * self.rows * self.dim

    @property
    def chosen(self) -> Trial:
        """The winner, or else what comes nearest."""
        found = self.winner or self.nearest
        if found is None:
            raise DataError("nothing was tried, so there is nothing to choose; give it more time")
        return found

    def verdict(self) -> str:
        """In one sentence: what to take, or what comes nearest and what it misses."""
        one = self.winner or self.nearest
        if one is None:
            return "nothing could be tried on all rows within the time; give it more"
        facts = (
            f"{one.checked}, {one.memory / 1e6:,.2f} MB in memory ({_share(self.whole, one.memory)}), "
            f"{one.mapped / 1e6:,.2f} MB in the file, {one.speed.median:.3g} ms a query"
        )
        if self.winner is not None:
            return f"take {one.name}: {facts}{self._caveat(one)}"
        missed = "; ".join(self.limits.missed(one))
        return f"nothing is within the limits; {one.name} comes nearest: {facts}; {missed}"

    def _caveat(self, one: Trial) -> str:
        """What the queries that had no part in choosing say against the winner."""
        target = self.limits.recall
        if one.checked.value < target:
            return f"; on these queries, which chose nothing, that is below {target:g}: ask for more recall"
        if one.checked.low < target:
            return f"; the interval reaches below {target:g}: more queries would tell, or ask for more recall"
        return ""

    def columns(self) -> tuple[str, ...]:
        """The headings of `lines`."""
        what = ("best", "what", "settings", f"recall@{self.k}", "low", "high")
        return (*what, "MB", "of float32", "MB in file", "ms", "queries/s", "build s")

    def lines(self, trials: Sequence[Trial] | None = None) -> list[tuple[Any, ...]]:
        """Trials as rows of a table, the smallest first: those on all rows if None.

        The first field is "*" for the winner and "+" for others of the frontier.
        """
        return [
            (
                "*" if one is self.winner else "+" if one in self.frontier else "",
                one.name,
                " ".join(f"{name}={value}" for name, value in one.settings.items()),
                round(one.recall.value, 4),
                round(one.recall.low, 4),
                round(one.recall.high, 4),
                f"{one.memory / 1e6:.2f}",
                _share(4 * one.rows * self.dim, one.memory)
                .removesuffix(" of the rows")
                .removesuffix(" the rows"),
                f"{one.mapped / 1e6:.2f}",
                f"{one.speed.median:.3g}",
                round(one.speed.per_second),
                f"{one.build_seconds:.1f}",
            )
            for one in sorted(
                self.trials if trials is None else trials, key=lambda one: (one.memory, one.speed.median)
            )
        ]

    def table(self, trials: Sequence[Trial] | None = None) -> str:
        """Trials as text: those on all rows if None."""
        cells = [[str(cell) for cell in line] for line in (self.columns(), *self.lines(trials))]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i in (0, 1, 2) else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in cells
        )

    def __str__(self) -> str:
        lines = [self.verdict(), "", self.table(), ""]
        if self.sketches:
            lines += [f"on a sample of {self.sketches[0].rows:,} rows:", self.table(self.sketches), ""]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join([*lines, *(f"not tried: {name}: {reason}" for name, reason in self.untried)])

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON can hold."""
        return {
            "winner": None if self.winner is None else self.winner.name,
            "nearest": None if self.nearest is None else self.nearest.name,
            "verdict": self.verdict(),
            "limits": {
                "recall": self.limits.recall,
                "memory": self.limits.memory,
                "latency": self.limits.latency,
            },
            "k": self.k,
            "rows": self.rows,
            "dim": self.dim,
            "metric": self.metric,
            "threads": self.threads,
            "seed": self.seed,
            "seconds": self.seconds,
            "frontier": [one.name for one in self.frontier],
            "trials": [one.to_dict() for one in self.trials],
            "sketches": [one.to_dict() for one in self.sketches],
            "untried": [{"name": name, "reason": reason} for name, reason in self.untried],
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Plan:
        """The plan that `to_dict` told: to draw it again, or to weigh what was tried by other limits.

        Raises:
            OptionError: a recipe is none.
            KeyError, TypeError: it is no such document.
        """
        limits = Limits(**document["limits"])
        trials = tuple(map(Trial.from_dict, document["trials"]))
        best = winner(trials, limits)
        same = ("k", "rows", "dim", "metric", "threads", "seed", "seconds")
        return cls(
            winner=best,
            nearest=None if best is not None else nearest_to(trials, limits),
            frontier=tuple(one for name in document["frontier"] for one in trials if one.name == name),
            trials=trials,
            sketches=tuple(map(Trial.from_dict, document["sketches"])),
            untried=tuple((one["name"], one["reason"]) for one in document["untried"]),
            limits=limits,
            notes=tuple(document["notes"]),
            **{name: document[name] for name in same},
        )

    def recipe(self) -> RecipeFile:
        """What is to be made, with its search settings and what was measured.

        Raises:
            DataError: nothing was tried.
        """
        one = self.chosen
        measured = {
            **{name: round(value, 4) for name, value in one.checked.to_dict().items()},
            "memory": one.memory,
            "mapped": one.mapped,
            "milliseconds": round(one.speed.median, 4),
            "queries_per_second": round(one.speed.per_second),
            "rows": self.rows,
        }
        settings = dict(one.settings)
        return RecipeFile(recipe=one.recipe, metric=self.metric, settings=settings, measured=measured)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the recipe as TOML, for `firth index --recipe` or `firth compress --recipe`.

        Raises:
            ExistsError: the file is there and `force` is not set.
            DataError: nothing was tried.
        """
        write_recipe(self.recipe(), path, force=force, comment=self.verdict())

    def plot(self, path: str | os.PathLike[str]) -> None:
        """Draw memory against recall, coloured by the time of a query; the suffix says in which format.

        Raises:
            MissingExtraError: matplotlib is not installed.
            DataError: nothing was tried.
        """
        from firth.index.planplot import draw

        draw(self, path)


def plan(
    vectors: Vectors,
    *,
    max_memory: int | None = None,
    recall: float = 0.95,
    k: int = 10,
    queries: Vectors | ArrayLike | None = None,
    latency: float | None = None,
    time_budget: float = 60.0,
    metric: Metric | None = None,
    sample: int = SAMPLE,
    threads: int | None = None,
    seed: int = 1,
    say: Callable[[str], None] | None = None,
) -> Plan:
    """Find out how vectors are best kept and searched.

    Codecs and indexes are made of the vectors and tuned to the recall with one third of the queries. The
    second third chooses the winner, whose estimate is therefore a little too good: the best of many is also
    the luckiest. What is said of the winner in the end comes from the last third, which chose nothing. Of
    many rows, a sample comes first: all are tried on it, and those that promise most then
    on all rows, for as long as there is time. What is under way is not broken off, so that the whole may
    take longer by one trial.

    Args:
        vectors: rows and ids.
        max_memory: bytes in memory at most, ids not counted; None for any. Rows that are only read to score
            some candidates again stay in the file, and are told apart.
        recall: the share of the true k nearest that is to be found.
        k: how many answers are asked for.
        queries: vectors or rows (m, d) such as will be asked; None takes a sample of the rows themselves,
            each left out of its own answers.
        latency: milliseconds that a query asked alone may take, in the middle; None for any.
        time_budget: seconds for all trials.
        metric: what "near" means; None for that of the vectors.
        sample: how many queries at most.
        threads: how many threads work at most; None for every core.
        seed: of samples and of building.
        say: called with a line for each trial, as it ends.

    Returns:
        The plan: the winner, the frontier, everything that was tried, and what was not, with reasons.

    Raises:
        DataError: there are too few rows or queries to judge by.
        SpaceMismatchError: the queries are of another space.
        OptionError: an option is outside its range.
    """
    started = time.perf_counter()
    limits = _limits(recall, max_memory, latency)
    check_whole("k", k, 1, 1_000_000)
    check_whole("sample", sample, FEWEST, 10_000_000)
    check_real("time_budget", time_budget, 0, 1e9, above=True)
    if metric is not None:
        check_metric(metric)
    run = Run(threads=threads, seed=seed)
    near = metric or vectors.metric
    space, notes = _of_use(vectors, near)
    asked = _rows_of(queries, vectors)
    most = max(1, len(space) - int(asked is None))  # a row is no answer to itself
    if k > most:
        notes.append(f"there are {most:,} rows to be found and not {k:,}: recall is counted among {most:,}")
        k = most
    planner = Planner(
        space, near, asked, k=k, sample=sample, limits=limits, run=run, ends=started + time_budget, say=say
    )
    trials, sketches, untried = planner.tried()
    best = winner(trials, limits)
    return Plan(
        winner=best,
        nearest=None if best is not None else nearest_to(trials, limits),
        frontier=frontier(trials),
        trials=tuple(trials),
        sketches=tuple(sketches),
        untried=tuple(untried),
        limits=limits,
        k=k,
        rows=len(space),
        dim=space.dim,
        metric=near,
        threads=run.worker_count,
        seed=run.seed,
        seconds=time.perf_counter() - started,
        notes=(*notes, *planner.notes),
    )


def _share(whole: int, part: int) -> str:
    """How much smaller than the float32 rows, or larger."""
    if part > whole:
        return f"{part / max(1, whole):.1f} times the rows"
    return f"1/{whole / max(1, part):.1f} of the rows"


def _limits(recall: float, memory: int | None, latency: float | None) -> Limits:
    check_real("recall", recall, 0, 1, above=True)
    if memory is not None:
        check_whole("max_memory", memory, 1, 2**63 - 1)
    if latency is not None:
        check_real("latency", latency, 0, 1e9, above=True)
    return Limits(recall=recall, memory=memory, latency=latency)


def _of_use(vectors: Vectors, metric: Metric) -> tuple[Vectors, list[str]]:
    """The rows that can be answers, with the metric that was asked for, and how many cannot."""
    good = usable(vectors.matrix) if metric == "cosine" else np.isfinite(vectors.matrix).all(axis=1)
    if good.all():
        whole = Vectors(vectors.ids, vectors.matrix, metric=metric, fingerprint=vectors.fingerprint)
        return whole, []
    rows = np.flatnonzero(good)
    left_out = len(vectors) - len(rows)
    return taken(vectors, rows, metric=metric), [
        f"{left_out:,} rows that are not finite or have no direction were left out"
    ]


def _rows_of(queries: Vectors | ArrayLike | None, vectors: Vectors) -> Any:
    """Queries as float32 (m, d), or None."""
    if queries is None:
        return None
    if isinstance(queries, Vectors):
        check_same_space(vectors.fingerprint, queries, what="the queries")
        queries = queries.matrix
    given = np.asarray(queries)
    if given.dtype.kind not in "fiu" or given.ndim != 2 or given.shape[1] != vectors.dim:
        raise DataError(
            f"queries of {given.dtype} and shape {given.shape} do not fit vectors of dim {vectors.dim}; "
            "they are rows (m, d) or Vectors"
        )
    rows = np.ascontiguousarray(given, np.float32)
    if not np.isfinite(rows).all():
        bad = int(np.argmax(~np.isfinite(rows).all(axis=1)))
        raise DataError(f"query {bad} has a value that is not a finite number")
    return cast("Any", rows)
