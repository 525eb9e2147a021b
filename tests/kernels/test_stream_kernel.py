"""The stream of words and the noise words against their NumPy twins, and against what they should be."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import corpus, guide_of

from firth.kernels import reference
from firth.kernels import stream as kernels
from firth.learn.sampling import keep_thresholds, noise_distribution, noise_tables


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


@settings(max_examples=30)
@given(
    counts=st.lists(st.integers(1, 10_000), min_size=1, max_size=300), exponent=st.sampled_from([0, 0.75, 1])
)
def test_alias_tables_hold_the_distribution(counts, exponent):
    share, other = noise_tables(np.array(counts), exponent)
    kept = (share.astype(np.float64) + 1) / 2**32
    found = kept.copy()
    np.add.at(found, other, 1 - kept)
    weight = np.array(counts, np.float64) ** exponent
    np.testing.assert_allclose(found / len(counts), weight / weight.sum(), atol=1e-8)


def test_words_drawn_alone_equal_their_twin_and_come_as_often_as_they_should():
    counts = np.array([1000, 300, 100, 30, 10, 3, 1])
    share, other = noise_tables(counts, 0.75)
    drawn = np.empty(100_000, np.int64)
    state = kernels.draw_alone(share, other, np.uint64(7), drawn)
    assert (int(state), drawn[:500].tolist()) == (
        reference.lone_words(share, other, 7, 100_000)[0],
        reference.lone_words(share, other, 7, 500)[1],
    )
    expected = counts**0.75 / (counts**0.75).sum()
    np.testing.assert_allclose(np.bincount(drawn, minlength=7) / drawn.size, expected, rtol=0.05, atol=1e-3)
