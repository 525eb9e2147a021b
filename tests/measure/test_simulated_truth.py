"""What the statistics promise, held against planted truths over many seeds.

Bounds are those within which a fair share stays in all but a few of 10,000 runs; the seeds are fixed.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from planted import Got, Planted
from scipy import special

from firth.measure.comparison import BETTER, UNKNOWN, WORSE, compare
from firth.measure.outcome import row_of

RUNS, ITEMS = 200, 60
FEW = 3.7 * math.sqrt(0.05 * 0.95 / RUNS)  # how far a share of 95 % strays in 200 runs
GRADES = tuple(np.random.default_rng(99).standard_normal(ITEMS))
TASKS = {
    "spearman": Planted(name="spearman", grades=GRADES),
    "accuracy": Planted(name="accuracy", share=True),
    "mean": Planted(name="mean"),
}
GAINS = {"spearman": 0.7, "accuracy": 0.16, "mean": 0.15}


def space(kind, random, items, gain=0.0):
    """What a space gets on items that are harder or easier for all (`items`, standard normal)."""
    own = random.standard_normal(ITEMS)
    if kind == "spearman":
        return Got((1 + gain) * np.array(GRADES) + 0.7 * items + own)
    ease = special.ndtr(0.7 * items + own / 1.4)
    if kind == "accuracy":
        return Got(ease > 0.5 - gain)
    return Got(special.betainc(0.6, 0.6, ease) ** (1 - 2 * gain))  # like an nDCG: heaps at 0 and 1


def runs(kind, gain, *, several=1, times=RUNS):
    """The comparisons of a baseline with spaces that are better by a gain, in fresh draws of everything."""
    for seed in range(times):
        random = np.random.default_rng((seed, several, int(100 * gain)))
        items = random.standard_normal(ITEMS)
        spaces = [space(kind, random, items), *(space(kind, random, items, gain) for _ in range(several))]
        yield compare(spaces, TASKS[kind], seed=seed)


@pytest.mark.parametrize("kind", TASKS)
def test_intervals_cover_a_planted_figure(kind):
    """Spearman's figure is that of a normal pair; the others are means of what one space gets."""
    random = np.random.default_rng(17)
    covered = 0
    truth = 0.5 if kind == "accuracy" else 6 / np.pi * np.arcsin(0.3) if kind == "spearman" else None
    if truth is None:
        truth = np.mean([space(kind, random, random.standard_normal(ITEMS)).values for _ in range(5_000)])
    for seed in range(RUNS):
        got, task = space(kind, random, random.standard_normal(ITEMS)), TASKS[kind]
        if kind == "spearman":
            grades, noise = random.standard_normal((2, ITEMS))
            got, task = Got(0.6 * grades + 0.8 * noise), Planted(grades=tuple(grades))
        row = row_of(task.outcomes(got)[0], seed=seed)
        covered += row.low <= truth <= row.high
    assert abs(covered / RUNS - 0.95) <= FEW


@pytest.mark.parametrize("kind", TASKS)
def test_no_difference_is_claimed_between_equals(kind):
    claimed = sum(report.rows[0].extra["verdict"] != UNKNOWN for report in runs(kind, 0.0))
    assert claimed / RUNS <= 0.05 + FEW


@pytest.mark.parametrize("kind", TASKS)
def test_intervals_cover_a_planted_difference_which_is_found_with_the_power_there_is(kind):
    """Power follows from the difference and its standard error, which `detectable` is 2.8 of."""
    rows = [report.rows[0] for report in runs(kind, GAINS[kind])]
    truth = np.mean([row.value for row in rows])
    error = np.mean([row.extra["detectable"] for row in rows]) / 2.8016
    power = NormalDist().cdf(truth / error - 1.96)
    assert 0.5 < power < 0.95
    found = np.mean([row.extra["verdict"] == BETTER for row in rows])
    assert -0.13 <= found - power <= 0.10  # an exact test of few items that differ is somewhat cautious
    assert not any(row.extra["verdict"] == WORSE for row in rows)
    assert abs(np.mean([row.low <= truth <= row.high for row in rows]) - 0.95) <= FEW


@pytest.mark.parametrize("kind", ["accuracy", "mean"])
def test_many_equals_are_not_told_apart_either(kind):
    """Each for itself, one of four comparisons of equals would be claimed in over a tenth of all runs."""
    reports = list(runs(kind, 0.0, several=4, times=RUNS // 2))
    claimed = sum(any(row.extra["verdict"] != UNKNOWN for row in report) for report in reports)
    alone = sum(any(row.extra["p"] < 0.05 for row in report) for report in reports)
    assert claimed / len(reports) <= 0.05 + FEW * math.sqrt(2)
    assert claimed < alone
