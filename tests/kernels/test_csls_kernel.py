"""The kernels of CSLS against their NumPy twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import csls, reference_csls

sizes = st.tuples(st.integers(1, 12), st.integers(1, 200), st.integers(1, 9), st.integers(1, 12))


def some_products(random, m, n):
    """Few distinct values make many ties; some are not numbers at all."""
    products = random.integers(-4, 5, (m, n)).astype(np.float32)
    products[random.random((m, n)) < 0.05] = np.nan
    products[random.random((m, n)) < 0.05] = -np.inf
    return products


def blocks(m, n, height, width):
    for i in range(0, m, height):
        for j in range(0, n, width):
            yield slice(i, min(i + height, m)), slice(j, min(j + width, n))


@settings(max_examples=50)
@given(sizes, st.integers(0, 2**32 - 1))
def test_the_products_of_placed_rows_equal_the_formula(size, seed):
    m, n, dim, _ = size
    random = np.random.default_rng(seed)
    a, b = (random.standard_normal((rows, dim)).astype(np.float32) for rows in (m, n))
    height, width = -(-m // 4) * 4, -(-n // csls.LANES) * csls.LANES
    scratch = np.full((height + width) * dim + height * width, np.nan, np.float32)
    csls.place(a, scratch)
    csls.multiply(height, b, scratch)
    products = scratch[(height + width) * dim :].reshape(height, width)
    expected = np.zeros((height, width))
    expected[:m, :n] = a.astype(np.float64) @ b.T
    np.testing.assert_allclose(products, expected, atol=1e-5)


@settings(max_examples=50)
@given(sizes, st.integers(0, 2**32 - 1), st.sampled_from([1, 64, 70, 200]))
def test_the_greatest_of_rows_and_columns_equal_a_full_sort(size, seed, width):
    m, n, k, height = size
    products = some_products(np.random.default_rng(seed), m, n)
    of_rows, of_columns = np.full((m, k), -np.inf, np.float32), np.full((n, k + 1), -np.inf, np.float32)
    for rows, columns in blocks(m, n, height, width):
        part = np.ascontiguousarray(products[rows, columns])
        csls.keep_greatest(part, of_rows[rows], of_columns[columns])
    np.testing.assert_array_equal(np.sort(of_rows, axis=1), reference_csls.keep_greatest(products, k))
    np.testing.assert_array_equal(
        np.sort(of_columns, axis=1), reference_csls.keep_greatest(products.T, k + 1)
    )


@settings(max_examples=50)
@given(sizes, st.integers(0, 2**32 - 1), st.sampled_from([64, 70, 200]), st.sampled_from([1.0, 0.5, 0.1]))
def test_the_best_of_both_equal_the_best_of_all_keys(size, seed, width, keep):
    m, n, _, height = size
    random = np.random.default_rng(seed)
    products = some_products(random, m, n)
    of_rows = random.integers(-2, 3, m).astype(np.float32)
    of_columns = random.integers(-2, 3, n).astype(np.float32)
    row_keys, row_partners = np.full(m, -np.inf, np.float32), np.full(m, -1)
    column_keys, column_partners = np.full(n, -np.inf, np.float32), np.full(n, -1)
    for rows, columns in blocks(m, n, height, width):
        csls.best_of_both(
            np.ascontiguousarray(products[rows, columns]),
            rows.start,
            columns.start,
            of_rows[rows],
            of_columns[columns],
            keep,
            seed,
            (row_keys[rows], row_partners[rows]),
            (column_keys[columns], column_partners[columns]),
        )
    partners = reference_csls.best_of_both(products, of_rows, of_columns, keep, seed)
    np.testing.assert_array_equal(row_partners, partners[0])
    np.testing.assert_array_equal(column_partners, partners[1])


def test_the_share_of_pairs_that_stay_is_the_one_asked_for():
    stayed = [csls.stays(7, i, j, 0.3) for i in range(100) for j in range(100)]
    assert abs(np.mean(stayed) - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 10_000)
    assert stayed != [csls.stays(8, i, j, 0.3) for i in range(100) for j in range(100)]


@settings(max_examples=50)
@given(sizes, st.integers(0, 2**32 - 1))
def test_counts_above_and_level_equal_the_formula(size, seed):
    m, n, _, width = size
    random = np.random.default_rng(seed)
    products = some_products(random, m, n)
    scale, shift = np.full(n, 2, np.float32), random.integers(-2, 3, n).astype(np.float32)
    own, tolerance = random.integers(-4, 5, m).astype(np.float32), np.float32(0.25)
    above, level = np.zeros(m, np.int64), np.zeros(m, np.int64)
    for _, columns in blocks(m, n, m, width):
        part = np.ascontiguousarray(products[:, columns])
        csls.count_above(part, scale[columns], shift[columns], own, tolerance, above, level)
    expected = reference_csls.count_above(products * scale + shift, own, tolerance)
    np.testing.assert_array_equal(above, expected[0])
    np.testing.assert_array_equal(level, expected[1])
