"""The analogy kernel against its NumPy twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference
from firth.kernels.analogies import best_answers
from firth.neighbours import unit_rows


@pytest.mark.parametrize("multiply", [False, True])
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(3, 9), st.integers(1, 130), st.integers(0, 2**32 - 1))
def test_best_answers_equal_the_twin(multiply, n, dim, step, seed):
    """Also where many rows are equal, zeros or not finite."""
    random = np.random.default_rng(seed)
    units = unit_rows(random.integers(-2, 3, (n, dim)).astype(np.float32))
    bad = random.random(n) < 0.02
    bad[0] = False
    units[bad] = np.nan
    rows = random.integers(0, n, (12, 4))
    rows[bad[rows]] = 0
    words, places = np.unique(rows[:, :3], return_inverse=True)
    keys, ties, hits = np.full(12, -np.inf), np.zeros(12, np.int64), np.zeros(12, np.int64)
    for first in range(0, n, step):
        block = units[first : first + step]
        similar = units[words] @ block.T
        similar = (similar + 1) / 2 if multiply else similar
        best_answers(
            similar,
            block,
            first,
            units[words],
            places.reshape(-1, 3),
            rows,
            multiply,
            1e-5,
            keys,
            ties,
            hits,
        )
    best, equal, among = reference.best_answers(units, rows, multiply)
    np.testing.assert_array_equal(ties, equal)
    np.testing.assert_array_equal(hits, among)
    np.testing.assert_allclose(keys, best, rtol=1e-9)
