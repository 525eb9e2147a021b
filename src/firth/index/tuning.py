"""`measure` and `tune`: how much an index finds, honestly, and the cheapest way for it to find enough.

Recall is the share of the true k nearest that are among the k answers, the mean over queries. Its interval
says how far the mean over other queries of the same kind may lie from it; another build of the index, with
another seed, would differ too, and that is not in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import DataError
from firth.index.engine import Settings
from firth.index.timing import ALIKE, Speed, in_turns, speed_of
from firth.index.truth import Questions, Searcher, questions_of_index
from firth.measure.intervals import bca_interval, proportion_interval
from firth.options import check_real, check_seed, check_whole
from firth.run import Run
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.index.index import Index

__all__ = ["Measured", "Recall", "Tuned", "measure", "recall_of", "searcher_of", "tune", "tune_to"]

SAMPLE = 1_000  # queries
RERANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SURE = 1.96  # standard errors: the tuning half has to reach the target by so many
ALMOST = 0.002  # of recall: so much may be lost where the target is out of reach
FEWEST = 20  # queries that can be cut into two halves


@dataclass(frozen=True, kw_only=True)
class Recall:
    """A recall with its 95 % interval over queries.

    Attributes:
        value: the mean recall of the queries, 0 to 1.
        low, high: its interval, from the bootstrap over queries (BCa). Where all queries have the same
            recall, resamples say nothing, and the interval is that of Wilson for a share of n of n.
        n: how many queries.
        k: among how many answers.
    """

    value: float
    low: float
    high: float
    n: int
    k: int

    def to_dict(self) -> dict[str, Any]:
        """The values by name, the mean as "recall"."""
        return {"recall": self.value, "low": self.low, "high": self.high, "n": self.n, "k": self.k}

    def __str__(self) -> str:
        return (
            f"recall@{self.k} {self.value:.3f} ({self.low:.3f} to {self.high:.3f}, over {self.n:,} queries)"
        )


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What `measure` found.

    Attributes:
        recall: against exact search, with its interval.
        settings: those that were searched with.
        speed: milliseconds and queries a second, on this machine.
        memory: bytes, as `index.memory()` tells them.
        queries: what they were.
        notes: what was left out.
    """

    recall: Recall
    settings: Mapping[str, int]
    speed: Speed
    memory: Mapping[str, int]
    queries: str
    notes: tuple[str, ...] = ()

    def remembered(self) -> dict[str, Any]:
        """What an index keeps of it: nothing that depends on the machine or on the day."""
        return {**self.recall.to_dict(), "settings": dict(self.settings), "queries": self.queries}

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON can hold."""
        return {
            **self.remembered(),
            "speed": self.speed.to_dict(),
            "memory": dict(self.memory),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        memory = f"{self.memory['total'] / 1e6:,.2f} MB in memory"
        if self.memory.get("mapped"):
            memory += f", {self.memory['mapped'] / 1e6:,.2f} MB in the file"
        lines = [str(self.recall), f"settings: {_words(self.settings)}", str(self.speed), memory]
        return "\n".join([*lines, f"queries: {self.queries}", *(f"note: {note}" for note in self.notes)])


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What `tune` found.

    Attributes:
        settings: the cheapest that reach the target, or those that come nearest; now those of the index.
        target: the recall that was asked for.
        reached: whether the held-out queries reach the target.
        recall: on the held-out queries, with its interval.
        tuned_on: how many other queries the choice was made with.
        tried: what was looked at: settings, recall on the queries of the choice, and, of those that were
            timed, seconds for all of them.
        queries: what they were.
        notes: what was left out, and what was not reached.
    """

    settings: Mapping[str, int]
    target: float
    reached: bool
    recall: Recall
    tuned_on: int
    tried: tuple[Mapping[str, Any], ...]
    queries: str
    notes: tuple[str, ...] = ()
    each: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    """The recall of each held-out query."""

    def remembered(self) -> dict[str, Any]:
        """What an index keeps of it."""
        kept = {"settings": dict(self.settings), "queries": self.queries, "target": self.target}
        return {**self.recall.to_dict(), **kept}

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON can hold."""
        return {
            **self.remembered(),
            "reached": self.reached,
            "tuned_on": self.tuned_on,
            "tried": [dict(one) for one in self.tried],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "not reached"
        lines = [
            f"{self.recall}; target {self.target:g} {verdict}",
            f"settings: {_words(self.settings)}; {len(self.tried)} tried on {self.tuned_on:,} other queries",
            f"queries: {self.queries}",
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def measure(
    index: Index,
    queries: Vectors | ArrayLike | None = None,
    k: int = 10,
    *,
    vectors: Vectors | None = None,
    sample: int = SAMPLE,
    seed: int = 1,
    threads: int | None = None,
    **settings: int,
) -> Measured:
    """How many of the true neighbours an index finds, and how fast.

    Args:
        index: what is measured. It remembers the result in `index.measured`, and so does its file.
        queries: vectors of the space or rows (m, d), best such as will be asked. None takes a sample of the
            rows themselves, each of which is then no answer to itself; that may be easier or harder than the
            queries to come.
        k: among how many answers.
        vectors: what the index was built of; needed where it keeps no rows or only their codes.
        sample: how many queries at most.
        seed: which queries, and the resamples of the interval.
        threads: how many threads search at most; None for every core.
        settings: search settings other than those of the index.

    Returns:
        Recall with its 95 % interval, speed and memory.

    Raises:
        DataError: the rows are needed and not given, there is nothing to find, or a query is not finite.
        SpaceMismatchError: vectors or queries are of another space.
        OptionError: an option is outside its range, or there is no such setting.

    >>> import firth, numpy as np
    >>> from firth.index import Exact
    >>> rows = np.random.default_rng(0).standard_normal((500, 8))
    >>> index = Exact().build(firth.Vectors(range(500), rows))
    >>> index.measure(sample=50).recall.value
    1.0
    """
    check_whole("k", k, 1, 1_000_000)
    check_whole("sample", sample, 1, 10_000_000)
    chosen = index._with(settings)
    workers = Run(threads=threads).worker_count
    asked = questions_of_index(index, queries, k=k, vectors=vectors, sample=sample, seed=check_seed(seed))
    search = searcher_of(index, chosen, workers)
    recall = recall_of(asked.recalls_of(search), k=asked.k, seed=seed)
    found = Measured(
        recall=recall,
        settings=chosen,
        speed=speed_of(lambda some: search(some, asked.k), asked.queries, threads=workers),
        memory=index.memory(),
        queries=asked.source,
        notes=asked.notes,
    )
    index.measured = found.remembered()
    return found


def tune(
    index: Index,
    queries: Vectors | ArrayLike | None = None,
    *,
    target_recall: float = 0.95,
    k: int = 10,
    vectors: Vectors | None = None,
    sample: int = SAMPLE,
    seed: int = 1,
    threads: int | None = None,
) -> Tuned:
    """Find the cheapest search settings that reach a recall, and check them on queries that were held out.

    One half of the queries chooses, the other one judges. What is chosen reaches the target on the first half
    by 1.96 standard errors, so that it seldom misses it on the second by bad luck; of several ways to the
    target (few lists and many candidates, or the other way round) the fastest one is taken for queries asked
    all at once, of equally fast ones (within 10 %) the one with the cheaper step of the engine.

    Args:
        index: whose `settings` are set to what was found, and which remembers the recall in `measured`.
        queries, k, vectors, sample, seed, threads: as for `measure`; at least 20 queries.
        target_recall: the share of the true neighbours that is to be found, above 0 up to 1.

    Returns:
        The settings with the recall on the held-out half; `reached` and the notes say if it is not enough.

    Raises:
        DataError: fewer than 20 queries, or as `measure`.
        OptionError: an option is outside its range.

    >>> import firth, numpy as np
    >>> from firth.index import Exact, tune
    >>> rows = np.random.default_rng(0).standard_normal((500, 8))
    >>> index = Exact().build(firth.Vectors(range(500), rows))
    >>> tune(index, target_recall=0.9).reached
    True
    """
    target = check_real("target_recall", target_recall, 0, 1, above=True)
    check_whole("k", k, 1, 1_000_000)
    check_whole("sample", sample, FEWEST, 10_000_000)
    asked = questions_of_index(index, queries, k=k, vectors=vectors, sample=sample, seed=check_seed(seed))
    if len(asked) < FEWEST:
        raise DataError(
            f"{len(asked):,} queries are too few to choose with one half and judge with the other; "
            f"give at least {FEWEST}"
        )
    choose, judge = asked.take(slice(0, len(asked) // 2)), asked.take(slice(len(asked) // 2, None))
    workers = Run(threads=threads).worker_count
    found = tune_to(index, choose, judge, target=target, seed=seed, threads=workers)
    index.settings = dict(found.settings)
    index.measured = found.remembered()
    return found


def tune_to(
    index: Index, choose: Questions, judge: Questions, *, target: float, seed: int, threads: int
) -> Tuned:
    """`tune` with questions that are there, to choose with and to judge by; the index stays as it is."""
    trials = _Trials(index, choose, threads)
    paths = _cheapest_paths(trials, target)
    notes = list(choose.notes)
    if paths:
        settings = trials.fastest(paths)
    else:
        settings = trials.best()
        notes.append(
            f"no setting reaches {target:g} by {SURE} standard errors on the {len(choose):,} queries of the "
            f"choice; these are the cheapest that find as much as the dearest, less {ALMOST:g}"
        )
    values = judge.recalls_of(searcher_of(index, settings, threads))
    recall = recall_of(values, k=judge.k, seed=seed)
    if recall.value < target:
        notes.append(f"the held-out queries miss the target: {recall.value:.4f} of {target:g}")
    elif recall.low < target:
        notes.append(f"the interval reaches below the target: {recall.low:.4f}; more queries would tell")
    return Tuned(
        settings=settings,
        target=target,
        reached=recall.value >= target,
        recall=recall,
        tuned_on=len(choose),
        tried=trials.told(),
        queries=judge.source,
        notes=tuple(notes),
        each=values,
    )


class _Trials:
    """The settings there are, a ladder of the engine by a row of `rerank`, and the recall of those looked at.

    Recall rises along both, which is what lets so few of them be looked at.
    """

    def __init__(self, index: Index, asked: Questions, threads: int):
        self._index, self._asked, self._threads = index, asked, threads
        self.ladder: list[Settings] = list(index.engine.ladder())
        self.reranks: tuple[int, ...] = (1,)
        if "rerank" in index.settings and index.kept is not None:
            most = max(1, len(index) // (2 * asked.k))
            self.reranks = tuple(r for r in RERANKS if r <= most)
        self._recalls: dict[tuple[int, int], NDArray[np.float64]] = {}
        self._seconds: dict[tuple[int, int], float] = {}

    def settings(self, step: int, rerank: int) -> dict[str, int]:
        """What is searched with at a step of the ladder, by the number of a rerank."""
        chosen = {**self._index.engine.settings, **self.ladder[step]}
        if "rerank" in self._index.settings:
            chosen["rerank"] = self.reranks[rerank]
        return self._index._with(chosen)

    def recalls(self, step: int, rerank: int) -> NDArray[np.float64]:
        """The recall of each query."""
        if (step, rerank) not in self._recalls:
            search = searcher_of(self._index, self.settings(step, rerank), self._threads)
            self._recalls[step, rerank] = self._asked.recalls_of(search)
        return self._recalls[step, rerank]

    def reaches(self, step: int, rerank: int, target: float) -> bool:
        """Whether the target is reached by more than chance."""
        values = self.recalls(step, rerank)
        error = values.std(ddof=1) / math.sqrt(len(values))
        return bool(values.mean() - SURE * error >= target)

    def fastest(self, paths: Sequence[tuple[int, int]]) -> dict[str, int]:
        """The settings that take the least time, of equally fast ones those with the lowest step."""
        if len(paths) > 1:
            searchers = [searcher_of(self._index, self.settings(*path), self._threads) for path in paths]
            jobs = [partial(search, self._asked.queries, self._asked.k) for search in searchers]
            self._seconds = dict(zip(paths, in_turns(jobs), strict=True))
            least = min(self._seconds.values())
            paths = [path for path in paths if self._seconds[path] <= (1 + ALIKE) * least]
        return self.settings(*min(paths))

    def best(self) -> dict[str, int]:
        """The cheapest settings that find nearly as much as the dearest ones."""
        top, most = len(self.ladder) - 1, len(self.reranks) - 1
        enough = self.recalls(top, most).mean() - ALMOST
        rerank = _least(most + 1, lambda rerank: bool(self.recalls(top, rerank).mean() >= enough)) or 0
        step = _least(top + 1, lambda step: bool(self.recalls(step, rerank).mean() >= enough)) or 0
        return self.settings(step, rerank)

    def told(self) -> tuple[Mapping[str, Any], ...]:
        """What was looked at, from cheap to dear."""
        return tuple(
            {
                "settings": self.settings(*at),
                "recall": float(self._recalls[at].mean()),
                "seconds": self._seconds.get(at),
            }
            for at in sorted(self._recalls)
        )


def _cheapest_paths(trials: _Trials, target: float) -> list[tuple[int, int]]:
    """For each rerank the lowest step that reaches the target, if it is lower than with less rerank."""
    top = len(trials.ladder) - 1
    first = _least(len(trials.reranks), lambda rerank: trials.reaches(top, rerank, target))
    paths: list[tuple[int, int]] = []
    if first is None:
        return paths
    bound = len(trials.ladder)
    for rerank in range(first, len(trials.reranks)):
        if not bound or not trials.reaches(bound - 1, rerank, target):
            continue
        step = _least(bound, partial(trials.reaches, rerank=rerank, target=target))
        if step is not None:
            paths.append((step, rerank))
            bound = step
    return paths


def _least(n: int, reaches: Callable[[int], bool]) -> int | None:
    """The least of 0 to n - 1 that reaches, where all after one that does reach too; None if none does."""
    if not reaches(n - 1):
        return None
    low, high = 0, n - 1
    while low < high:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle + 1
    return low


def searcher_of(index: Index, settings: Settings, threads: int) -> Searcher:
    """The search of an index with some settings."""
    search = cast("Any", index.search)  # the settings are no filters, whatever their names
    return lambda queries, k: search(queries, k, threads=threads, **settings).rows


def recall_of(values: NDArray[np.float64], *, k: int, seed: int) -> Recall:
    """The mean of recalls (m,) with its interval."""
    mean = float(values.mean())
    low, high = bca_interval(
        lambda weights: (weights @ values) / weights.sum(axis=1), len(values), seed=seed, value=mean
    )
    if math.isnan(low):
        # Of n queries n got at least the least of these recalls, so that of all queries at least a share of
        # `share` does; and likewise from above.
        share = proportion_interval(len(values), len(values))[0]
        low, high = share * float(values.min()), 1 - share * (1 - float(values.max()))
    return Recall(value=mean, low=low, high=high, n=len(values), k=k)


def _words(settings: Mapping[str, int]) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items()) or "none"
