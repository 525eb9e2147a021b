"""The register tiles against their NumPy twins, and against plain matrix algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference, tiles
from firth.kernels.tiles import LANES
from firth.learn.matrices import zeros


def scratch(size, seed=0):
    """Random float32 numbers, aligned to 64 bytes as the kernels want them."""
    s = zeros(1, size)[0]
    s[:] = np.random.default_rng(seed).normal(size=size)
    return s


operands = {
    "vectors": st.integers(1, 9),
    "depth": st.integers(0, 20),
    "transposed": st.booleans(),
    "seed": st.integers(0, 99),
}


def left_of(s, rows, depth, transposed):
    """The left operand at the beginning of the scratch, and its strides."""
    flat = s[: rows * depth]
    if transposed:
        return flat.reshape(depth, rows).T, (1, rows)
    return flat.reshape(rows, depth), (depth, 1)


@settings(max_examples=60)
@given(tiles_high=st.integers(0, 3), **operands)
def test_product_is_a_matrix_product(tiles_high, vectors, depth, transposed, seed):
    rows, wide = tiles_high * tiles.ROWS, vectors * LANES
    s = scratch(rows * depth + depth * wide + rows * wide, seed)
    b, c = rows * depth, rows * depth + depth * wide
    left, strides = left_of(s, rows, depth, transposed)
    expected = left @ s[b:c].reshape(depth, wide)
    twin = s.copy()
    tiles.product(s, c, wide, 0, *strides, b, wide, depth, rows, vectors)
    reference.product(twin, c, wide, 0, *strides, b, wide, depth, rows, vectors)
    np.testing.assert_allclose(s[c:].reshape(rows, wide), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(s, twin, rtol=1e-4, atol=1e-4)


@settings(max_examples=60)
@given(rows=st.integers(0, 11), first=st.integers(0, 3), **operands)
def test_add_product_adds_to_chosen_rows_even_if_chosen_twice(rows, first, vectors, depth, transposed, seed):
    wide = vectors * LANES
    s = scratch(rows * depth + depth * wide, seed)
    left, strides = left_of(s, rows, depth, transposed)
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(5, wide)).astype(np.float32)
    chosen = random.integers(0, 5, first + rows)
    expected, twin, before = matrix.copy(), matrix.copy(), s.copy()
    for r in range(rows):
        expected[chosen[first + r]] += left[r] @ s[rows * depth :].reshape(depth, wide)
    arguments = (chosen, first, rows, 0, *strides, rows * depth, wide, depth)
    tiles.add_product(s, matrix, *arguments)
    reference.add_product(s, twin, *arguments)
    np.testing.assert_allclose(matrix, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(matrix, twin, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(s, before)


@settings(max_examples=60)
@given(n=st.integers(0, 13), vectors=st.integers(1, 5), seed=st.integers(0, 99))
def test_dots_are_the_products_of_one_row_with_many(n, vectors, seed):
    wide = vectors * LANES
    s = scratch(16 + wide + (n + 3) * wide, seed)
    twin = s.copy()
    tiles.dots(s, 0, 16, 16 + wide, wide, vectors, n)
    reference.dots(twin, 0, 16, 16 + wide, wide, vectors, n)
    np.testing.assert_allclose(s[:n], twin[:n], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(s[16:], twin[16:])
    expected = s[16 + wide :].reshape(n + 3, wide)[:n] @ s[16 : 16 + wide]
    np.testing.assert_allclose(s[:n], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (2, 2), (2, 7)])
def test_transpose_swaps_rows_and_columns_exactly(rows, columns):
    rows, columns = rows * LANES, columns * LANES
    stride = columns + LANES
    s = scratch(rows * stride + rows * columns)
    source = s[: rows * stride].reshape(rows, stride)[:, :columns].copy()
    tiles.transpose(s, rows * stride, rows, 0, stride, rows, columns)
    np.testing.assert_array_equal(s[rows * stride :].reshape(columns, rows), source.T)


def test_sigmoid_is_close_everywhere_and_weighted():
    n = 4096
    s = scratch(n + LANES)
    s[:n] = np.linspace(-60, 60, n)
    s[n:] = np.arange(1, LANES + 1)
    twin = s.copy()
    assert tiles.sigmoid(s, 0, n, n, LANES) == 0
    assert reference.sigmoid(twin, 0, n, n, LANES) == 0
    weights = np.tile(np.arange(1, LANES + 1), n // LANES)
    np.testing.assert_allclose(s[:n] / weights, twin[:n] / weights, atol=5e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 5, 31])
def test_sigmoid_reports_a_score_that_is_not_finite(bad, place):
    s = scratch(2 * 32)
    s[place] = bad
    assert np.isnan(tiles.sigmoid(s, 0, 32, 32, LANES))


def test_gather_copies_a_row():
    matrix = np.arange(96, dtype=np.float32).reshape(3, 32)
    s = scratch(64)
    before = s.copy()
    tiles.prefetch(matrix, 2)
    tiles.gather(s, 16, matrix, 1)
    np.testing.assert_array_equal(s[16:48], matrix[1])
    np.testing.assert_array_equal(np.delete(s, range(16, 48)), np.delete(before, range(16, 48)))


def test_exponential_is_close_everywhere():
    n = 4096
    s = scratch(n)
    s[:] = np.linspace(-95, 95, n)
    twin = s.copy()
    assert tiles.exponential(s, 0, n) == 0
    assert reference.exponential(twin, 0, n) == 0
    np.testing.assert_allclose(s, twin, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_exponential_reports_a_number_that_is_not_finite(bad):
    s = scratch(32)
    s[17] = bad
    assert np.isnan(tiles.exponential(s, 0, 32))
    twin = scratch(32)
    twin[17] = bad
    assert np.isnan(reference.exponential(twin, 0, 32))
