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
from firth.measure.analogies import METHODS, Analogies, answer
from firth.measure.outcome import Task
from firth.neighbours import unit_rows


def brute(vectors, question, method):
    """The answer to one question by the formula of the paper, in float64."""
    unit = unit_rows(vectors.matrix).astype(float)
    places = vectors.rows(list(question[:3]))
    a, b, c = (unit @ unit[place] for place in places)
    if method == "PairDistance":
        along, away = unit[places[1]] - unit[places[0]], unit - unit[places[2]]
        lengths = np.linalg.norm(away, axis=1)
        keys = np.divide(away @ along, lengths, out=np.full(len(unit), -np.inf), where=lengths > 1e-6)
    elif method == "3CosAdd":
        keys = b - a + c
    else:
        keys = (b + 1) / 2 * (c + 1) / 2 / ((a + 1) / 2 + 1e-6)
    keys[places] = -np.inf
    return list(vectors)[int(np.argmax(keys))]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)
@given(st.integers(4, 200), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_answers_equal_brute_force(method, n, dim, seed):
    random = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(n)]
    v = Vectors(words, random.standard_normal((n, dim)))
    asked = [tuple(words[i] for i in random.choice(n, 3, replace=False)) for _ in range(10)]
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
    assert "1 of 4 questions are not covered; missing: none" in str(report)
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
    with pytest.raises(OptionError, match=r"restrict is None or a whole number from 1 on, not 7\.0"):
        Analogies(questions=questions, restrict=7.0)
    with pytest.raises(OptionError, match="not 'cosadd'"):
        analogy(plane(), questions, method="cosadd")


@pytest.mark.parametrize("method", METHODS)
def test_blocks_and_lengths_do_not_change_the_answers(method, monkeypatch):
    random = np.random.default_rng(2)
    words = [f"w{i}" for i in range(300)]
    v = Vectors(words, random.standard_normal((300, 5)))
    some = tuple(tuple(words[i] for i in random.integers(0, 300, 4)) for _ in range(400))
    questions = Questions(name="q", sections=(("s", some),))
    whole = answer(v, questions, restrict=None, method=method, case="auto")
    longer = Vectors(words, v.matrix * random.uniform(0.1, 9, (300, 1)))
    monkeypatch.setattr(analogies, "BLOCK", 70)
    for other in (v, longer):
        again = answer(other, questions, restrict=None, method=method, case="auto")
        np.testing.assert_array_equal(again.right, whole.right)


@pytest.mark.parametrize("method", METHODS)
def test_rows_without_a_direction_are_neither_asked_for_nor_an_answer(method):
    matrix = np.concatenate([plane().matrix, [[np.nan, 1], [np.inf, 0], [0, 0]]])
    v = Vectors([*plane(), "nan", "inf", "zero"], matrix)
    some = (("a", "b", "c", "d"), ("nan", "b", "c", "d"), ("a", "b", "c", "inf"), ("a", "zero", "c", "d"))
    report = analogy(v, Questions(name="q", sections=(("s", some),)), method=method)
    assert (report["total"].extra["right"], report["total"].n, report["total"].total) == (1, 1, 4)
    assert report.details["missing"] == ["inf", "nan", "zero"]
    assert "3 of their words have rows of zeros or not finite, and count as missing" in report.notes


@pytest.mark.parametrize("method", METHODS)
def test_answers_that_are_as_good_as_each_other_share_the_point(method):
    """Copies of the answer after it, in front of it and in another block; and words that are all alike."""
    words = ["d2", "a", "b", "c", "d", *(f"w{i}" for i in range(1100)), "d3"]
    angles = np.radians([90, 0, 30, 60, 90, *[200] * 1100, 90])
    v = Vectors(words, np.stack([np.cos(angles), np.sin(angles)], axis=1))
    asked = (("a", "b", "c", "d"), ("a", "b", "c", "w1"))
    report = analogy(v, Questions(name="q", sections=(("s", asked),)), method=method, restrict=None)
    assert report.value == pytest.approx(1 / 6)
    assert any(note.startswith("2 questions have several answers as good") for note in report.notes)
    same = Vectors(words, np.ones((len(words), 7)))
    expected = 0 if method == "PairDistance" else 1 / (len(words) - 3)
    report = analogy(same, Questions(name="q", sections=(("s", asked),)), method=method, restrict=None)
    assert report.value == pytest.approx(expected)


def test_parallel_differences_answer_what_sums_do_not():
    """On the unit sphere d - c is parallel to b - a; "e" is nearer to b - a + c but off to the side."""
    v = Vectors(["a", "b", "c", "d", "e"], [[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 1], [-0.3, 1, 0.7]])
    questions = Questions(name="q", sections=(("s", (("a", "b", "c", "d"),)),))
    assert analogy(v, questions, method="3CosAdd").value == 0
    assert analogy(v, questions, method="PairDistance").value == 1


def test_no_direction_or_nothing_but_copies_has_no_answer():
    v = Vectors(["a", "a2", "c", "d"], [[1, 0], [2, 0], [0, 1], [0, 3]])
    some = (("a", "a2", "c", "d"), ("a", "c", "c", "d"))  # b - a is nothing; then d is c but for its length
    questions = Questions(name="q", sections=(("s", some),))
    report = analogy(v, questions, method="PairDistance")
    assert (report.value, report["total"].n) == (0.0, 2)


def test_the_task_has_an_outcome_for_each_row():
    questions = Questions(
        name="q",
        sections=(
            ("family", (("a", "b", "c", "d"), ("a", "b", "c", "x"))),
            ("gram1", (("a", "b", "c", "far"),)),
            ("family", (("b", "a", "d", "c"),)),
        ),
    )
    task: Task = Analogies(questions=questions)
    outcomes = task.outcomes(plane())
    assert [o.figure for o in outcomes] == ["accuracy", "semantic", "syntactic", "family", "gram1"]
    np.testing.assert_array_equal(outcomes[0].values, [1, np.nan, 0, 1])
    assert outcomes[0].covered.tolist() == [True, False, True, True]
    assert [o.value_over() for o in outcomes] == pytest.approx([2 / 3, 1, 0, 1, 0])
    assert [(row.value, row.n) for row in task.report(plane())] == [
        (o.value_over(), o.covered.sum()) for o in outcomes
    ]
