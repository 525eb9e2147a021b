"""Scores among words of like frequency, and the p of a tail that is longer than the sample."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from firth.align.likefrequency import mirrored, standardized, tail_p


def test_peers_take_out_what_frequency_makes():
    random = np.random.default_rng(1)
    counts = np.round(1e6 / np.arange(1, 4_001)).astype(float)
    spread = 1 + np.arange(4_000) / 1_000
    values = np.log(counts) + spread * random.standard_normal(4_000)
    shuffled = random.permutation(4_000)
    scores = standardized(values[shuffled], counts[shuffled])
    back = np.empty(4_000)
    back[shuffled] = scores
    for part in np.array_split(back, 4):
        assert abs(np.median(part)) < 0.15
        assert np.std(part) == pytest.approx(1.0, abs=0.1)


def test_what_falls_steeply_within_a_window_is_taken_out():
    """The 500 most frequent of 6,000 words differ five hundredfold in count and in what chance does."""
    random = np.random.default_rng(5)
    counts = 1e5 / np.arange(1, 6_001)
    values = -0.6 * np.log(counts) + 0.3 * random.standard_normal(6_000)
    head = standardized(values, counts)[:500]
    assert np.std(head) == pytest.approx(1.0, abs=0.1)
    assert abs(head[:50].mean()) < 0.5


def test_without_counts_all_are_peers():
    values = np.array([1.0, 2, 3, 4, 100])
    np.testing.assert_allclose(standardized(values, np.ones(5)), (values - 3) / 1.4826)


def test_equal_values_have_no_spread():
    assert np.isnan(standardized(np.ones(7), np.ones(7))).all()


def test_a_mirror_has_both_signs_of_the_lower_half():
    assert sorted(mirrored(np.array([-2.0, -1, 0, 3, 9]))) == [-2, -1, 1, 2]


def test_within_the_sample_p_is_a_share():
    null = np.arange(100.0)
    np.testing.assert_allclose(
        tail_p(np.array([-5.0, 50.0, 99.0, 1e9]), null), [1, 51 / 101, 2 / 101, 1 / 101]
    )
    assert np.isnan(tail_p(np.array([np.nan]), null)).all()


def test_beyond_the_sample_p_is_that_of_the_normal_tail_or_larger():
    random = np.random.default_rng(2)
    null = random.standard_normal(5_000)
    z = np.array([2.5, 3.0, 4.0, 5.0, 6.0])
    expected = np.array([1 - NormalDist().cdf(x) for x in z])
    p = tail_p(z, null)
    assert np.all(p > 0.7 * expected)  # the sample's own error
    assert np.all(p < 30 * expected)
    assert np.all(np.diff(p) < 0)


def test_a_heavier_tail_gives_larger_p():
    random = np.random.default_rng(3)
    light, heavy = random.standard_normal(5_000), random.standard_t(5, 5_000)
    assert tail_p(np.array([6.0]), heavy) > 20 * tail_p(np.array([6.0]), light)


def test_p_are_uniform_under_the_null():
    random = np.random.default_rng(4)
    p = np.concatenate(
        [tail_p(random.standard_normal(2_000), random.standard_normal(2_000)) for _ in range(20)]
    )
    for level in (0.1, 0.01, 0.001):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.002 + 0.2 * level)
