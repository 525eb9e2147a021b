"""Levels and their products: the kernels beside their twins in NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference_scalar as reference
from firth.kernels import scalar

SIZES = st.tuples(st.integers(0, 9), st.integers(1, 40), st.integers(0, 2**32 - 1))


def seen(array: np.ndarray) -> np.ndarray:
    """As kernels are given what they only read."""
    array.flags.writeable = False
    return array


@settings(max_examples=40, deadline=None)
@given(SIZES, st.sampled_from([15.0, 255.0]), st.sampled_from([1e-30, 1.0, 1e30]))
def test_levels_as_the_reference(sizes, top, unit):
    n, d, seed = sizes
    random = np.random.default_rng(seed)
    rows = (random.standard_normal((n, d)) * unit).astype(np.float32)
    for ours, twin, k in (
        (scalar.levels_by_column, reference.levels_by_column, d),
        (scalar.levels_by_row, reference.levels_by_row, n),
    ):
        low, inverse = -random.random(k) * unit, random.random(k) * top / unit * (random.random(k) < 0.9)
        found, wanted = np.full((n, d), 77, np.uint8), np.empty((n, d), np.uint8)
        ours(rows, low, inverse, top, found)
        twin(rows, low, inverse, top, wanted)
        np.testing.assert_array_equal(found, wanted)
        assert found.max(initial=0) <= top
    step, losses = random.random(n) * unit / top, np.empty((2, n))
    scalar.losses_by_row(rows, low, step, inverse, top, losses[0])
    reference.losses_by_row(rows, low, step, inverse, top, losses[1])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(SIZES, st.sampled_from([0, 4]), st.integers(1, 3))
def test_values_and_products_as_the_reference(sizes, first, m):
    n, d, seed = sizes
    random = np.random.default_rng(seed)
    codes = seen(random.integers(0, 256, (n, first + d), np.uint8))
    for ours, twin, k in (
        (scalar.column_values, reference.column_values, d),
        (scalar.row_values, reference.row_values, n),
    ):
        low, step = (random.standard_normal((2, k)) * 3).astype(np.float32)
        found, wanted = np.empty((2, n, d), np.float32)
        ours(codes, first, low, step, found)
        twin(codes, first, low, step, wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)
    weights = random.standard_normal((m, d)).astype(np.float32)
    found, wanted = np.empty((2, m, n), np.float32)
    scalar.level_products(codes, first, weights, found)
    reference.level_products(codes, first, weights, wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * 255 * d)
    low, step = random.standard_normal((2, d)).astype(np.float32)
    ours64, wanted64 = np.empty((2, n))
    scalar.squares_by_column(codes, first, low, step, ours64)
    reference.squares_by_column(codes, first, low, step, wanted64)
    np.testing.assert_allclose(ours64, wanted64, rtol=1e-5)
    sums, wanted_sums = np.empty((2, n, 2), np.int64)
    scalar.level_sums(codes, first, sums)
    reference.level_sums(codes, first, wanted_sums)
    np.testing.assert_array_equal(sums, wanted_sums)


def test_sums_of_long_rows_do_not_overflow():
    codes = seen(np.full((1, 70_000), 255, np.uint8))
    sums = np.empty((1, 2), np.int64)
    scalar.level_sums(codes, 0, sums)
    assert sums.tolist() == [[70_000 * 255, 70_000 * 255**2]]
