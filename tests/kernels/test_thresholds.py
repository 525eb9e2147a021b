"""The kernel of AUC and average precision beside its twin in NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import reference_thresholds
from firth.kernels.thresholds import area_and_precision
from firth.measure.grouping import grouping


@given(st.integers(1, 40), st.integers(1, 5), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin(n, m, distinct, seed):
    random = np.random.default_rng(seed)
    groups = grouping(-random.integers(0, distinct, n).astype(float))
    right = random.random(n) < random.random()
    weights = random.integers(0, 3, (m, n)).astype(float)
    ours, twin = np.empty((2, m)), np.empty((2, m))
    area_and_precision(groups.order, groups.starts, right, weights, ours[0], ours[1])
    reference_thresholds.area_and_precision(groups.order, groups.starts, right, weights, twin[0], twin[1])
    np.testing.assert_allclose(ours, twin, rtol=1e-12)
