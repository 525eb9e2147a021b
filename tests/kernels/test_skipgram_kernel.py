"""The skip-gram kernels against their NumPy twins, and their random draws against what they should be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference
from firth.kernels import skipgram as kernels
from firth.learn.matrices import row_width, zeros
from firth.learn.sampling import keep_thresholds, noise_distribution


def corpus(seed, words=50, sequences=12):
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 40, sequences)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    tokens = np.minimum(random.geometric(0.1, offsets[-1]), words).astype(np.int32) - 1
    counts = np.maximum(np.bincount(tokens, minlength=words), 1)
    return tokens, offsets, counts


def guide_of(bounds):
    guide = np.empty(kernels.GUIDE + 1, np.int32)
    kernels.guide_table(bounds, guide)
    return guide


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**63),
    window=st.integers(1, 12),
    dynamic=st.booleans(),
    holdout=st.sampled_from([0, 1, 2, 5]),
    first=st.integers(0, 200),
    subsample=st.sampled_from([0, 1e-3, 0.05]),
)
def test_stream_equals_its_twin(seed, window, dynamic, holdout, first, subsample):
    tokens, offsets, counts = corpus(seed % 1000)
    keep = keep_thresholds(counts, subsample)
    words, low, high = (np.empty(tokens.size, np.int32) for _ in range(3))
    n = kernels.draw_stream(
        tokens, offsets, first, keep, window, dynamic, holdout, np.uint64(seed), words, low, high
    )
    twin = reference.draw_stream(tokens, offsets, first, keep, window, dynamic, holdout, seed)
    assert (words[:n].tolist(), low[:n].tolist(), high[:n].tolist()) == twin


def test_windows_stay_inside_their_sequence():
    tokens, offsets, counts = corpus(3)
    words, low, high = (np.empty(tokens.size, np.int32) for _ in range(3))
    keep = keep_thresholds(counts, 0)
    n = kernels.draw_stream(tokens, offsets, 0, keep, 9, True, 0, np.uint64(5), words, low, high)
    assert n == tokens.size
    sequence = np.searchsorted(offsets, np.arange(n), side="right")
    assert (sequence[low[:n]] == sequence).all()
    assert (sequence[high[:n]] == sequence).all()


@settings(max_examples=40)
@given(seed=st.integers(0, 2**63), m=st.integers(1, 40), exponent=st.sampled_from([0, 0.75, 1, -1]))
def test_noise_equals_its_twin(seed, m, exponent):
    bounds = noise_distribution(corpus(seed % 1000)[2], exponent)
    drawn = np.empty(m, np.int64)
    state = kernels.draw_noise(bounds, guide_of(bounds), np.uint64(seed), drawn)
    assert (int(state), drawn.tolist()) == reference.noise_words(bounds, seed, m)


def test_noise_words_come_as_often_as_the_distribution_says():
    counts = np.array([1000, 300, 90, 20, 5, 1, 1])
    bounds = noise_distribution(counts, 0.75)
    guide = guide_of(bounds)
    drawn, state, seen = np.empty(12, np.int64), np.uint64(1), np.zeros(7)
    for _ in range(20_000):
        state = np.uint64(kernels.draw_noise(bounds, guide, state, drawn))
        seen += np.bincount(drawn, minlength=7)
    expected = counts**0.75 / (counts**0.75).sum()
    np.testing.assert_allclose(seen / seen.sum(), expected, rtol=0.05, atol=1e-3)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    dim=st.sampled_from([1, 5, 16, 32, 50, 100, 260]),
    window=st.sampled_from([1, 2, 3, 5, 8, 40]),
    negative=st.sampled_from([1, 5, 8, 60]),
    noise=st.sampled_from([4, 8, 20, 32, 100]),
    rate=st.sampled_from([0.01, 0.1]),
)
def test_training_equals_its_twin(seed, dim, window, negative, noise, rate):
    tokens, offsets, counts = corpus(seed)
    random = np.random.default_rng(seed)
    keep, bounds = keep_thresholds(counts, 0.05), noise_distribution(counts, 0.75)
    stream = [np.empty(tokens.size, np.int32) for _ in range(3)]
    n = kernels.draw_stream(tokens, offsets, 0, keep, window, True, 0, np.uint64(seed), *stream)
    wide = row_width(dim)
    inputs, outputs = zeros(counts.size, wide), zeros(counts.size, wide)
    inputs[:, :dim] = random.normal(scale=dim**-0.5, size=(counts.size, dim))
    outputs[:, :dim] = random.normal(scale=dim**-0.5, size=(counts.size, dim))
    twins = inputs.astype(np.float64), outputs.astype(np.float64)
    size = kernels.scratch_size(wide, window, noise)
    whole = zeros(1, size + 16)[0]
    whole[:] = np.nan  # whatever an earlier call left there must not matter
    s = whole[:size]
    pairs, bad = kernels.train(
        *stream, n, inputs, outputs, bounds, guide_of(bounds), window, negative, noise, rate, 1e-6,
        np.uint64(seed + 1), s,
    )  # fmt: skip
    words, low, high = (array[:n].tolist() for array in stream)
    expected = reference.train_skipgram(
        words, low, high, *twins, bounds, negative, noise, rate, 1e-6, seed + 1
    )
    assert (pairs, bad) == (expected, -1)
    assert np.isnan(whole[size:]).all()  # nothing is written behind the scratch
    np.testing.assert_allclose(inputs, twins[0], rtol=1e-3, atol=5e-4)
    np.testing.assert_allclose(outputs, twins[1], rtol=1e-3, atol=5e-4)
    assert not inputs[:, dim:].any()
    assert not outputs[:, dim:].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_training_stops_at_a_number_that_is_not_finite(bad):
    tokens, offsets, counts = corpus(1)
    keep, bounds = keep_thresholds(counts, 0), noise_distribution(counts, 0.75)
    stream = [np.empty(tokens.size, np.int32) for _ in range(3)]
    n = kernels.draw_stream(tokens, offsets, 0, keep, 5, True, 0, np.uint64(1), *stream)
    inputs, outputs = zeros(counts.size, 16), zeros(counts.size, 16)
    inputs[:] = 0.1
    inputs[tokens[0], 3] = bad
    s = zeros(1, kernels.scratch_size(16, 5, 8))[0]
    _, block = kernels.train(
        *stream, n, inputs, outputs, bounds, guide_of(bounds), 5, 5, 8, 0.05, 0.0, np.uint64(2), s
    )
    assert block == 0
    assert not outputs.any()  # nothing of the bad block was added
