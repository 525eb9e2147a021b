"""The skip-gram kernel against its NumPy twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import corpus, drawn_stream, guide_of

from firth.kernels import reference
from firth.kernels import skipgram as kernels
from firth.learn.matrices import row_width, zeros
from firth.learn.sampling import noise_distribution


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
    bounds = noise_distribution(counts, 0.75)
    stream, n = drawn_stream(tokens, offsets, counts, window=window, seed=seed)
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
    bounds = noise_distribution(counts, 0.75)
    stream, n = drawn_stream(tokens, offsets, counts, window=5, seed=1, subsample=0)
    inputs, outputs = zeros(counts.size, 16), zeros(counts.size, 16)
    inputs[:] = 0.1
    inputs[tokens[0], 3] = bad
    s = zeros(1, kernels.scratch_size(16, 5, 8))[0]
    _, block = kernels.train(
        *stream, n, inputs, outputs, bounds, guide_of(bounds), 5, 5, 8, 0.05, 0.0, np.uint64(2), s
    )
    assert block == 0
    assert not outputs.any()  # nothing of the bad block was added
