"""Tests of a paired difference: exact ones against SciPy, drawn ones against the exact ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firth.measure.pairedtests import EXACT, MANY, bootstrap_test, mcnemar, sign_flips


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (3, 9), (40, 41), (800, 1200)])
def test_mcnemar_is_the_exact_binomial_test(only_a, only_b):
    n = only_a + only_b
    expected = stats.binomtest(only_a, n).pvalue if n else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=25)
@given(st.lists(st.floats(-1, 1).map(lambda x: round(x, 2)), min_size=2, max_size=9))
def test_few_signs_are_all_tried(away):
    found, test = sign_flips(np.array(away), seed=1)
    expected = stats.permutation_test(
        (np.array(away),), lambda x, axis: np.abs(x.sum(axis=axis)) + 1e-9,
        permutation_type="samples", n_resamples=np.inf, vectorized=True, alternative="greater",
    )  # fmt: skip
    assert test == "sign flips, exact"
    assert found == pytest.approx(expected.pvalue, abs=1e-9)


def test_drawn_signs_come_near_to_all_signs():
    away = np.random.default_rng(2).standard_normal(EXACT) + 0.5
    exact, _ = sign_flips(away, seed=1)
    drawn, test = sign_flips(np.append(away, 1e-14), seed=1)  # one more, too small to matter
    assert test == "sign flips, 9,999 drawn"
    assert drawn == pytest.approx(exact, abs=4 * math.sqrt(exact / 9_999))


def test_drawn_signs_are_never_quite_sure():
    assert sign_flips(np.ones(200), seed=1)[0] == 1 / 10_000


def test_the_sum_of_very_many_signs_is_normal():
    away = np.random.default_rng(4).standard_normal(MANY + 1) + 0.01
    found, test = sign_flips(away, seed=1)
    assert test == "sign flips, normal"
    assert found == pytest.approx(stats.ttest_1samp(away, 0).pvalue, rel=0.01)


def test_without_a_difference_nothing_is_claimed():
    assert sign_flips(np.zeros(30), seed=1) == (1.0, "sign flips, exact")
    assert sign_flips(np.array([0.3, -0.3, 0.1, -0.1]), seed=1)[0] == 1.0
    assert bootstrap_test(0.0, np.zeros(100), n=30)[0] == 1.0


def test_the_bootstrap_counts_the_draws_on_the_other_side():
    drawn = np.array([-1.0, *[1.0] * 98, math.nan])
    assert bootstrap_test(1.0, drawn, n=30) == (pytest.approx(2 * 2 / 100), "bootstrap, 99 draws")
    p, test = bootstrap_test(1.0, np.full(9, math.nan), n=30)
    assert math.isnan(p)
    assert test == "none"


def test_where_all_draws_agree_p_follows_from_their_spread():
    drawn = 0.3 + 0.05 * np.random.default_rng(0).standard_normal(500)
    assert (drawn > 0).all()
    for n in (20, 10**6):
        p, _ = bootstrap_test(0.3, drawn, n=n)
        assert p == pytest.approx(2 * stats.t.sf(0.3 / drawn.std(), n - 1), rel=1e-6)
    assert bootstrap_test(0.3, drawn, n=3)[0] == 2 / 2**3  # three items have no more ways to differ
    assert math.isnan(bootstrap_test(0.3, np.full(99, 0.3), n=9)[0])  # draws without any spread
