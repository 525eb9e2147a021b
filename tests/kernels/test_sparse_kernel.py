"""Sparse times dense, beside the NumPy twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from firth.kernels import reference_counts as reference
from firth.kernels.sparse import add_product, add_transposed_product


@given(
    st.integers(0, 30), st.integers(1, 40), st.integers(1, 70), st.integers(0, 2**32),
    st.sampled_from([np.float32, np.float64]),
)  # fmt: skip
def test_products_agree_with_their_twins(rows: int, columns: int, width: int, seed: int, dtype: type) -> None:
    random = np.random.default_rng(seed)
    table = sparse.random_array((rows, columns), density=0.2, rng=random, dtype=dtype, format="csr")
    parts = table.indptr.astype(np.int64), table.indices.astype(np.int32), table.data
    x, y = (random.standard_normal((size, width)).astype(dtype) for size in (columns, rows))
    expected_y = reference.add_product(*parts, x, y)
    expected_x = reference.add_transposed_product(*parts, y, x)
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-13}

    found = y.copy()
    middle = int(random.integers(0, rows + 1))
    add_product(*parts, x, found, 0, middle)
    add_product(*parts, x, found, middle, rows)
    np.testing.assert_allclose(found, expected_y, **tolerance)

    found = x.copy()
    middle = int(random.integers(0, width + 1))
    add_transposed_product(*parts, y, found, 0, middle)
    add_transposed_product(*parts, y, found, middle, width)
    np.testing.assert_allclose(found, expected_x, **tolerance)


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_the_work_of_threads_adds_up_to_the_same_bits(index: type) -> None:
    table = sparse.random_array(
        (300, 500), density=0.1, rng=np.random.default_rng(1), dtype=np.float32
    ).tocsr()
    parts: tuple[NDArray, ...] = table.indptr.astype(np.int64), table.indices.astype(index), table.data
    y = np.random.default_rng(2).standard_normal((300, 96), dtype=np.float32)
    one, two = np.zeros((500, 96), np.float32), np.zeros((500, 96), np.float32)
    add_transposed_product(*parts, y, one, 0, 96)
    for left in range(0, 96, 32):
        add_transposed_product(*parts, y, two, left, left + 32)
    np.testing.assert_array_equal(one, two)
