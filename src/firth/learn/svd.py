"""`svd`: the largest singular values and vectors of a large sparse matrix, by randomised iteration.

A random block of l vectors, a few more than are wanted, is multiplied by the matrix and its transpose until
it spans what the largest singular vectors span (Halko, Martinsson and Tropp 2011, "Finding Structure with
Randomness", SIAM Review, algorithm 4.4). Of the two sides of the matrix the shorter one is iterated on, so
that what is kept is one block for each side, which is also what is returned.

Each round takes AᵀA - αI in place of AᵀA. The shift α, half of the least eigenvalue that the block has,
leaves the order of the wanted directions and makes the unwanted ones fade faster; it costs nothing
(Feng, Yu, Xie and Tang 2024, "Algorithm 1043: Faster Randomized SVD with Dynamic Shifts", ACM TOMS).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.errors import DataError
from firth.learn.matrices import narrow, row_width
from firth.learn.sparse import Rows
from firth.learn.tall import gram, parts, tall_zeros, turn
from firth.options import check_real, check_whole
from firth.run import Run

__all__ = ["Decomposition", "svd"]

_log = logging.getLogger(__name__)

_EXACT = 512  # a matrix with no more rows, or columns, is decomposed exactly
_EXTRA = 0.1  # share of the wanted vectors that is iterated on beside them, to separate them from the rest
_POLISH = 1e-3  # columns whose sizes differ by more are made orthonormal twice

Matrix = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """The k largest singular values of a matrix (m, n), with their vectors: nearly (left · values) rightᵀ.

    Attributes:
        left: (m, k), of the type of the matrix, orthonormal columns.
        values: float64, (k,), falling.
        right: (n, k), like left; the number of largest size in each column is positive.
        energy: the sum of the squares of all entries of the matrix; that of `values` is the part explained.
        report: how many values were asked for and found, iterations, the last change of a value, and the
            share of the energy that is explained.
    """

    left: Matrix
    values: NDArray[np.float64]
    right: Matrix
    energy: float
    report: dict[str, Any] = field(default_factory=dict)


def svd(
    matrix: Any,
    dim: int,
    *,
    iterations: int = 20,
    tolerance: float = 1e-2,
    run: Run | None = None,
) -> Decomposition:
    """The `dim` largest singular values of a matrix, with their vectors.

    >>> from scipy.sparse import diags_array
    >>> svd(diags_array([3.0, 1.0, 2.0]).tocsr(), 2).values.round(6).tolist()
    [3.0, 2.0]

    Args:
        matrix: SciPy sparse, (m, n), float32 or float64, finite. In float32 values below about 1e-5 of the
            largest are noise.
        dim: how many; fewer where the rank is lower, which the report tells.
        iterations: rounds at most.
        tolerance: rounds go on until no value changes by more than this share of itself.
        run: threads, and the seed of the random block. Matrices of up to 512 rows or columns are decomposed
            exactly, and nothing is drawn.

    Returns:
        The same for any number of threads.

    Raises:
        DataError: the matrix has another form, no entries but zeros, or one that is not finite.
        MemoryBudgetError: the result would not fit into memory.
        OptionError: an option is outside its range.
    """
    run = run or Run()
    rows = Rows.of(matrix, threads=run.worker_count)
    dim = check_whole("dim", dim, 1, 65_536)
    iterations = check_whole("iterations", iterations, 1, 10_000)
    tolerance = check_real("tolerance", tolerance, 0, 1)
    energy = rows.energy()
    if not energy > 0:
        raise DataError("the matrix holds nothing but zeros, which no vector is better for than another")
    side = min(rows.shape)
    if dim > side:
        _log.info("a matrix of %d × %d has no %d singular values, but %d", *rows.shape, dim, side)
    block = row_width(min(side, dim + max(10, int(_EXTRA * dim))))
    exact = side <= max(_EXACT, 2 * block)
    need = rows.values.itemsize * block * sum(rows.shape) + (8 * side**2 if exact else 8 * 3 * block**2)
    _log.info("%s", check_memory(need + (32 << 20), "the singular value decomposition"))
    if exact:
        short, report = _exact_basis(rows, min(dim, side)), {"iterations": 0, "change": 0.0}
    else:
        short, report = _iterated_basis(rows, dim, block, iterations, tolerance, run)
    return _decomposition(rows, short, dim, energy, report, run.worker_count)


# --- a basis for the shorter side


def _exact_basis(rows: Rows, dim: int) -> Matrix:
    """Orthonormal columns, (shorter side, dim), of the largest eigenvalues of the small AᵀA or AAᵀ."""
    from scipy.sparse import csr_array

    table = csr_array((rows.values.astype(np.float64), rows.columns, rows.starts), shape=rows.shape)
    upright = rows.shape[1] <= rows.shape[0]
    square = (table.T @ table if upright else table @ table.T).toarray()
    _, vectors = np.linalg.eigh(square)
    q = tall_zeros(len(square), dim, rows.values.dtype)
    q[:, :dim] = vectors[:, : -dim - 1 : -1]
    return q


def _iterated_basis(
    rows: Rows, dim: int, block: int, iterations: int, tolerance: float, run: Run
) -> tuple[Matrix, dict[str, Any]]:
    """Orthonormal columns, (shorter side, block), that nearly span the largest singular vectors; zeros stand
    in place of what the rank has no room for.

    Each round: q ← an orthonormal basis of (AᵀA - αI) q, or of AAᵀ where rows are the shorter side.
    """
    upright = rows.shape[1] <= rows.shape[0]  # columns are the shorter side
    random = np.random.default_rng((run.seed, 0x5FD))
    q, y = (tall_zeros(size, block, rows.values.dtype) for size in (min(rows.shape), max(rows.shape)))
    for part in parts(len(q)):
        q[part] = random.standard_normal((part.stop - part.start, block), dtype=np.float32)
    shift, before, change = 0.0, np.full(block, np.inf), np.inf
    for done in range(1, iterations + 1):
        y[:] = 0
        if upright:
            rows.add_product(q, y)
            q *= -shift
            rows.add_transposed_product(y, q)
        else:
            rows.add_transposed_product(q, y)
            q *= -shift
            rows.add_product(y, q)
        sizes = _orthonormalise(q, run.worker_count)
        there = sizes > 0
        squares = np.where(there, sizes + shift, 0)  # of the singular values, from below
        wanted = squares[:dim][there[:dim]]
        change = float(np.abs(np.sqrt(wanted / before[: wanted.size]) - 1).max())
        if change <= tolerance:
            break
        before = np.where(there, squares, np.inf)
        if done > 1 and there.all() and sizes[-1] > shift:  # the first block was not orthonormal yet
            shift = (shift + float(sizes[-1])) / 2
    _polish(q, run.worker_count)
    return q, {"iterations": done, "change": change}


def _orthonormalise(q: Matrix, threads: int) -> NDArray[np.float64]:
    """Replace the columns of q by its left singular vectors, those of nearly no size by zeros.

    Returns:
        float64, the singular values of q, falling; 0 for columns that were replaced by zeros.
    """
    squares, vectors = _falling_eigenvectors(gram(q, threads=threads))
    sizes = np.sqrt(squares)
    sizes[sizes <= _noise(q) * sizes[0]] = 0
    there = sizes > 0
    turn(q, vectors[:, there] / sizes[there], threads=threads)
    if sizes[there][-1] < _POLISH * sizes[0]:
        _polish(q, threads)
    return sizes


def _polish(q: Matrix, threads: int) -> None:
    """Make nearly orthonormal columns of q orthonormal, each changed as little as may be: q (qᵀq)^-½.

    What was of small size before carries rounding errors of what was large.
    """
    squares, vectors = _falling_eigenvectors(gram(q, threads=threads))
    there = squares > 0.5  # the others are the zeros
    turn(q, vectors[:, there] / np.sqrt(squares[there]) @ vectors[:, there].T, threads=threads)


def _decomposition(
    rows: Rows, short: Matrix, dim: int, energy: float, report: dict[str, Any], threads: int
) -> Decomposition:
    """The singular values and vectors of A within the span of a basis of its shorter side (Rayleigh-Ritz)."""
    upright = rows.shape[1] <= rows.shape[0]
    long = tall_zeros(max(rows.shape), short.shape[1], rows.values.dtype)
    if upright:
        rows.add_product(short, long)
    else:
        rows.add_transposed_product(short, long)
    squares, vectors = _falling_eigenvectors(gram(long, threads=threads))
    values = np.sqrt(squares)
    values = values[: min(dim, int(np.count_nonzero(values > _noise(long) * values[0])))]
    vectors = vectors[:, : values.size]
    turn(short, vectors, threads=threads)
    turn(long, vectors / values, threads=threads)
    left, right = (narrow(side, values.size) for side in ((long, short) if upright else (short, long)))
    signs = np.where(right.max(axis=0) >= -right.min(axis=0), 1, -1).astype(right.dtype)
    left *= signs
    right *= signs
    explained = float((values**2).sum() / energy)
    report = {"dim": dim, "found": values.size, **report, "explained": explained}
    return Decomposition(left=left, values=values, right=right, energy=energy, report=report)


def _falling_eigenvectors(square: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The eigenvalues of a symmetric matrix, falling, none below 0, and its eigenvectors by columns."""
    values, vectors = np.linalg.eigh(square)
    return np.maximum(values[::-1], 0), vectors[:, ::-1]


def _noise(q: Matrix) -> float:
    """The share of the largest singular value below which others are rounding errors."""
    return 1e-6 if q.dtype == np.float32 else 1e-7
