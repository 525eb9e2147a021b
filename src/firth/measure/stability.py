"""`stability`: how much of a space is its data, and how much is the seed?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.measure.intervals import LEVEL, Floats
from firth.measure.named import named_spaces
from firth.measure.outcome import Outcome, row_of
from firth.measure.report import Report, Row
from firth.measure.spaces import Space, vectors_of
from firth.measure.tasks import Given, tasks_of
from firth.options import check_seed, check_whole
from firth.vectors import Vectors

__all__ = ["stability"]

BLOCK = 1 << 22  # pairs of neighbours that are compared at a time
SHOWN = 8


def stability(
    runs: Mapping[str, Space] | Sequence[Space],
    tasks: Given | Iterable[Given] | None = None,
    *,
    k: int = 10,
    sample: int | None = 1_000,
    ids: Iterable[str] | Iterable[int] | None = None,
    seed: int = 1,
) -> Report:
    """Compare runs of one recipe, such as with several seeds: do they say the same?

    The overlap of an id in two runs is the share of its k nearest ids in the one that are among its k nearest
    in the other, both among the ids that have a row in all runs (Antoniak and Mimno 2018, "Evaluating the
    Stability of Embedding-based Word Similarities", TACL; Wendlandt, Kummerfeld and Mihalcea 2018, "Factors
    Influencing the Surprising Instability of Word Embeddings", NAACL). Two runs may be turned against each
    other, or have another dim; that does not matter.

    Args:
        runs: vectors or models by name, at least two; those of a sequence are called "space 1", "space 2", ….
        tasks: sets, files or tasks whose main figures are compared between the runs; none if None.
        k: how many nearest ids.
        sample: of how many ids the neighbours are looked up, drawn at random from those that all runs have;
            None for all. The neighbours are exact, among all of these.
        ids: look at these ids instead of a sample.
        seed: of the sample and of the bootstrap.

    Returns:
        A report with the rows

        - "overlap@k", the mean over ids and pairs of runs, with its interval over the ids; "chance" is what
          unrelated runs would have, "sd", "min" and "max" are those of the ids;
        - the same for each pair of runs, where there are more than two;
        - the main figure of each task: the mean over runs with Student's interval for a further mean of as
          many, n the number of runs, and "sd", "min" and "max" among them. A difference between two recipes
          that is not larger than the spread between seeds says nothing about the recipes.

        Its details list the least and most stable ids with their overlap.

    Raises:
        DataError: there are fewer than two runs, too few ids that all have, or no row that can be looked up.
        OptionError: an option is outside its range; the message says which k is the greatest.
        UnknownIdError: one of `ids` is not in all runs.
        FormatError: a file of a set is damaged; the message names the line.
    """
    named = named_spaces(runs, at_least=2, what="stability")
    check_whole("k", k, 1, 1_000_000)
    if sample is not None:
        check_whole("sample", sample, 1, 1_000_000_000)
    vectors = {name: vectors_of(space) for name, space in named.items()}
    alike, together = _aligned(list(vectors.values()))
    shared = len(alike[0])
    usable = _usable(alike)
    among = int(np.count_nonzero(usable))
    asked = _asked(alike[0], usable, sample, ids, check_seed(seed))
    if k > among - 1:
        raise OptionError(f"k is at most {among - 1:,}, for {among:,} ids have neighbours; it is {k:,}")
    if among < shared:  # the others are neighbours of none
        alike = [run.take([run.ids[row] for row in np.flatnonzero(usable).tolist()]) for run in alike]
        asked = np.cumsum(usable)[asked] - 1
    overlaps = _overlaps(alike, asked, k)
    per_id = np.mean(list(overlaps.values()), axis=0)
    names = list(vectors)
    rows = [_row(f"overlap@{k}", per_id, asked, together, k, among, seed)]
    if len(overlaps) > 1:
        rows += [
            _row(f"overlap@{k}: {names[i]}, {names[j]}", found, asked, together, k, among, seed)
            for (i, j), found in overlaps.items()
        ]
    order = np.argsort(per_id, kind="stable")
    keys = [alike[0].ids[row] for row in asked.tolist()]
    ranked: list[dict[str, Any]] = [{"id": keys[i], "overlap": float(per_id[i])} for i in order.tolist()]
    if tasks is not None:
        rows += [_figure(task, named) for task in tasks_of(tasks, seed=seed)]
    return Report(
        title=f"{len(named)} runs: how far they agree",
        rows=tuple(rows),
        columns=("sd", "min", "max"),
        notes=tuple(_notes(ranked, asked.size, k, among=among, shared=shared, together=together)),
        details={"k": k, "least_stable": ranked[:50], "most_stable": ranked[::-1][:50], "seed": seed},
    )


def _aligned(vectors: list[Vectors]) -> tuple[list[Vectors], int]:
    """The runs with the ids that all have, in one order, and how many ids there are together."""
    first = vectors[0]
    if all(other.ids == first.ids for other in vectors[1:]):
        return vectors, len(first)
    shared = set(first.ids).intersection(*(other.ids for other in vectors[1:]))
    if not shared:
        raise DataError("no id is in all of the runs; runs of one recipe on one corpus share theirs")
    kept = [key for key in first.ids if key in shared]
    return [other.take(kept) for other in vectors], len(set(first.ids).union(*(v.ids for v in vectors[1:])))


def _usable(runs: list[Vectors]) -> NDArray[np.bool_]:
    """Which rows have neighbours in every run: finite, under the cosine not of zeros; bool, (n,)."""
    usable = np.ones(len(runs[0]), bool)
    for run in runs:
        usable &= np.isfinite(run.matrix).all(axis=1)
        if run.metric == "cosine":
            usable &= run.matrix.any(axis=1)
    return usable


def _asked(
    vectors: Vectors,
    usable: NDArray[np.bool_],
    sample: int | None,
    ids: Iterable[str] | Iterable[int] | None,
    seed: int,
) -> NDArray[np.int64]:
    """The rows whose neighbours are looked up."""
    if ids is not None:
        rows = np.unique(vectors.rows(ids))
        rows = rows[usable[rows]]
    else:
        rows = np.flatnonzero(usable)
        if sample is not None and sample < rows.size:
            rows = np.sort(np.random.default_rng(seed).choice(rows, sample, replace=False))
    if not rows.size or np.count_nonzero(usable) < 2:
        raise DataError("no id and a neighbour have rows in every run that are finite and not of zeros")
    return rows


def _overlaps(runs: list[Vectors], asked: NDArray[np.int64], k: int) -> dict[tuple[int, int], Floats]:
    """The share of the k nearest that two runs have in common, for each id asked, by the pair of runs."""
    keys = [runs[0].ids[row] for row in asked.tolist()]
    nearest = [run.search(keys, topn=k).rows for run in runs]
    step = max(1, BLOCK // k**2)
    found = {}
    for i, j in itertools.combinations(range(len(runs)), 2):
        common = np.empty(asked.size)
        for start in range(0, asked.size, step):
            one, other = nearest[i][start : start + step], nearest[j][start : start + step]
            both = (one[:, :, None] == other[:, None, :]) & (one >= 0)[:, :, None]
            common[start : start + step] = both.sum(axis=(1, 2))
        found[i, j] = common / k
    return found


def _row(
    name: str, values: Floats, asked: NDArray[np.int64], together: int, k: int, among: int, seed: int
) -> Row:
    """The mean overlap of the ids asked, of all the ids there are."""
    every = np.full(together, np.nan)
    every[: asked.size] = values
    chance = k / (among - 1)
    outcome = Outcome(task="stability", figure=name, values=every, covered=np.isfinite(every), chance=chance)
    row = row_of(outcome, seed=seed)
    return replace(row, extra={**row.extra, **_spread(values)})


def _figure(task: Any, runs: Mapping[str, Space]) -> Row:
    """The main figure of a task over the runs."""
    main = [task.outcomes(space)[0] for space in runs.values()]
    values = np.array([outcome.value_over() for outcome in main])
    known = values[np.isfinite(values)]
    mean = float(known.mean()) if known.size else math.nan
    reach = math.nan
    if known.size > 1:
        from scipy.special import stdtrit

        reach = float(stdtrit(known.size - 1, (1 + LEVEL) / 2) * known.std(ddof=1) / math.sqrt(known.size))
    return Row(
        task=task.name,
        name=f"{task.name} ({main[0].figure})",
        value=mean,
        low=mean - reach,
        high=mean + reach,
        n=known.size,
        total=len(runs),
        extra={**_spread(known), "by_run": {name: _known(v) for name, v in zip(runs, values, strict=True)}},
    )


def _spread(values: Floats) -> dict[str, float | None]:
    if values.size < 2:
        return {"sd": None, "min": None, "max": None}
    return {"sd": float(values.std(ddof=1)), "min": float(values.min()), "max": float(values.max())}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _notes(
    ranked: list[dict[str, Any]], asked: int, k: int, *, among: int, shared: int, together: int
) -> list[str]:
    notes = [
        f"exact neighbours of {asked:,} ids among the {among:,} that all runs have; "
        f"unrelated runs would share {k / (among - 1):.1%}"
    ]
    if together > shared:
        notes.append(f"{together - shared:,} of {together:,} ids are not in all runs and are left out")
    if shared > among:
        notes.append(
            f"{shared - among:,} ids whose row is zero or not finite in some run are left out, "
            "also as neighbours"
        )
    for what, some in (("least", ranked), ("most", ranked[::-1])):
        shown = ", ".join(f"{one['id']} {one['overlap']:.2f}" for one in some[:SHOWN])
        notes.append(f"{what} stable: {shown}")
    return notes
