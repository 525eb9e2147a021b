"""Weighted means beside their twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import reference
from firth.kernels.means import weighted_means


@given(
    lists=st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=8),
    dim=st.integers(1, 9),
    seed=st.integers(0, 9),
)
def test_weighted_means_agree_with_their_twin(lists: list[list[int]], dim: int, seed: int):
    random = np.random.default_rng(seed)
    weights = random.random(6, np.float32)
    matrix = random.standard_normal((6, dim), np.float32)
    tokens = np.array([token for one in lists for token in one], np.int32)
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    means = np.full((len(lists), dim), np.nan, np.float32)
    weighted_means(tokens, offsets, weights, matrix, means)
    expected = reference.weighted_means(tokens, offsets, weights, matrix)
    np.testing.assert_allclose(means, expected, rtol=1e-5, atol=1e-6)
