"""Thinning out frequent words, and the noise distribution."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.learn.sampling import keep_thresholds, noise_distribution

counts_of = st.lists(st.integers(1, 10**9), min_size=1, max_size=50).map(lambda counts: np.array(counts))


def test_frequent_words_are_thinned_out_as_word2vec_does():
    counts = np.array([900_000, 99_000, 990, 10])
    kept = (keep_thresholds(counts, 1e-3).astype(float) + 1) / 2**32
    frequency = counts / counts.sum()
    expected = np.minimum(1, np.sqrt(1e-3 / frequency) + 1e-3 / frequency)
    np.testing.assert_allclose(kept, expected, rtol=1e-6)
    assert kept[0] < 0.05
    assert kept[3] == 1


@given(counts_of)
def test_zero_keeps_every_word(counts):
    assert (keep_thresholds(counts, 0) == 2**32 - 1).all()


@given(counts_of, st.floats(-1, 2))
def test_noise_distribution_rises_to_the_full_range(counts, exponent):
    bounds = noise_distribution(counts, exponent)
    assert bounds.dtype == np.uint32
    assert (np.diff(bounds.astype(np.int64)) >= 0).all()
    assert bounds[-1] == 2**32 - 1


def test_noise_distribution_is_the_power_of_the_counts():
    counts = np.array([1000, 100, 10])
    shares = np.diff(np.concatenate(([0], noise_distribution(counts, 0.75).astype(float)))) / 2**32
    np.testing.assert_allclose(shares, counts**0.75 / (counts**0.75).sum(), atol=1e-8)
