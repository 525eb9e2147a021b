"""The kernels of product and residual codes against their NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference_beams, reference_productcodes
from firth.kernels.beams import compose, extend
from firth.kernels.productcodes import (
    TOGETHER,
    add_rows,
    nearest_parts,
    pack,
    spread,
    sum_few,
    sum_many,
    unpack,
)

seeds = st.integers(0, 2**32 - 1)


def whole_numbers(random, shape):
    """Small whole numbers: their sums are exact in any order, and many are equal."""
    return random.integers(-3, 4, shape).astype(np.float32)


def cut(random, dim):
    """Where the parts of a row of this dim begin and end, of any sizes."""
    inner = np.sort(random.choice(np.arange(1, dim), random.integers(0, dim), replace=False))
    return np.concatenate([[0], inner, [dim]]).astype(np.int64)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 600), st.integers(1, 12), st.sampled_from([16, 32, 256]), seeds)
def test_the_nearest_centroids_and_their_sums(n, dim, k, seed):
    random = np.random.default_rng(seed)
    bounds = cut(random, dim)
    parts = len(bounds) - 1
    rows, centroids = whole_numbers(random, (n, dim)), whole_numbers(random, (dim, k))
    halves = np.add.reduceat(centroids**2, bounds[:-1], axis=0) / np.float32(2)
    found, expected = np.full((2, n, parts), 255, np.uint8)
    middle = parts // 2
    for kernel, codes in ((nearest_parts, found), (reference_productcodes.nearest_parts, expected)):
        kernel(rows, centroids, halves, bounds, 0, middle, codes)
        kernel(rows, centroids, halves, bounds, middle, parts, codes)
    np.testing.assert_array_equal(found, expected)

    results = []
    for kernel in (add_rows, reference_productcodes.add_rows):
        sums, counts = np.zeros((k, dim)), np.zeros((parts, k), np.int64)
        kernel(rows, found, bounds, 0, parts, sums, counts)
        results.append((sums, counts))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_the_code_of_a_row_with_numbers_beyond_float32_is_still_a_centroid():
    centroids = np.full((2, 16), 1e20, np.float32)
    rows = np.array([[3e38, 3e38], [3e38, -3e38], [np.inf, -np.inf], [np.nan, 0]], np.float32)
    codes = np.full((4, 1), 255, np.uint8)
    halves = np.full((1, 16), np.inf, np.float32)
    nearest_parts(rows, centroids, halves, np.array([0, 2]), 0, 1, codes)
    assert codes.max() < 16


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(1, 20), st.integers(4, 8), seeds)
def test_packed_codes_come_back_and_any_bytes_are_codes(n, parts, bits, seed):
    random = np.random.default_rng(seed)
    codes = random.integers(0, 1 << bits, (n, parts), np.uint8)
    width = (parts * bits + 7) // 8
    ours, theirs = np.empty((2, n, width), np.uint8)
    pack(codes, bits, ours)
    reference_productcodes.pack(codes, bits, theirs)
    np.testing.assert_array_equal(ours, theirs)
    back = np.empty_like(codes)
    unpack(ours, bits, back)
    np.testing.assert_array_equal(back, codes)

    anything = random.integers(0, 256, (n, width), np.uint8)
    first, second = np.empty((2, n, parts), np.uint8)
    unpack(anything, bits, first)
    reference_productcodes.unpack(anything, bits, second)
    np.testing.assert_array_equal(first, second)
    assert first.max(initial=0) < 1 << bits


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40), st.integers(1, 20), st.sampled_from([16, 256]), seeds)
def test_sums_are_the_same_to_the_bit_for_one_query_and_for_many(n, parts, k, seed):
    random = np.random.default_rng(seed)
    tables = random.standard_normal((TOGETHER, parts, k)).astype(np.float32)
    codes = random.integers(0, k, (n, parts)).astype(np.uint8)
    few, expected = np.empty((2, TOGETHER, n), np.float32)
    sum_few(tables, codes, few)
    reference_productcodes.sum_few(tables, codes, expected)
    np.testing.assert_array_equal(few, expected)
    together = np.ascontiguousarray(np.moveaxis(tables, 0, 2))
    many, others = np.empty((2, n, TOGETHER), np.float32)
    sum_many(together, codes, many)
    reference_productcodes.sum_many(together, codes, others)
    np.testing.assert_array_equal(many, others)
    np.testing.assert_array_equal(many.T, few)


def test_centroids_start_far_apart():
    random = np.random.default_rng(0)
    # Sixteen heaps in the first part; in the second one row alone differs from all the others.
    rows = np.zeros((400, 2), np.float32)
    rows[:, 0] = np.repeat(np.arange(16) * 100, 25) + random.random(400)
    rows[7, 1] = 1
    chosen = np.full((2, 16), -1, np.int64)
    spread(rows, np.array([0, 1, 2]), random.random((2, 16)), 0, 2, chosen)
    assert len(np.unique(rows[chosen[0], 0] // 100)) >= 15
    assert set(rows[chosen[1], 1]) == {0, 1}
    assert chosen.min() >= 0


@pytest.mark.parametrize("draw", [0.0, 1.0 - 2**-53])
def test_the_ends_of_the_draws_choose_rows_too(draw):
    rows = np.arange(5, dtype=np.float32)[:, None]
    chosen = np.full((1, 8), -1, np.int64)
    spread(rows, np.array([0, 1]), np.full((1, 8), draw), 0, 1, chosen)
    assert chosen.min() >= 0 and chosen.max() < 5
    assert len(np.unique(chosen)) == 5


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(0, 20), st.integers(1, 6), st.integers(1, 9)), st.sampled_from([16, 32, 256]), seeds
)
def test_the_best_extensions_are_those_of_a_full_sort(sizes, k, seed):
    n, held, kept = sizes
    random = np.random.default_rng(seed)
    products = whole_numbers(random, (n, held, k))
    halves, losses = whole_numbers(random, k), whole_numbers(random, (n, held))
    results = []
    for kernel in (extend, reference_beams.extend):
        parents, codes = np.empty((n, kept), np.int64), np.empty((n, kept), np.uint8)
        gains = np.empty((n, kept), np.float32)
        kernel(products, halves, losses, parents, codes, gains)
        results.append((parents, codes, gains))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_extensions_without_a_number_are_left_out():
    products = np.full((1, 2, 16), np.nan, np.float32)
    products[0, 1, 3] = 1
    parents, codes, gains = (
        np.empty((1, 2), np.int64),
        np.empty((1, 2), np.uint8),
        np.empty((1, 2), np.float32),
    )
    extend(products, np.zeros(16, np.float32), np.zeros((1, 2), np.float32), parents, codes, gains)
    assert (parents.tolist(), codes.tolist(), gains.tolist()) == ([[1, 0]], [[3, 0]], [[1.0, -np.inf]])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 20), st.integers(1, 5), st.integers(1, 9), seeds)
def test_rows_are_the_sums_of_their_centroids(n, stages, dim, seed):
    random = np.random.default_rng(seed)
    codebooks = whole_numbers(random, (stages, 16, dim))
    codes = random.integers(0, 16, (n, stages), np.uint8)
    ours, theirs = np.ones((2, n, dim), np.float32)
    compose(codebooks, codes, ours)
    reference_beams.compose(codebooks, codes, theirs)
    np.testing.assert_array_equal(ours, theirs)
