"""The truncated singular value decomposition, beside dense and ARPACK decompositions."""

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import svds

from firth.errors import DataError, MemoryBudgetError, OptionError
from firth.learn.svd import Decomposition, svd
from firth.run import Run


def zipfian(rows: int, columns: int, *, entries: int = 20, seed: int = 1, dtype: type = np.float32) -> Any:
    """A sparse matrix with frequent and rare columns, as text makes them."""
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, columns + 1)
    i = np.repeat(np.arange(rows), entries)
    j = random.choice(columns, i.size, p=weights / weights.sum())
    return sparse.coo_array((random.random(i.size).astype(dtype), (i, j)), shape=(rows, columns)).tocsr()


def check_form(found: Decomposition, matrix: Any, *, tolerance: float) -> None:
    """Orthonormal columns, falling values, A v = σ u, and signs that are decided."""
    k = found.values.size
    for vectors in (found.left, found.right):
        assert vectors.dtype == matrix.dtype
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=tolerance)
    assert np.all(np.diff(found.values) <= 0)
    np.testing.assert_allclose(
        matrix @ found.right, found.left * found.values, atol=tolerance * found.values[0]
    )
    largest = np.abs(found.right).argmax(axis=0)
    assert np.all(found.right[largest, np.arange(k)] > 0)


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (5_000, 60), (60, 5_000), (1, 9), (9, 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_small_matrices_are_decomposed_exactly(shape: tuple[int, int], dtype: type) -> None:
    matrix = zipfian(*shape, dtype=dtype)
    dim = min(10, *shape)
    found = svd(matrix, dim)
    tolerance = 1e-5 if dtype == np.float32 else 1e-9
    check_form(found, matrix, tolerance=tolerance)
    expected = np.linalg.svd(matrix.toarray(), compute_uv=False)[:dim]
    np.testing.assert_allclose(found.values, expected, rtol=tolerance)
    assert found.report["iterations"] == 0


@pytest.mark.parametrize("shape", [(3_000, 1_500), (1_500, 3_000)])
def test_large_matrices_are_decomposed_as_by_arpack(shape: tuple[int, int]) -> None:
    matrix = zipfian(*shape)
    found = svd(matrix, 30, iterations=200, tolerance=1e-6)
    check_form(found, matrix, tolerance=1e-4)
    left, values, right = svds(matrix.astype(np.float64), 30)
    np.testing.assert_allclose(found.values, values[::-1], rtol=1e-3)
    np.testing.assert_allclose(found.values[:10], values[::-1][:10], rtol=1e-5)
    overlap = np.abs(np.sum(found.right[:, :5] * right[::-1].T[:, :5], axis=0))
    np.testing.assert_allclose(overlap, 1, atol=1e-4)
    assert np.abs(np.sum(found.left[:, :5] * left[:, ::-1][:, :5], axis=0)).min() > 0.9999


def test_usual_settings_explain_nearly_what_the_best_vectors_do() -> None:
    matrix = zipfian(4_000, 2_000)
    best = (svds(matrix.astype(np.float64), 50, return_singular_vectors=False) ** 2).sum()
    found = svd(matrix, 50)
    assert 0.998 < (found.values**2).sum() / best <= 1 + 1e-6
    assert found.report["explained"] == pytest.approx(
        (found.values**2).sum() / (matrix.data.astype(float) ** 2).sum(), rel=1e-6
    )
    assert found.report["change"] <= 1e-2


def test_threads_and_seeds() -> None:
    matrix = zipfian(2_000, 1_200)
    one, again, three = (svd(matrix, 20, run=Run(threads=n, seed=5)) for n in (1, 1, 3))
    assert np.array_equal(one.left, again.left)
    assert np.array_equal(one.right, again.right)
    assert np.array_equal(three.left, one.left)
    assert np.array_equal(three.right, one.right)
    other = svd(matrix, 20, run=Run(seed=6))
    assert not np.array_equal(other.right, one.right)
    np.testing.assert_allclose(other.values, one.values, rtol=1e-2)


@pytest.mark.parametrize("size", [300, 1_500])
def test_more_values_than_the_rank_are_cut_and_reported(size: int) -> None:
    random = np.random.default_rng(3)
    factors = random.random((size, 7)) * (random.random((size, 7)) < 0.1), random.random((7, size))
    matrix = sparse.csr_array((factors[0] @ factors[1]).astype(np.float32))
    found = svd(matrix, 20)
    assert found.values.size == 7
    assert (found.report["dim"], found.report["found"]) == (20, 7)
    check_form(found, matrix, tolerance=1e-4)
    assert found.report["explained"] == pytest.approx(1, abs=1e-5)


def test_entries_that_stand_twice_are_added_up_elsewhere() -> None:
    matrix = sparse.csr_array(
        (np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), np.array([0, 2, 3])), shape=(2, 2)
    )
    found = svd(matrix, 2)
    assert found.values.tolist() == pytest.approx([4, 3])
    assert found.energy == pytest.approx(25)
    assert matrix.nnz == 3


def test_dim_beyond_the_shape_is_cut_too() -> None:
    assert svd(sparse.csr_array(np.eye(3)), 10).values.tolist() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(3), "not ndarray"),
        (sparse.csr_array(np.eye(3, dtype=np.int64)), "is int64, not float32"),
        (sparse.csr_array((3, 3)), "nothing but zeros"),
        (sparse.csr_array(np.diag([1, np.nan])), "infinite or NaN"),
        (sparse.csr_array(np.diag([1, np.inf])), "infinite or NaN"),
    ],
)
def test_what_has_no_decomposition_is_refused(matrix: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        svd(matrix, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 0}, "dim is a whole"),
        ({"iterations": 0}, "iterations is"),
        ({"tolerance": -1}, "tolerance is"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        svd(sparse.csr_array(np.eye(3)), **{"dim": 2, **options})


def test_too_little_memory_is_said_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firth.data.memory.available_memory", lambda: 1 << 20)
    with pytest.raises(MemoryBudgetError, match="the singular value decomposition needs about"):
        svd(zipfian(2_000, 1_000), 50)
