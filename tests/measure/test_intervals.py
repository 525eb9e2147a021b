"""Correlations under weights against SciPy, and intervals that hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firth.measure.intervals import bca_interval, pearson, proportion_interval, resamples, spearman

SCIPY = {spearman: stats.spearmanr, pearson: stats.pearsonr}


@pytest.mark.parametrize("measure", SCIPY)
@settings(max_examples=40, deadline=None)
@given(st.integers(3, 60), st.integers(0, 2**32 - 1))
def test_weights_mean_repeated_items(measure, n, seed):
    random = np.random.default_rng(seed)
    x, y = random.integers(0, 9, n).astype(float), random.standard_normal(n).round(1)  # with ties
    weights = np.concatenate([np.ones((1, n)), next(resamples(n, seed=seed % 1000, m=5))])
    found = measure(x, y, weights)
    for value, times in zip(found, weights.astype(int), strict=True):
        again_x, again_y = np.repeat(x, times), np.repeat(y, times)
        if np.ptp(again_x) == 0 or np.ptp(again_y) == 0:
            assert math.isnan(value)
        else:
            assert value == pytest.approx(SCIPY[measure](again_x, again_y).statistic, abs=1e-9)


def test_resamples_are_draws_with_replacement():
    blocks = list(resamples(700, seed=1, m=3000))
    weights = np.concatenate(blocks)
    assert len(blocks) > 1
    assert weights.shape == (3000, 700)
    assert (weights.sum(axis=1) == 700).all()
    assert weights.var() == pytest.approx(1 - 1 / 700, rel=0.01)
    np.testing.assert_array_equal(weights, np.concatenate(list(resamples(700, seed=1, m=3000))))


@pytest.mark.parametrize("measure", [spearman, pearson])
def test_the_interval_of_a_correlation_covers_the_truth_95_times_of_100(measure):
    random = np.random.default_rng(11)
    truth = 0.6 if measure is pearson else 6 / np.pi * np.arcsin(0.3)  # of a normal pair with correlation 0.6
    hits = 0
    for trial in range(200):
        x, noise = random.standard_normal((2, 60))
        y = 0.6 * x + 0.8 * noise
        value = float(measure(x, y, np.ones((1, 60)))[0])
        low, high = bca_interval(lambda w, x=x, y=y: measure(x, y, w), 60, seed=trial, value=value, m=500)
        hits += low <= truth <= high
    assert 180 <= hits <= 198


def test_the_interval_is_that_of_scipy():
    random = np.random.default_rng(4)
    x, noise = random.standard_normal((2, 80))
    y = x + noise
    value = float(pearson(x, y, np.ones((1, 80)))[0])
    low, high = bca_interval(lambda w: pearson(x, y, w), 80, seed=1, value=value)
    peer = stats.bootstrap(
        (x, y),
        lambda x, y, axis=-1: stats.pearsonr(x, y, axis=axis).statistic,
        paired=True,
        vectorized=True,
        n_resamples=5000,
        rng=np.random.default_rng(0),
        method="BCa",
    ).confidence_interval
    assert (low, high) == pytest.approx((peer.low, peer.high), abs=0.01)


def test_intervals_of_too_few_or_constant_items():
    assert all(math.isnan(end) for end in bca_interval(lambda w: w[:, 0], 2, seed=1, value=0.5))
    ones = np.ones(5)
    assert math.isnan(float(pearson(ones, np.arange(5.0), np.ones((1, 5)))[0]))
    same = np.arange(9.0)
    assert bca_interval(lambda w: spearman(same, same, w), 9, seed=1, value=1.0) == pytest.approx((1.0, 1.0))


def test_the_interval_of_a_share():
    low, high = proportion_interval(300, 1000, seed=1)
    exact = stats.binom.ppf([0.025, 0.975], 1000, 0.3) / 1000
    assert (low, high) == pytest.approx(tuple(exact), abs=0.003)
    wilson = stats.binomtest(0, 20).proportion_ci(method="wilson")
    assert proportion_interval(0, 20, seed=1) == pytest.approx((0.0, wilson.high))
    assert proportion_interval(20, 20, seed=1) == pytest.approx((1 - wilson.high, 1.0))
    assert all(math.isnan(end) for end in proportion_interval(0, 0, seed=1))
