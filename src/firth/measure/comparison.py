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
from firth.measure.paired import Difference, differences
from firth.measure.report import Report, Row
from firth.measure.sidebyside import Figure, check_figures, side_by_side
from firth.measure.tasks import Given, tasks_of
from firth.options import check_seed

__all__ = ["BETTER", "LESS", "MORE", "UNKNOWN", "UNTESTED", "WORSE", "compare"]

BETTER, WORSE, UNKNOWN = "better", "worse", "not told apart by this data"
MORE, LESS = "more", "less"  # of what is neither better nor worse
UNTESTED = "not tested"


SAID = {
    BETTER: "better on",
    WORSE: "worse on",
    MORE: "more on",
    LESS: "less on",
    UNKNOWN: "not told apart on",
    UNTESTED: "not tested on",
}


class Comparison(NamedTuple):
    """Two spaces on one figure of one task."""

    task: str
    figure: str
    total: int
    higher_is_better: bool | None
    baseline: str
    space: str
    untested: str
    found: Difference

    def verdict(self, adjusted_p: float) -> str:
        """What can be said of the space."""
        if self.untested:
            return UNTESTED
        if not adjusted_p < 1 - LEVEL or self.found.low <= 0 <= self.found.high:
            return UNKNOWN
        more = self.found.value > 0
        if self.higher_is_better is None:
            return MORE if more else LESS
        return BETTER if more == self.higher_is_better else WORSE


def compare(
    spaces: Mapping[str, Any] | Sequence[Any],
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
        spaces: by name, vectors, models, encoders or whatever else the tasks take, such as runs for
            retrieval; those of a sequence are called "space 1", "space 2", ….
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
        not hold 0, "more" or "less" where a figure has no better, such as a bias, else "not told apart by
        this data"; and "not tested" where no test keeps its promise, as with clusters, with a note that says
        why. "Not told apart" is no proof that the two are equal: differences below "detectable" cannot be
        ruled out. The notes hold those of the tasks and of the sets, too.

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
    check_figures(figures)
    pairs = _pairs(list(named), baseline, every_pair)
    given = tasks_of(tasks, seed=check_seed(seed))
    said: list[str] = []
    coverage: list[str] = []
    found: list[Comparison] = []
    for one in side_by_side(given, named, figures):
        said += one.notes
        said += [f"{one.task}: {some.untested}" for some in one.got.values() if some.untested]
        coverage += _coverage(one)
        found += _comparisons(one, pairs, seed)
    raised = adjusted([one.found.p for one in found], correction=correction)
    rows = tuple(_row(one, p, several=len(named) > 2) for one, p in zip(found, raised, strict=True))
    first = pairs[0][0]
    return Report(
        title="differences of every two spaces" if every_pair else f"differences from {first}",
        rows=rows,
        columns=("from", "to", "p_adjusted", "detectable", "verdict"),
        notes=(*_notes(rows, correction), *dict.fromkeys([*said, *coverage])),
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


def _comparisons(figure: Figure, pairs: list[tuple[str, str]], seed: int) -> list[Comparison]:
    one = next(iter(figure.got.values()))
    of = figure.task, one.figure, len(one.covered), one.higher_is_better
    return [
        Comparison(*of, before, after, one.untested, found)
        for (before, after), found in zip(pairs, differences(figure.got, pairs, seed=seed), strict=True)
    ]


def _row(one: Comparison, adjusted_p: float, *, several: bool) -> Row:
    found = one.found
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
        "verdict": one.verdict(adjusted_p),
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


def _coverage(figure: Figure) -> list[str]:
    """A note where a space does not cover all items.

    Raises:
        DataError: the spaces were not asked the same items.
    """
    outcomes = figure.got
    one = next(iter(outcomes.values()))
    total = len(one.covered)
    if any(len(outcome.covered) != total for outcome in outcomes.values()):
        asked = ", ".join(f"{name} {len(outcome.covered):,}" for name, outcome in outcomes.items())
        raise DataError(f"{figure.task}: the spaces were not asked the same items: {asked}")
    covered = {name: int(outcome.covered.sum()) for name, outcome in outcomes.items()}
    if all(outcome.covered.all() for outcome in outcomes.values()):
        return []
    if all(np.array_equal(one.covered, outcome.covered) for outcome in outcomes.values()):
        return [f"{figure.task}: of {total:,} items each space covers the same {covered.popitem()[1]:,}"]
    said = ", ".join(f"{name} {count:,}" for name, count in covered.items())
    return [f"{figure.task}: of {total:,} items are covered by {said}; two are compared where both cover"]


def _notes(rows: Sequence[Row], correction: str) -> list[str]:
    """The verdicts in a line for each pair, and how they came about."""
    notes = []
    for baseline, space in dict.fromkeys((row.extra["baseline"], row.extra["space"]) for row in rows):
        said = [row for row in rows if (row.extra["baseline"], row.extra["space"]) == (baseline, space)]
        parts = []
        for verdict, words in SAID.items():
            on = [f"{row.task} ({row.extra['figure']})" for row in said if row.extra["verdict"] == verdict]
            parts += [f"{words} {', '.join(on)}"] if on else []
        notes.append(f"{space} beside {baseline}: {'; '.join(parts)}")
    tests = sum(row.extra["p"] is not None for row in rows)
    if tests > 1:
        notes.append(f"p_adjusted: {tests} tests, {CORRECTIONS[correction]}")
    notes.append("detectable: the smallest difference that so many items show 80 times of 100 at p < 0.05")
    return notes
