"""Analogies against brute force: every question answered by a full sort over the vectors."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth import Vectors
from firth.errors import OptionError
from firth.measure import Questions, analogies, analogy
from firth.measure.analogies import answer


def brute(vectors, question, method):
    """The answer to one question by the formula of the paper, in float64."""
    unit = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    a, b, c = (unit.astype(float) @ unit[vectors.rows([word])[0]] for word in question[:3])
    if method == "3CosAdd":
        keys = b - a + c
    else:
        keys = (b + 1) / 2 * (c + 1) / 2 / ((a + 1) / 2 + 1e-6)
    keys[vectors.rows(list(question[:3]))] = -np.inf
    return list(vectors)[int(np.argmax(keys))]


@pytest.mark.parametrize("method", ["3CosAdd", "3CosMul"])
@settings(max_examples=15, deadline=None)
@given(st.integers(4, 200), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_answers_equal_brute_force(method, n, dim, seed):
    random = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(n)]
    v = Vectors(words, random.standard_normal((n, dim)))
    asked = [tuple(words[i] for i in random.integers(0, n, 3)) for _ in range(10)]
    right = tuple((*question, brute(v, question, method)) for question in asked)
    wrong = tuple((*question[:3], question[0]) for question in right)
    questions = Questions(name="q", sections=(("right", right), ("wrong", wrong)))
    report = analogy(v, questions, method=method)
    assert (report["right"].value, report["wrong"].value, report["total"].value) == (1.0, 0.0, 0.5)


def plane():
    """Words on a lattice, on which the analogies hold exactly after the lengths are taken away."""
    angle = np.radians([0, 30, 60, 90, 200])
    return Vectors(["a", "b", "c", "d", "far"], np.stack([np.cos(angle), np.sin(angle)], axis=1))


def test_sections_subtotals_coverage_and_json():
    questions = Questions(
        name="mine",
        sections=(
            ("family", (("a", "b", "c", "d"), ("a", "b", "c", "far"))),
            ("gram1", (("A", "B", "C", "D"), ("a", "b", "c", "none"))),
            ("empty", ()),
        ),
    )
    report = analogy(plane(), questions)
    assert [row.name for row in report] == ["total", "semantic", "syntactic", "family", "gram1"]
    assert [row.extra["right"] for row in report] == [2, 1, 1, 1, 1]
    assert [(row.n, row.total) for row in report] == [(3, 4), (2, 2), (1, 2), (2, 2), (1, 2)]
    assert report.details["missing"] == ["none"]
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["rows"][0]["right"] == 2
    assert "missing words (1): none" in str(report)
    assert analogy(plane(), questions, case="exact")["gram1"].n == 0


def test_restrict_keeps_to_frequent_words():
    questions = Questions(name="q", sections=(("s", (("a", "b", "c", "d"),)),))
    assert analogy(plane(), questions, restrict=4)["total"].n == 1
    assert analogy(plane(), questions, restrict=3)["total"].n == 0
    by_counts = Vectors(list(plane()), plane().matrix, columns={"counts": [1, 5, 5, 5, 9]})
    assert analogy(by_counts, questions, restrict=4)["total"].n == 0
    assert analogy(by_counts, questions, restrict=None)["total"].n == 1
    with pytest.raises(OptionError, match="from 1 on, not 0"):
        analogy(plane(), questions, restrict=0)
    with pytest.raises(OptionError, match="not 'cosadd'"):
        analogy(plane(), questions, method="cosadd")


def test_blocks_and_lengths_do_not_change_the_answers(monkeypatch):
    random = np.random.default_rng(2)
    words = [f"w{i}" for i in range(300)]
    v = Vectors(words, random.standard_normal((300, 5)))
    some = tuple(tuple(words[i] for i in random.integers(0, 300, 4)) for _ in range(400))
    questions = Questions(name="q", sections=(("s", some),))
    whole = answer(v, questions, restrict=None, method="3CosAdd", case="auto")
    longer = Vectors(words, v.matrix * random.uniform(0.1, 9, (300, 1)))
    monkeypatch.setattr(analogies, "BLOCK", 70)
    for other in (v, longer):
        again = answer(other, questions, restrict=None, method="3CosAdd", case="auto")
        np.testing.assert_array_equal(again.right, whole.right)


def test_rows_that_are_not_finite_are_never_an_answer():
    matrix = np.concatenate([plane().matrix, [[np.nan, 1], [np.inf, 0]]])
    v = Vectors([*plane(), "nan", "inf"], matrix)
    questions = Questions(name="q", sections=(("s", (("a", "b", "c", "d"), ("nan", "b", "c", "d"))),))
    report = analogy(v, questions)
    assert (report["total"].extra["right"], report["total"].n) == (1, 2)
