"""Rows of bytes against their NumPy twins, and every way to multiply bytes that this processor has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from firth.kernels import byteproducts, int8, reference_int8
from firth.kernels.scan import LANES, PANEL
from firth.kernels.topk import COSINE, DOT, EUCLIDEAN

EVERYONE = np.empty(0, bool)
seeds = st.integers(0, 2**32 - 1)


def width(d):
    return max(4, -(-d // 4) * 4)


def coded(rows, *, finer=True):
    n, d = rows.shape
    codes = np.zeros((n, width(d)), np.uint8)
    rest = np.zeros((n, (d + 1) // 2 if finer else 0), np.uint8)
    scales = np.empty(n, np.float32)
    int8.to_bytes(rows, codes, rest, scales)
    return codes, rest, scales


@settings(max_examples=60)
@given(seeds, st.integers(1, 20), st.integers(1, 30), st.sampled_from([1e-42, 1e-30, 1.0, 1e30]))
def test_rows_become_the_bytes_of_the_twin_and_come_back_within_a_thirtieth_of_a_step(seed, n, d, size):
    rows = (np.random.default_rng(seed).standard_normal((n, d)) * size).astype(np.float32)
    rows[0] = 0
    codes, rest, scales = coded(rows)
    back = np.empty_like(rows)
    int8.from_bytes(codes, rest, scales, np.arange(n), back)
    assert (codes[:, d:] == int8.BIAS).all()
    if size > 1e-40:
        whole, finer, other = reference_int8.to_bytes(rows)
        np.testing.assert_array_equal(scales, other)
        np.testing.assert_array_equal(codes[:, :d].astype(int) - int8.BIAS, whole)
        np.testing.assert_allclose(back, reference_int8.from_bytes(whole, finer, scales), rtol=1e-6)
        # Rounded to sixteenths of a step; a rest of a half has no sixteenth above 7 and loses one.
        assert (np.abs(back - rows) <= scales[:, None] * (1 / 16 + 1e-4)).all()
    assert np.isfinite(back).all()
    assert not back[0].any()


@settings(max_examples=30)
@given(seeds, st.integers(1, 12), st.integers(1, 30))
def test_without_a_rest_rows_come_back_within_half_a_step(seed, n, d):
    rows = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    codes, rest, scales = coded(rows, finer=False)
    back = np.empty_like(rows)
    int8.from_bytes(codes, rest, scales, np.arange(n), back)
    assert (np.abs(back - rows) <= scales[:, None] * 0.5001).all()


@pytest.mark.parametrize("way", range(len(byteproducts.WAYS)), ids=byteproducts.WAYS)
def test_every_way_to_multiply_bytes_is_exact_at_the_extremes_too(way):
    if way == 0:
        multiply = njit(lambda a, w, q, s, out: byteproducts.sums_of_rows(a, 0, w, q, s, out, 0))
    elif way == 1:
        multiply = njit(lambda a, w, q, s, out: byteproducts.sums_of_rows(a, 0, w, q, s, out, 1))
    else:
        multiply = njit(lambda a, w, q, s, out: byteproducts.sums_of_rows(a, 0, w, q, s, out, 2))
    random = np.random.default_rng(3)
    wide = 2 * int8.STEP
    codes = random.integers(0, 256, (LANES, wide)).astype(np.uint8)
    codes[0], codes[1] = 255, 0
    for query in (random.integers(-128, 128, wide), np.full(wide, -128), np.full(wide, 127)):
        signed, out = query.astype(np.int8), np.empty(LANES, np.int32)
        multiply(codes.ravel(), wide, signed, 2, out)
        np.testing.assert_array_equal(out, reference_int8.products(codes, signed[None])[0])


@settings(max_examples=40)
@given(
    seeds,
    st.integers(1, 40),
    st.integers(1, 3 * int8.STEP),
    st.integers(1, PANEL + 9),
    st.integers(1, 8),
    st.sampled_from([COSINE, DOT, EUCLIDEAN]),
)
def test_bytes_keep_what_their_twin_keeps(seed, n, d, m, k, metric):
    random = np.random.default_rng(seed)
    codes, rest, scales = coded(random.standard_normal((n, d)).astype(np.float32))
    weights = np.zeros(n, np.float32)
    int8.weigh(codes, rest, scales, metric, 0, weights, np.empty(d, np.float32))
    signed = np.empty((m, codes.shape[1]), np.int8)
    offsets, sizes = np.empty(m, np.int32), np.empty(m, np.float32)
    int8.bytes_of(random.standard_normal((m, d)).astype(np.float32), signed, offsets, sizes)
    twin = np.full((m, k), -np.inf, np.float32), np.full((m, k), -1, np.int64)
    reference_int8.keep_of_bytes(codes, scales, weights, metric, signed, offsets, sizes, *twin)
    found = np.full((m, k), -np.inf, np.float32), np.full((m, k), -1, np.int64)
    panels = np.empty(-(-m // PANEL) * PANEL * codes.shape[1], np.int8)
    int8.lay_panels(signed, panels)
    int8.keep_of_panels(codes, scales, weights, metric, panels, offsets, sizes, EVERYONE, 0, n, *found)
    np.testing.assert_allclose(np.sort(found[0], axis=1), twin[0], rtol=1e-4, atol=1e-4)
    if codes.shape[1] >= int8.STEP:
        laid = np.empty(-(-codes.shape[1] // int8.STEP) * int8.STEP, np.int8)
        int8.lay_one(signed[0], laid)
        keys, rows = np.full(k, -np.inf, np.float32), np.full(k, -1, np.int64)
        given_ = codes, scales, weights, metric, laid, offsets[0], sizes[0]
        int8.keep_of_one(*given_, EVERYONE, 0, n, keys, rows)
        np.testing.assert_allclose(np.sort(keys), twin[0][0], rtol=1e-4, atol=1e-4)
