"""Quality against size and speed: who dominates whom, and what is not placed."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from planted import Got, Planted

from firth import Model, Vectors
from firth.errors import DataError, OptionError
from firth.measure.pareto import Point, _dominates, pareto
from firth.measure.report import Report, Row
from firth.measure.sets import GradedPairs
from firth.measure.standings import standings

WORDS = [f"w{i}" for i in range(40)]
TRUTH = np.random.default_rng(0).standard_normal((40, 8))
SPACES = {
    "wide": Vectors(WORDS, np.hstack([TRUTH, np.zeros((40, 24))])),
    "plain": Vectors(WORDS, TRUTH),
    "poor": Vectors(WORDS, np.random.default_rng(1).standard_normal((40, 8))),
    "tiny": Vectors(WORDS, TRUTH[:, :2]),
}


def pairs():
    both = np.random.default_rng(5).integers(0, 40, (90, 2))
    grades = SPACES["plain"].similarity(*([WORDS[i] for i in column] for column in both.T))
    return GradedPairs(
        name="pairs", pairs=tuple((WORDS[a], WORDS[b]) for a, b in both), grades=tuple(grades.tolist())
    )


def test_sizes_qualities_and_what_is_dominated():
    """Speed is left to chance here, so all speeds are made to count as equal."""
    report = pareto(SPACES, pairs(), tolerance=1.0, queries=10, repeats=3)
    rows = {row.name: row for row in report}
    assert {name: row.extra["bytes"] for name, row in rows.items()} == {
        "wide": 40 * 32 * 4, "plain": 40 * 8 * 4, "poor": 40 * 8 * 4, "tiny": 40 * 2 * 4,
    }  # fmt: skip
    expected = standings(SPACES, pairs())
    assert {name: row.value for name, row in rows.items()} == pytest.approx(
        {row.extra["space"]: row.value for row in expected}
    )
    assert next(row.name for row in report) in ("wide", "plain")
    assert rows["poor"].extra["dominated_by"] == "plain, tiny"
    assert [name for name, row in rows.items() if row.extra["front"]] == ["plain", "tiny"]
    assert rows["wide"].extra["dominated_by"] == "plain"  # as good, and a quarter of the size
    assert all(row.extra["queries_per_second"] > 0 for row in report)
    json.dumps(report.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("one", "other", "dominates"),
    [
        (Point(0.5, 100, 1000), Point(0.5, 100, 1000), False),
        (Point(0.6, 100, 1000), Point(0.5, 100, 1000), True),
        (Point(0.5, 99, 1000), Point(0.5, 100, 1000), True),
        (Point(0.5, 100, 1050), Point(0.5, 100, 1000), False),  # within the tolerance
        (Point(0.5, 100, 1200), Point(0.5, 100, 1000), True),
        (Point(0.6, 100, 950), Point(0.5, 100, 1000), True),
        (Point(0.6, 100, 800), Point(0.5, 100, 1000), False),
        (Point(0.6, 101, 1000), Point(0.5, 100, 1000), False),
        (Point(math.nan, 1, 1000), Point(0.5, 100, 1000), False),
        (Point(0.9, 1, 1000), Point(0.5, 100, math.nan), False),
    ],
)
def test_domination(one, other, dominates):
    assert _dominates(one, other, 0.1) is dominates
    assert not (dominates and _dominates(other, one, 0.1))


def test_the_figures_of_a_report_are_taken_and_averaged():
    rows = [
        Row(task=task, name=f"{task}: {name}", value=value, low=value - 0.03, high=value + 0.04, n=5, total=9,
            extra={"space": name})
        for task, value in (("one", 0.4), ("two", 0.6))
        for name in ("plain", "tiny")
    ]  # fmt: skip
    report = pareto(
        {name: SPACES[name] for name in ("plain", "tiny")},
        Report(title="", rows=tuple(rows)),
        queries=5,
        repeats=1,
    )
    [first, _] = report.rows
    assert (first.value, first.n, first.total) == (pytest.approx(0.5), 10, 18)
    assert first.low == pytest.approx(0.5 - 0.03 / math.sqrt(2))
    assert first.high == pytest.approx(0.5 + 0.04 / math.sqrt(2))
    assert "the mean of the main figures of one, two" in str(report)


def test_sizes_that_are_given_and_models_of_subwords(tmp_path):
    file = tmp_path / "packed"
    file.write_bytes(b"x" * 77)
    pieces = Vectors(np.arange(10), np.zeros((10, 8)))
    model = Model({"words": SPACES["plain"], "contexts": SPACES["poor"], "subwords": pieces})
    spaces = {"file": SPACES["plain"], "number": SPACES["plain"], "model": model}
    report = pareto(spaces, pairs(), sizes={"file": file, "number": 5}, queries=5, repeats=1)
    assert {row.name: row.extra["bytes"] for row in report} == {
        "file": 77,
        "number": 5,
        "model": 40 * 32 + 320,
    }


def test_encoders_have_neither_size_nor_speed():
    report = pareto({"one": Got([0.1, 0.2, 0.4]), "two": Got([0.2, 0.3, 0.9])}, Planted())
    assert [row.extra["bytes"] for row in report] == [None, None]
    assert all(row.extra["front"] for row in report)
    assert "not placed, since quality, size or speed is not known: one, two" in str(report)


def test_rows_that_are_not_finite_are_no_queries():
    matrix = TRUTH.copy()
    matrix[::2] = np.nan
    [row] = pareto({"broken": Vectors(WORDS, matrix)}, pairs(), queries=40, repeats=1)
    assert row.extra["queries_per_second"] > 0
    nothing = pareto({"nan": Vectors(WORDS, np.full((40, 2), np.nan))}, pairs(), repeats=1)
    assert nothing.rows[0].extra["queries_per_second"] is None


def test_what_is_refused():
    with pytest.raises(OptionError, match="sizes has 'other', which is none of 'wide'"):
        pareto(SPACES, pairs(), sizes={"other": 3})
    for size in (-5, [1], 1.5):
        with pytest.raises(OptionError, match="the size of 'tiny' is a whole number"):
            pareto(SPACES, pairs(), sizes={"tiny": size})
    with pytest.raises(DataError, match="the report has no row of the space 'wide'"):
        pareto(SPACES, Report(title="", rows=()))
    with pytest.raises(OptionError, match="repeats is a whole number"):
        pareto(SPACES, pairs(), repeats=0)
    with pytest.raises(OptionError, match="tolerance is a number from 0 to 1"):
        pareto(SPACES, pairs(), tolerance=2)
