"""The scan of bits against its NumPy twin."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import hamming, reference_hamming


@settings(max_examples=60)
@given(
    st.sampled_from([1, 63, 64, 65, 1023, 1024, 1100]),
    st.integers(1, 3),
    st.integers(1, 80),
    st.integers(1, 64),
    st.integers(0, 2**32 - 1),
)
def test_the_nearest_codes_equal_a_full_sort_with_ties_by_row(n, width, k, used, seed):
    random = np.random.default_rng(seed)
    mask = np.uint64((1 << used) - 1)  # few bits make many ties
    words = random.integers(0, 2**64, (width, n + 5), dtype=np.uint64) & mask
    queries = random.integers(0, 2**64, (3, width), dtype=np.uint64) & mask
    allowed = random.random(n) < 0.5 if seed % 2 else np.empty(0, bool)
    k = min(k, n)
    found, keys = np.empty((3, k), np.int64), np.empty((3, k), np.float32)
    hamming.nearest_codes(queries, words, n, allowed, found, keys)
    expected, away = np.empty_like(found), np.empty_like(keys)
    reference_hamming.nearest_codes(queries, words, n, allowed, expected, away)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(keys, away)
