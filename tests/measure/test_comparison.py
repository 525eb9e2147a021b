"""Comparisons: equals are not told apart, better is called better, chance is kept in bounds."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import stats

from firth import Vectors
from firth.errors import DataError
from firth.measure import GradedPairs, Questions, compare
from firth.measure.comparison import UNKNOWN, mcnemar

WORDS = [f"w{i}" for i in range(60)]
TRUTH = np.random.default_rng(0).standard_normal((60, 8))


def noisy(amount, seed):
    return Vectors(WORDS, TRUTH + amount * np.random.default_rng(seed).standard_normal(TRUTH.shape))


def pairs(n=150, seed=1):
    random = np.random.default_rng(seed)
    both = random.integers(0, 60, (n, 2))
    grades = Vectors(WORDS, TRUTH).similarity([WORDS[i] for i in both[:, 0]], [WORDS[i] for i in both[:, 1]])
    return GradedPairs(
        name="pairs", pairs=tuple((WORDS[a], WORDS[b]) for a, b in both), grades=tuple(grades.tolist())
    )


def questions(n=200):
    """Questions that the true vectors answer right."""
    random = np.random.default_rng(3)
    v, some = Vectors(WORDS, TRUTH), []
    for _ in range(n):
        a, b, c = (WORDS[i] for i in random.choice(60, 3, replace=False))
        some.append((a, b, c, v.most_similar([b, c], [a], topn=1)[0][0]))
    return Questions(name="questions", sections=(("s", tuple(some)),))


def test_a_space_is_not_told_apart_from_itself():
    v = noisy(0.5, 1)
    for row in compare(v, v, [pairs(), questions()]):
        assert (row.value, row.low, row.high, row.extra["p"], row.extra["verdict"]) == (0, 0, 0, 1, UNKNOWN)


def test_the_better_space_is_better_from_both_sides():
    good, bad, sets = noisy(0.1, 1), noisy(1.5, 2), [pairs(), questions()]
    forth, back = compare(bad, good, sets), compare(good, bad, sets)
    assert [row.extra["verdict"] for row in forth] == ["better", "better"]
    assert [row.extra["verdict"] for row in back] == ["worse", "worse"]
    for row, other in zip(forth, back, strict=True):
        assert row.low > 0
        assert row.value == pytest.approx(-other.value)
        assert row.value == pytest.approx(row.extra["b"] - row.extra["a"])
        assert row.extra["p"] == pytest.approx(other.extra["p"], abs=0.01)


def test_equally_noisy_spaces_are_rarely_told_apart():
    some = pairs(80)
    verdicts = [
        compare(noisy(0.6, 10 + 2 * i), noisy(0.6, 11 + 2 * i), some, seed=i).rows[0].extra["verdict"]
        for i in range(12)
    ]
    assert verdicts.count(UNKNOWN) >= 8


def test_only_items_that_both_cover_count():
    half = Vectors(WORDS[:30], TRUTH[:30])
    report = compare(Vectors(WORDS, TRUTH), half, pairs())
    assert report.rows[0].n < report.rows[0].total
    assert report.rows[0].value == 0
    nothing = compare(Vectors(["x"], [[1.0]]), half, [pairs(), questions()])
    assert [row.n for row in nothing] == [0, 0]
    assert all(math.isnan(row.value) for row in nothing)
    assert json.loads(json.dumps(nothing.to_dict(), allow_nan=False))["rows"][0]["p"] is None
    assert UNKNOWN in str(nothing)


def test_files_and_no_sets(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text(
        "".join(f"{a} {b} {grade}\n" for (a, b), grade in zip(pairs().pairs, pairs().grades, strict=True))
    )
    assert compare(noisy(0.1, 1), noisy(1.5, 2), path).rows[0].name == "mine (spearman)"
    with pytest.raises(DataError, match="at least one set"):
        compare(noisy(0.1, 1), noisy(0.1, 2), [])


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (3, 9), (40, 41), (800, 1200)])
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b):
    n = only_a + only_b
    expected = stats.binomtest(only_a, n).pvalue if n else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)
