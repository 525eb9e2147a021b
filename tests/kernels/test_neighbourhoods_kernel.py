"""The kernels of neighbourhoods against their NumPy twins."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels.neighbourhoods import count_nearer, exact_products, keep_both
from firth.kernels.reference_neighbourhoods import best_of_all, ranks_among_all

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=40)
@given(st.integers(1, 150), st.integers(1, 12), st.integers(1, 100), seeds, st.sampled_from(["f4", "f8"]))
def test_both_sides_of_a_product_are_kept(n, k, step, seed, dtype):
    random = np.random.default_rng(seed)
    half = random.integers(-3, 4, (n, n)).astype(dtype)  # few values make many ties
    products = np.triu(half) + np.triu(half, 1).T
    bad = np.triu(random.random((n, n)) < 0.03)
    products[bad | bad.T] = np.nan
    shift = random.integers(-2, 3, n).astype(dtype)
    floors, keys, rows = np.full(n, -np.inf, dtype), np.full((n, k), -np.inf, dtype), np.full((n, k), -1)
    for first in range(0, n, step):
        for other in range(first, n, step):
            block = np.ascontiguousarray(products[first : first + step, other : other + step])
            keep_both(block, shift, first, other, floors, keys, rows)
    order = np.lexsort((np.where(rows < 0, n, rows), -keys))
    best, expected = best_of_all(products, shift, k)
    missing = k - expected.shape[1]  # places that n rows cannot fill
    found = np.take_along_axis(rows, order, 1)
    np.testing.assert_array_equal(found[:, : k - missing], expected)
    np.testing.assert_array_equal(np.take_along_axis(keys, order, 1)[:, : k - missing], best)
    assert (found[:, k - missing :] == -1).all()


@settings(max_examples=60)
@given(st.integers(2, 60), st.integers(1, 5), st.integers(1, 8), seeds, st.sampled_from([0.0, 0.3, 10.0]))
def test_ranks_are_places_in_the_sorted_order_however_the_keys_are_rounded(n, d, k, seed, slack):
    random = np.random.default_rng(seed)
    own = random.integers(0, n, 5)
    matrix = random.integers(-2, 3, (n, d)).astype(np.float64)  # few values make many ties
    keys = matrix[own] @ matrix.T + random.uniform(-slack, slack, (5, n)) * 0.99
    chosen = (own[:, None] + random.integers(1, n, (5, k))) % n
    ranks = np.empty((5, k), np.int64)
    count_nearer(keys.astype(np.float32), slack, matrix[own], matrix, own, chosen, ranks)
    np.testing.assert_array_equal(ranks, ranks_among_all(matrix[own], matrix, own, chosen))


def test_ranks_of_more_rows_than_a_chunk():
    random = np.random.default_rng(3)
    matrix = random.standard_normal((5000, 3))
    own, chosen = np.array([4999, 0]), np.array([[0, 255, 256], [4999, 4096, 1]])
    ranks = np.empty((2, 3), np.int64)
    keys = (matrix[own] @ matrix.T).astype(np.float32)
    count_nearer(keys, 1e-5, matrix[own], matrix, own, chosen, ranks)
    np.testing.assert_array_equal(ranks, ranks_among_all(matrix[own], matrix, own, chosen))


def test_products_of_chosen_rows():
    random = np.random.default_rng(4)
    queries, matrix, out = random.standard_normal((2, 9)), random.standard_normal((6, 9)), np.empty((2, 3))
    exact_products(queries, matrix, np.array([[5, -1, 0], [2, 2, -1]]), out)
    expected = queries @ matrix.T
    np.testing.assert_allclose(out[0], [expected[0, 5], -np.inf, expected[0, 0]])
    np.testing.assert_allclose(out[1], [expected[1, 2], expected[1, 2], -np.inf])
