"""The kernels of correlations beside their twins, on random values with ties under random weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import correlations as kernels
from firth.kernels import reference_correlations as reference


def groups(x):
    distinct, group = np.unique(x, return_inverse=True)
    return group.astype(np.int32), len(distinct)


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_the_kernels_are_their_twins(n, distinct, seed):
    random = np.random.default_rng(seed)
    x = random.integers(0, distinct, n) * random.choice([1e-9, 0.1, 1e9])
    y = random.standard_normal(n).round(1) + random.choice([0.0, 1e6])
    weights = random.poisson(1, (5, n)).astype(np.float64)
    weights[weights.sum(axis=1) == 0, 0] = 1.0
    found = np.empty(5)
    kernels.pearson_rows(x, y, weights, found)
    np.testing.assert_allclose(found, reference.pearson_rows(x, y, weights), atol=1e-6)
    (of_x, x_groups), (of_y, y_groups) = groups(x), groups(y)
    kernels.spearman_rows(of_x, of_y, x_groups, y_groups, weights, found)
    np.testing.assert_allclose(found, reference.spearman_rows(x, y, weights), atol=1e-9)


@pytest.mark.parametrize("x", [np.ones(4), np.arange(4.0)])
def test_no_weight_at_all_has_no_correlation(x):
    found = np.zeros(1)
    kernels.pearson_rows(x, np.arange(4.0), np.zeros((1, 4)), found)
    assert np.isnan(found[0])
    kernels.spearman_rows(*(groups(x)[0], groups(x)[0], 4, 4), np.zeros((1, 4)), found)
    assert np.isnan(found[0])
