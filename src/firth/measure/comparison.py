"""`compare`: is one space better than another, or could the difference be chance?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from firth.errors import DataError, OptionError
from firth.measure.corrections import CORRECTIONS, Correction, adjusted, check_correction
from firth.measure.intervals import LEVEL
from firth.measure.named import named_spaces
from firth.measure.outcome import Outcome, Task
from firth.measure.paired import Difference, differences
from firth.measure.report import Report, Row
from firth.measure.spaces import Space
from firth.measure.tasks import Given, tasks_of
from firth.options import check_seed

__all__ = ["BETTER", "UNKNOWN", "WORSE", "compare"]

BETTER, WORSE, UNKNOWN = "better", "worse", "not told apart by this data"


class Comparison(NamedTuple):
    """Two spaces on one figure of one task."""

    task: str
    figure: str
    total: int
    baseline: str
    space: str
    found: Difference


def compare(
    spaces: Mapping[str, Space] | Sequence[Space],
    tasks: Given | Iterable[Given],
    *,
    baseline: str | None = None,
    every_pair: bool = False,
    correction: Correction = "holm",
    figures: Literal["main", "all"] = "main",
    seed: int = 1,
) -> Report:
    """Compare spaces on the same items, task by task, with paired tests.

    Each space is held against the baseline on the items that both cover. What the items got decides on the
    test: McNemar's exact test for right and wrong, random signs for means, the paired bootstrap for
    correlations and all else (see `firth.measure.paired`). The p values are corrected together, over all
    spaces, tasks and figures of the call.

    Args:
        spaces: vectors, models or encoders by name; those of a sequence are called "space 1", "space 2", ….
        tasks: sets of any kind, their files, tasks with options of their own (`task_of`), or several of them.
        baseline: the name of the space that the others are held against; the first if None.
        every_pair: compare every two spaces instead, each with those before it.
        correction: for many comparisons: "holm" bounds the chance of even one false claim among all,
            "benjamini-hochberg" the share of false ones among the claims, "none" bounds neither.
        figures: "main", the first figure of each task, or "all".
        seed: of the resampling, and of tasks that are made here and draw, such as clusters.

    Returns:
        A report with a row for each figure and pair: the difference, positive where the space has more than
        the baseline, with its 95 % interval over resampled items (not corrected). `extra` holds the figures
        of both over the shared items ("from", "to"), "test", "p", "p_adjusted", "effect" with "effect_name",
        "detectable", the smallest difference that so many items show 80 times of 100 at p < 0.05, and the
        "verdict" on the space: "better" or "worse" where the adjusted p is below 0.05 and the interval does
        not hold 0, else "not told apart by this data". That is no proof that the two are equal: differences
        below "detectable" cannot be ruled out.

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: there are fewer than two spaces or no task, or a task cannot be done on a space.
        OptionError: an option is outside its range, or the baseline is none of the spaces.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.measure import GradedPairs, compare
    >>> pairs = GradedPairs(name="pairs", pairs=(("a", "b"), ("a", "c"), ("b", "c")), grades=(3, 1, 2))
    >>> one = Vectors(["a", "b", "c"], np.eye(3) + 0.1)
    >>> two = Vectors(["a", "b", "c"], [[1, 0], [1, 0.2], [0, 1]])
    >>> compare({"one": one, "two": two}, pairs).rows[0].extra["verdict"]
    'not told apart by this data'
    """
    named = named_spaces(spaces, at_least=2, what="compare")
    check_correction(correction)
    if figures not in ("main", "all"):
        raise OptionError(f"figures is 'main' or 'all', not {figures!r}")
    pairs = _pairs(list(named), baseline, every_pair)
    given = tasks_of(tasks, seed=check_seed(seed))
    coverage: list[str] = []
    found: list[Comparison] = []
    for task in given:
        for outcomes in _outcomes(task, named, figures):
            coverage += _coverage(outcomes)
            found += _comparisons(outcomes, pairs, seed)
    raised = adjusted([one.found.p for one in found], correction=correction)
    rows = tuple(_row(one, p, several=len(named) > 2) for one, p in zip(found, raised, strict=True))
    first = pairs[0][0]
    return Report(
        title="differences of every two spaces" if every_pair else f"differences from {first}",
        rows=rows,
        columns=("from", "to", "p_adjusted", "detectable", "verdict"),
        notes=(*_notes(rows, correction), *dict.fromkeys(coverage)),
        details={
            "spaces": list(named),
            "baseline": None if every_pair else first,
            "correction": correction,
            "tests": sum(one.found.p == one.found.p for one in found),
            "seed": seed,
        },
    )


def _pairs(names: list[str], baseline: str | None, every_pair: bool) -> list[tuple[str, str]]:
    if every_pair:
        if baseline is not None:
            raise OptionError(
                f"every_pair has no baseline, and {baseline!r} was given; leave one of them out"
            )
        return list(itertools.combinations(names, 2))
    first = names[0] if baseline is None else baseline
    if first not in names:
        raise OptionError(f"baseline is one of {', '.join(map(repr, names))}, not {first!r}")
    return [(first, name) for name in names if name != first]


def _outcomes(task: Task, spaces: Mapping[str, Space], figures: str) -> list[dict[str, Outcome]]:
    """What each space got on the items, by its name, for each figure that is wanted."""
    got = {name: task.outcomes(space) for name, space in spaces.items()}
    wanted = 1 if figures == "main" else min(map(len, got.values()))
    found = [{name: outcomes[i] for name, outcomes in got.items()} for i in range(wanted)]
    for outcomes in found:
        sizes = {len(outcome.covered) for outcome in outcomes.values()}
        if len({outcome.figure for outcome in outcomes.values()}) > 1 or len(sizes) > 1:
            asked = ", ".join(f"{name} {len(outcome.covered):,}" for name, outcome in outcomes.items())
            raise DataError(f"{task.name}: the spaces were not asked the same items: {asked}")
    return found


def _comparisons(
    outcomes: Mapping[str, Outcome], pairs: list[tuple[str, str]], seed: int
) -> list[Comparison]:
    one = next(iter(outcomes.values()))
    return [
        Comparison(one.task, one.figure, len(one.covered), before, after, found)
        for (before, after), found in zip(pairs, differences(outcomes, pairs, seed=seed), strict=True)
    ]


def _row(one: Comparison, adjusted_p: float, *, several: bool) -> Row:
    found = one.found
    told = adjusted_p < 1 - LEVEL and (found.low > 0 or found.high < 0)
    extra: dict[str, Any] = {
        "figure": one.figure,
        "baseline": one.baseline,
        "space": one.space,
        "from": found.before,
        "to": found.after,
        "test": found.test,
        "p": found.p,
        "p_adjusted": adjusted_p,
        "effect": found.effect,
        "effect_name": found.effect_name,
        "detectable": found.detectable,
        "verdict": (BETTER if found.value > 0 else WORSE) if told else UNKNOWN,
    }
    name = f"{one.task} ({one.figure})"
    return Row(
        task=one.task,
        name=f"{name}: {one.space} − {one.baseline}" if several else name,
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        total=one.total,
        extra={key: None if value != value else value for key, value in extra.items()},
    )


def _coverage(outcomes: Mapping[str, Outcome]) -> list[str]:
    """A note where a space does not cover all items."""
    one = next(iter(outcomes.values()))
    total = len(one.covered)
    covered = {name: int(outcome.covered.sum()) for name, outcome in outcomes.items()}
    if all(outcome.covered.all() for outcome in outcomes.values()):
        return []
    if all(np.array_equal(one.covered, outcome.covered) for outcome in outcomes.values()):
        return [f"{one.task}: of {total:,} items each space covers the same {covered.popitem()[1]:,}"]
    said = ", ".join(f"{name} {count:,}" for name, count in covered.items())
    return [f"{one.task}: of {total:,} items are covered by {said}; two are compared where both cover"]


def _notes(rows: Sequence[Row], correction: str) -> list[str]:
    """The verdicts in a line for each pair, and how they came about."""
    notes = []
    for baseline, space in dict.fromkeys((row.extra["baseline"], row.extra["space"]) for row in rows):
        said = [row for row in rows if (row.extra["baseline"], row.extra["space"]) == (baseline, space)]
        parts = []
        for verdict, words in ((BETTER, "better on"), (WORSE, "worse on"), (UNKNOWN, "not told apart on")):
            on = [f"{row.task} ({row.extra['figure']})" for row in said if row.extra["verdict"] == verdict]
            parts += [f"{words} {', '.join(on)}"] if on else []
        notes.append(f"{space} beside {baseline}: {'; '.join(parts)}")
    tests = sum(row.extra["p"] is not None for row in rows)
    if tests > 1:
        notes.append(f"p_adjusted: {tests} tests, {CORRECTIONS[correction]}")
    notes.append("detectable: the smallest difference that so many items show 80 times of 100 at p < 0.05")
    return notes
