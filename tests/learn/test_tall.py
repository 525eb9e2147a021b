"""Gram matrices and turned columns of tall matrices, beside NumPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.learn.tall import gram, parts, tall_zeros, turn


@given(
    st.integers(0, 700), st.integers(1, 150), st.integers(0, 2**32), st.sampled_from([np.float32, np.float64])
)
def test_products_are_those_of_numpy(rows: int, columns: int, seed: int, dtype: type) -> None:
    random = np.random.default_rng(seed)
    q = tall_zeros(rows, columns, np.dtype(dtype))
    q[:, :columns] = random.standard_normal((rows, columns))
    before = q.copy()
    tolerance = {"rtol": 1e-4, "atol": 1e-3} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(gram(q, threads=2), before.T @ before, **tolerance)
    assert np.array_equal(q, before)
    fewer = int(random.integers(1, q.shape[1] + 1))
    matrix = random.standard_normal((q.shape[1], fewer))
    turn(q, matrix, threads=2)
    np.testing.assert_allclose(q[:, :fewer], before @ matrix, **tolerance)
    assert not q[:, fewer:].any()


@pytest.mark.parametrize("rows", [1, 4095, 4096, 4097, 20_000])
def test_threads_change_nothing(rows: int) -> None:
    q = tall_zeros(rows, 40, np.dtype(np.float32))
    q[:, :40] = np.random.default_rng(1).standard_normal((rows, 40))
    assert np.array_equal(gram(q, threads=1), gram(q, threads=3))
    one, three, matrix = q.copy(), q.copy(), np.random.default_rng(2).standard_normal((48, 48))
    turn(one, matrix, threads=1)
    turn(three, matrix, threads=3)
    assert np.array_equal(one, three)
    assert sum(part.stop - part.start for part in parts(rows)) == rows


def test_long_sums_are_exact_to_many_digits() -> None:
    q = tall_zeros(400_000, 1, np.dtype(np.float32))
    q[:, 0] = 0.1
    assert gram(q, threads=2)[0, 0] == pytest.approx(400_000 * float(np.float32(0.1)) ** 2, rel=1e-6)
