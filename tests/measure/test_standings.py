"""Standings: the figures of several spaces on several tasks, side by side."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors, measure
from firth.errors import DataError, OptionError
from firth.measure import GradedPairs, Questions

WORDS = ["a", "b", "c", "d", "e"]
PAIRS = GradedPairs(name="pairs", pairs=(("a", "b"), ("a", "c"), ("b", "e"), ("c", "x")), grades=(1, 2, 3, 4))
QUESTIONS = Questions(name="questions", sections=(("all", (("a", "b", "c", "d"), ("b", "c", "d", "e"))),))


def two():
    random = np.random.default_rng(2)
    return {name: Vectors(WORDS, random.standard_normal((5, 3))) for name in ("one", "two")}


def test_each_space_gets_its_own_figures():
    spaces = two()
    report = measure.standings(spaces, [PAIRS, QUESTIONS])
    assert [(row.task, row.extra["space"]) for row in report] == [
        ("pairs", "one"), ("pairs", "two"), ("questions", "one"), ("questions", "two"),
    ]  # fmt: skip
    for row in report:
        vectors = spaces[row.extra["space"]]
        given = (
            measure.similarity(vectors, PAIRS) if row.task == "pairs" else measure.analogy(vectors, QUESTIONS)
        )
        expected = given.rows[0]
        assert (row.value, row.low, row.high, row.n, row.total) == (
            expected.value, expected.low, expected.high, expected.n, expected.total,
        )  # fmt: skip
    assert "pairs: one" in str(report)


def test_all_figures_and_spaces_without_names():
    report = measure.standings(list(two().values()), PAIRS, figures="all")
    assert [(row.name, row.extra["figure"]) for row in report] == [
        ("pairs: space 1", "spearman"), ("pairs: space 2", "spearman"),
        ("pairs (pearson): space 1", "pearson"), ("pairs (pearson): space 2", "pearson"),
    ]  # fmt: skip


def test_what_is_refused():
    with pytest.raises(DataError, match="at least one space"):
        measure.standings({}, PAIRS)
    with pytest.raises(DataError, match="at least one set"):
        measure.standings({"one": Vectors(WORDS, np.eye(5))}, [])
    with pytest.raises(OptionError, match="figures is 'main' or 'all'"):
        measure.standings(two(), PAIRS, figures="first")
