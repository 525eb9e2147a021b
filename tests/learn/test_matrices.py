"""Matrices for the kernels."""

import numpy as np
import pytest

from firth.learn.matrices import narrow, row_width, zeros


@pytest.mark.parametrize(("dim", "wide"), [(1, 16), (16, 16), (17, 32), (100, 112), (300, 304)])
def test_rows_are_whole_cache_lines(dim, wide):
    assert row_width(dim) == wide


@pytest.mark.parametrize("rows", [1, 7, 5000])
def test_memory_is_aligned(rows):
    matrix = zeros(rows, 48)
    assert matrix.shape == (rows, 48)
    assert matrix.ctypes.data % 64 == 0
    assert not matrix.any()


@pytest.mark.parametrize(("rows", "dim"), [(0, 5), (1, 1), (9000, 5), (9000, 16), (10_000, 100)])
def test_narrowing_in_place_keeps_the_first_columns(rows, dim):
    matrix = zeros(rows, row_width(dim))
    matrix[:] = np.random.default_rng(0).normal(size=matrix.shape)
    expected = matrix[:, :dim].copy()
    result = narrow(matrix, dim)
    np.testing.assert_array_equal(result, expected)
    assert result.flags.c_contiguous
    assert rows == 0 or np.shares_memory(result, matrix)
