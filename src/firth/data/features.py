"""`Features`: a row of numbers for each thing, dense or sparse, with the names of rows and columns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from firth.data.ids import Ids, Integers, make_ids
from firth.errors import DataError, UnknownIdError

__all__ = ["Features"]

_STEP = 1 << 22  # numbers looked at together


class Features:
    """n things described by f numbers each.

    >>> Features(np.eye(2, dtype=np.float32), ids=["a", "b"])
    Features(2 × 2, dense)

    Args:
        matrix: (n, f), float32 or float64, finite: an array, or a SciPy sparse matrix, which becomes CSR
            with sorted columns.
        ids: n unique strings or whole numbers; None numbers the rows from 0.
        names: f unique strings or whole numbers, what the columns mean; None numbers them from 0.
        report: how they were made, what was read and dropped (counts by name).

    Raises:
        DataError: shapes do not fit, the numbers are of another type or not finite, or an id or a name occurs
            twice.
    """

    __slots__ = ("ids", "matrix", "names", "report")

    def __init__(
        self,
        matrix: Any,
        *,
        ids: Any = None,
        names: Any = None,
        report: Mapping[str, Any] | None = None,
    ):
        self.matrix: Any = _checked_matrix(matrix)
        self.ids = _checked_ids("ids", ids, self.matrix.shape[0])
        self.names = _checked_ids("names", names, self.matrix.shape[1])
        self.report = dict(report or {})

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def __repr__(self) -> str:
        rows, columns = self.shape
        how = f"{self.matrix.nnz:,} stored" if self.is_sparse else "dense"
        return f"Features({rows:,} × {columns:,}, {how})"

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns there are."""
        rows, columns = self.matrix.shape
        return int(rows), int(columns)

    @property
    def is_sparse(self) -> bool:
        """Whether the matrix is a CSR matrix."""
        return _is_sparse(self.matrix)

    def take(self, ids: Iterable[str] | Iterable[int]) -> Features:
        """The rows of these ids alone, in this order.

        Raises:
            UnknownIdError: an id is not here; the message gives three that are.
        """
        wanted: list[Any] = list(ids)
        kind: Any = (int, np.integer) if isinstance(self.ids, Integers) else str
        known = np.array([isinstance(key, kind) for key in wanted], np.bool_)
        rows = np.full(known.size, -1)
        rows[known] = self.ids.rows([key for key in wanted if isinstance(key, kind)])
        if rows.size and rows.min() < 0:
            key = wanted[int(np.argmax(rows < 0))]
            near = self.ids.nearest(key) if isinstance(key, kind) else list(self.ids[:3])
            raise UnknownIdError(f"{key!r} is not among these {len(self):,} ids, such as {near}")
        return Features(self.matrix[rows], ids=self.ids.take(rows), names=self.names, report=self.report)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the features as one safetensors file with checksums, atomically.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.formats.features import write_features

        write_features(self, path, force=force)

    @staticmethod
    def load(path: str | os.PathLike[str], *, verify: bool = False) -> Features:
        """Open a file that `save` wrote; the arrays are mapped, not copied.

        Args:
            path: the file.
            verify: also compare everything with the checksums.

        Raises:
            FormatError: the file is damaged or holds no features.
        """
        from firth.formats.features import read_features

        return read_features(path, verify=verify)


def _is_sparse(matrix: Any) -> bool:
    return not isinstance(matrix, np.ndarray)


def _checked_matrix(matrix: Any) -> Any:
    """The matrix as an array or a CSR array in canonical form."""
    if not isinstance(matrix, np.ndarray):
        from scipy.sparse import csr_array, issparse

        is_sparse: bool = issparse(matrix)
        if not is_sparse:
            raise DataError(
                f"a matrix is a NumPy array or a SciPy sparse matrix, not {type(matrix).__name__}"
            )
        matrix = csr_array(matrix)
        if not matrix.has_canonical_format:
            matrix = matrix.copy()  # the caller's own stays as it was
            matrix.sum_duplicates()
    if matrix.ndim != 2:
        raise DataError(f"a matrix has two dimensions, (rows, features); this one has shape {matrix.shape}")
    if matrix.dtype not in (np.float32, np.float64):
        raise DataError(f"features are float32 or float64, not {matrix.dtype}: matrix.astype(np.float32)")
    values = (matrix.data if _is_sparse(matrix) else matrix).reshape(-1)
    for start in range(0, values.size, _STEP):
        finite = np.isfinite(values[start : start + _STEP])
        if not finite.all():
            place = start + int(np.argmin(finite))
            ends = (
                matrix.indptr[1:] if _is_sparse(matrix) else matrix.shape[1] * np.arange(1, len(matrix) + 1)
            )
            row = int(np.searchsorted(ends, place, side="right"))
            raise DataError(f"features are finite numbers; row {row} holds {values[place]}")
    return matrix


def _checked_ids(what: str, given: Any, size: int) -> Ids:
    if given is None:
        return Integers(np.arange(size))
    ids = make_ids(given)
    if len(ids) != size:
        raise DataError(f"{len(ids):,} {what} do not fit a matrix of {size:,}; each needs one")
    ids.rows([])  # looks whether one occurs twice
    return ids
