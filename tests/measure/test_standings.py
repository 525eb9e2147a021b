"""Standings: the figures of `similarity` and `analogy`, side by side."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors, measure
from firth.errors import DataError
from firth.measure import GradedPairs, Questions

WORDS = ["a", "b", "c", "d", "e"]
PAIRS = GradedPairs(name="pairs", pairs=(("a", "b"), ("a", "c"), ("b", "e"), ("c", "x")), grades=(1, 2, 3, 4))
QUESTIONS = Questions(name="questions", sections=(("all", (("a", "b", "c", "d"), ("b", "c", "d", "e"))),))


def test_each_space_gets_its_own_figures():
    random = np.random.default_rng(2)
    spaces = {name: Vectors(WORDS, random.standard_normal((5, 3))) for name in ("one", "two")}
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


def test_no_space_and_no_set_are_refused():
    with pytest.raises(DataError, match="at least one space"):
        measure.standings({}, PAIRS)
    with pytest.raises(DataError, match="at least one set"):
        measure.standings({"one": Vectors(WORDS, np.eye(5))}, [])
