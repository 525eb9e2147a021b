"""The top-k kernels against their NumPy twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference
from firth.kernels.topk import exact_scores, keep_best, multiply_few, squared_norms

sizes = st.tuples(st.integers(1, 5), st.integers(1, 300), st.integers(1, 40), st.integers(1, 200))


def sorted_heap(keys, rows):
    order = np.lexsort((np.where(rows < 0, 10**9, rows), -keys))
    return np.take_along_axis(keys, order, 1), np.take_along_axis(rows, order, 1)


@settings(max_examples=60, deadline=None)
@given(sizes, st.integers(0, 2**32 - 1), st.sampled_from(["float32", "float64"]))
def test_keep_best_equals_a_full_sort(size, seed, dtype):
    m, n, k, step = size
    random = np.random.default_rng(seed)
    # Few distinct values make many ties; some are not numbers at all.
    products = random.integers(-4, 5, (m, n)).astype(dtype)
    products[random.random((m, n)) < 0.05] = np.nan
    products[random.random((m, n)) < 0.05] = -np.inf
    products[random.random((m, n)) < 0.05] = np.inf
    scale = random.choice([0.5, 1.0, 2.0], n).astype(dtype)
    shift = random.integers(-2, 3, n).astype(dtype)
    excluded = random.integers(-1, n, (m, 3))
    keys, rows = np.full((m, k), -np.inf, dtype), np.full((m, k), -1)
    for first in range(0, n, step):
        block = slice(first, first + step)
        keep_best(
            np.ascontiguousarray(products[:, block]), scale[block], shift[block], first, excluded, keys, rows
        )
    best, best_rows = reference.keep_best(products * scale + shift, excluded, k)
    found, found_rows = sorted_heap(keys, rows)
    np.testing.assert_array_equal(found_rows, best_rows)
    np.testing.assert_array_equal(found, best)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.sampled_from([0, 1, 2]))
def test_exact_scores_equal_the_formula(seed, dim, metric):
    random = np.random.default_rng(seed)
    queries = random.standard_normal((3, dim)).astype(np.float32)
    matrix = random.standard_normal((7, dim)).astype(np.float32)
    queries[0], matrix[2] = 0, 0
    rows = random.integers(-1, 7, (3, 5))
    scores = np.empty((3, 5))
    exact_scores(queries, matrix, rows, metric, scores)
    np.testing.assert_allclose(scores, reference.exact_scores(queries, matrix, rows, metric), atol=1e-12)


def test_cosine_never_leaves_its_range():
    random = np.random.default_rng(5)
    queries = random.standard_normal((200, 7)).astype(np.float32)
    scores = np.empty((200, 1))
    exact_scores(queries, queries, np.arange(200)[:, None], 0, scores)
    assert scores.max() <= 1
    assert scores.min() == pytest.approx(1)


def test_a_score_with_nan_is_nan():
    scores = np.empty((1, 1))
    queries, matrix = np.array([[1, np.nan]], np.float32), np.array([[1, 2]], np.float32)
    for metric in (0, 1, 2):
        exact_scores(queries, matrix, np.zeros((1, 1), np.int64), metric, scores)
        assert np.isnan(scores[0, 0])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_squared_norms(seed):
    matrix = np.random.default_rng(seed).standard_normal((9, 33)).astype(np.float32)
    out = np.empty(9)
    squared_norms(matrix, out)
    np.testing.assert_allclose(out, (matrix.astype(np.float64) ** 2).sum(1))


@given(st.integers(1, 4), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_multiply_few(m, dim, seed):
    random = np.random.default_rng(seed)
    queries = random.standard_normal((m, dim)).astype(np.float32)
    matrix = random.standard_normal((9, dim)).astype(np.float32)
    out = np.empty((m, 9), np.float32)
    multiply_few(queries, matrix, out)
    np.testing.assert_allclose(out, queries @ matrix.T, atol=1e-4)
