"""Correlations under weights against SciPy, and intervals that hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import Got, Planted
from scipy import stats

from firth.measure.intervals import (
    acceleration_of,
    bca_interval,
    pearson,
    percentile_interval,
    proportion_interval,
    resamples,
    resamples_for,
    spearman,
    without_each,
)
from firth.measure.outcome import Outcome, row_of
from firth.measure.rankscores import area_under_curve

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
    assert all(
        math.isnan(end) for end in bca_interval(lambda w: spearman(same, same, w), 9, seed=1, value=1.0)
    )


def mean(x):
    return lambda weights: (weights @ x) / weights.sum(axis=1)


def test_the_interval_of_a_share_is_wilsons():
    for right, n in [(300, 1000), (0, 20), (20, 20), (1, 3), (1, 1)]:
        wilson = stats.binomtest(right, n).proportion_ci(method="wilson")
        assert proportion_interval(right, n) == pytest.approx((wilson.low, wilson.high), abs=1e-12)
    assert all(math.isnan(end) for end in proportion_interval(0, 0))


def test_fewer_resamples_of_very_many_items():
    assert [resamples_for(n) for n in (1, 10_000, 50_000, 200_000, 10**7)] == [5000, 5000, 1000, 500, 500]


def test_without_each_leaves_every_item_out_once():
    np.testing.assert_array_equal(np.concatenate(list(without_each(5))), 1 - np.eye(5))
    some = np.concatenate(list(without_each(2_500)))
    assert some.shape == (1_000, 2_500)
    np.testing.assert_array_equal((some == 0).sum(axis=0), 1)
    assert set((some == 0).sum(axis=1)) == {2, 3}
    assert sum(len(block) for block in without_each(150_000)) == 166


def test_groups_have_the_acceleration_of_single_items():
    """For a mean it is the skewness over 6 sqrt(n), however items are left out."""
    x = np.random.default_rng(3).exponential(size=3_000)
    grouped = acceleration_of(np.concatenate([mean(x)(w) for w in without_each(3_000)]))
    single = stats.skew(x) / 6 / math.sqrt(3_000)
    assert grouped == pytest.approx(single, rel=0.25)
    x = x[:900]
    alone = acceleration_of(np.concatenate([mean(x)(w) for w in without_each(900)]))
    assert alone == pytest.approx(stats.skew(x) / 6 / math.sqrt(900), rel=1e-6)


def test_the_interval_of_very_many_items():
    """As that of the formula, whatever the order of the items."""
    n = 30_000
    x = np.sort(np.random.default_rng(5).exponential(size=n))
    value = float(x.mean())
    low, high = bca_interval(mean(x), n, seed=1, value=value)
    error = x.std() / math.sqrt(n)
    assert (low - value) / error == pytest.approx(-1.96, abs=0.3)
    assert (high - value) / error == pytest.approx(1.96, abs=0.3)


def test_few_items_reach_further_than_the_quantiles():
    drawn = np.random.default_rng(1).standard_normal(20_000)
    wide, narrow = percentile_interval(drawn, 5), percentile_interval(drawn, 5_000)
    assert narrow == pytest.approx((-1.96, 1.96), abs=0.05)
    assert wide == pytest.approx((-3.10, 3.10), abs=0.2)  # Student's 2.776 of 4, times sqrt(5 / 4)
    for alike in (np.empty(0), np.full(99, 0.1) + 1e-17 * drawn[:99]):
        assert all(math.isnan(end) for end in percentile_interval(alike, 5))


def test_a_handful_of_items_still_has_an_interval_around_its_figure():
    for values in ([0.0, 0.0, 1e6], [0.5, 0.5, 0.5, 0.9], [1.0, 2.0, 3.0]):
        x = np.array(values)
        low, high = bca_interval(mean(x), x.size, seed=1, value=float(x.mean()))
        assert x.min() <= low <= x.mean() <= high <= x.max()


def test_resamples_without_a_figure_are_left_out():
    """One pair in three sets the ranks: many resamples of them are all ties."""
    x, y = np.array([1.0, 1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])
    value = float(spearman(x, y, np.ones((1, 4)))[0])
    low, high = bca_interval(lambda w: spearman(x, y, w), 4, seed=1, value=value)
    assert -1 <= low <= value <= high <= 1


def test_what_all_resamples_agree_on_has_no_interval():
    """Only a share has one then: Wilson's. That a value is 1 does not make a figure a share."""
    ones = Got(np.ones(20))
    [share, mean_, order] = (
        row_of(task.outcomes(ones if task.grades is None else Got(np.arange(20.0)))[0], seed=1)
        for task in (Planted(share=True), Planted(), Planted(grades=tuple(np.arange(20.0))))
    )
    assert (share.low, share.high) == (pytest.approx(0.839, abs=1e-3), 1.0)
    for row in (mean_, order):
        assert row.value == pytest.approx(1)
        assert math.isnan(row.low)
        assert math.isnan(row.high)


def test_the_interval_of_an_auc_near_1_holds_it_or_is_not_said():
    random = np.random.default_rng(2)
    truth, right = 0.96, np.arange(20) < 10
    said = held = 0
    for seed in range(100):
        scores = random.standard_normal(20) + 2.476 * right  # an AUC of 0.96
        outcome = Outcome(
            task="t", figure="AUC", values=scores, covered=right | True, statistic=area_under_curve(right)
        )
        row = row_of(outcome, seed=seed)
        said += not math.isnan(row.low)
        held += row.low <= truth <= row.high
    assert 60 < said < 95
    assert held >= 0.93 * said
