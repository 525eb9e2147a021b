"""`Edges`: weighted pairs, the form that co-occurrence counts, graphs and events of users all take."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from firth.data.vocabulary import Vocabulary
from firth.errors import DataError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Edges"]

_STEP = 1 << 22  # edges looked at together


class Edges:
    """Pairs of a left and a right key, each with a weight.

    Args:
        i, j: int32, (n,): rows of the left and of the right vocabulary.
        weight: float32 or float64, (n,), finite.
        left: what the numbers in i mean.
        right: what the numbers in j mean; None if that is the same vocabulary.
        relation: int32, (n,): the kind of each edge, 0 or more; None if there is one kind only.
        report: how they were made, what was read and dropped (counts by name).

    Raises:
        DataError: the arrays have other dtypes or lengths, a number is no row of its vocabulary, or a weight
            is infinite or not a number.

    The arrays may be maps of a file; they are taken as they are and are not to be changed. A pair may occur
    several times, and in any order; `cooccur` and `of` give each pair once, sorted by i and then j.
    """

    __slots__ = ("_sorted", "i", "j", "left", "relation", "report", "right", "weight")

    def __init__(
        self,
        i: NDArray[np.int32],
        j: NDArray[np.int32],
        weight: NDArray[np.float32] | NDArray[np.float64],
        *,
        left: Vocabulary,
        right: Vocabulary | None = None,
        relation: NDArray[np.int32] | None = None,
        report: Mapping[str, Any] | None = None,
    ):
        right = left if right is None else right
        _check_rows("i", i, len(left))
        _check_rows("j", j, len(right))
        if relation is not None:
            _check_rows("relation", relation, 2**31 - 1)
        _check_weight(weight)
        sizes = {array.size for array in (i, j, weight, relation) if array is not None}
        if len(sizes) > 1:
            raise DataError(f"the arrays of edges have one length; these have {sorted(sizes)}")
        self.i, self.j, self.weight, self.relation = i, j, weight, relation
        self.left, self.right = left, right
        self.report = dict(report or {})
        self._sorted: bool | None = None

    @classmethod
    def of(
        cls,
        triples: Iterable[tuple[str, str, float]],
        *,
        shared: bool = False,
        dtype: DTypeLike = np.float32,
    ) -> Edges:
        """The edges of these (left, right, weight); the weights of equal pairs are added up.

        >>> Edges.of([("ice", "solid", 3), ("ice", "water", 9), ("steam", "water", 8)])
        Edges(3 of 2 × 2)

        Args:
            triples: left key, right key, weight.
            shared: both sides are of one kind, such as words, and get one vocabulary.
            dtype: of the weights, float32 or float64.

        Returns:
            Edges sorted by i and j. A key counts once for each triple that it is in.

        Raises:
            DataError: there is no triple, a key is not a string, or a weight is no number or not finite.
        """
        listed = list(triples)
        if not listed:
            raise DataError("there are no edges: give triples (left, right, weight)")
        try:
            lefts, rights, weights = (list(part) for part in zip(*listed, strict=True))
        except (TypeError, ValueError):
            wrong = next((one for one in listed if not _is_triple(one)), listed[0])
            raise DataError(f"an edge is a triple (left, right, weight), not {wrong!r}") from None
        left = Vocabulary.of(lefts + rights if shared else lefts)
        right = left if shared else Vocabulary.of(rights)
        i, j = left.keys.rows(lefts), right.keys.rows(rights)
        pairs, place = np.unique(i * len(right) + j, return_inverse=True)
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused below
            weight = np.bincount(place, _numbers(weights), pairs.size).astype(dtype)
        return cls(
            (pairs // len(right)).astype(np.int32),
            (pairs % len(right)).astype(np.int32),
            weight,
            left=left,
            right=right,
            report={"triples": len(listed), "added_up": len(listed) - pairs.size},
        )

    def __len__(self) -> int:
        return int(self.i.size)

    def __repr__(self) -> str:
        return f"Edges({len(self):,} of {len(self.left):,} × {len(self.right):,})"

    @property
    def shape(self) -> tuple[int, int]:
        """How many left and how many right keys there are: the shape of `to_sparse()`."""
        return len(self.left), len(self.right)

    @property
    def shared(self) -> bool:
        """Whether both sides are the same vocabulary."""
        return self.left is self.right or self.left == self.right

    @property
    def is_sorted(self) -> bool:
        """Whether each pair occurs once, and all stand sorted by i and then j; looked at once."""
        if self._sorted is None:
            self._sorted = all(
                bool(np.all(np.diff(self._pair_numbers(start)) > 0)) for start in range(0, len(self), _STEP)
            )
        return self._sorted

    def _pair_numbers(self, start: int) -> NDArray[np.int64]:
        """i · columns + j from `start` on, and one more than a step, so that steps overlap."""
        part = slice(start, start + _STEP + 1)
        return self.i[part].astype(np.int64) * len(self.right) + self.j[part]

    def row_starts(self) -> NDArray[np.int64]:
        """Where the edges of each left key begin, and the end; int64, (left + 1,).

        Raises:
            DataError: the edges are not sorted.
        """
        if not self.is_sorted:
            raise DataError(
                "these edges are not sorted by i and j, or hold a pair twice: call merged() first"
            )
        starts = np.zeros(len(self.left) + 1, np.int64)
        for start in range(0, len(self), _STEP):  # in parts: bincount makes int64 of what it counts
            starts[1:] += np.bincount(self.i[start : start + _STEP], minlength=len(self.left))
        return np.cumsum(starts, out=starts)

    def merged(self) -> Edges:
        """The same pairs, each once, sorted by i and j, with the weights of equal pairs added up (over all
        relations); these edges themselves where they are so already."""
        if self.is_sorted and self.relation is None:
            return self
        table = self.to_sparse()
        report = self.report | {"added_up": self.report.get("added_up", 0) + len(self) - table.nnz}
        i = np.repeat(np.arange(len(self.left), dtype=np.int32), np.diff(table.indptr))
        j = table.indices.astype(np.int32, copy=False)
        return Edges(i, j, table.data, left=self.left, right=self.right, report=report)

    def to_sparse(self) -> csr_array:
        """The weights as a sparse matrix, SciPy CSR (left, right), sorted, the weights of equal pairs (over
        all relations) added up. Where the edges are sorted it shares j and weight with them."""
        from scipy.sparse import coo_array, csr_array

        if self.is_sorted:
            starts = self.row_starts()
            if len(self) < 2**31:  # SciPy keeps both index arrays in one dtype, and copies j if it has to
                starts = starts.astype(np.int32)
            table = csr_array((self.weight, self.j, starts), shape=self.shape)
            table.has_canonical_format = True
            return table
        return coo_array((self.weight, (self.i, self.j)), shape=self.shape).tocsr()

    def summary(self) -> str:
        """How many edges, how dense and how heavy, in a plain sentence."""
        rows, columns = self.shape
        share = len(self) / (rows * columns)
        total = float(self.weight.sum(dtype=np.float64))
        size = f"{len(self):,} edges between {rows:,} and {columns:,} keys"
        return f"{size} ({share:.2%}), weighing {total:,.10g}."

    def fingerprint(self) -> str:
        """The fingerprints of the vocabularies, the number of edges, and a CRC-32 of the arrays."""
        checksum = 0
        for array in (self.i, self.j, self.weight, self.relation):
            if array is not None:
                for start in range(0, len(self), _STEP):
                    checksum = zlib.crc32(array[start : start + _STEP].tobytes(), checksum)
        return f"{self.left.fingerprint()}-{self.right.fingerprint()}-{len(self)}-{checksum:08x}"

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the edges as one safetensors file with checksums, atomically.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.formats.edges import write_edges

        write_edges(self, path, force=force)

    @staticmethod
    def load(path: str | os.PathLike[str], *, verify: bool = False) -> Edges:
        """Open a file that `save` wrote; the arrays are mapped, not copied.

        Args:
            path: the file.
            verify: also compare everything with the checksums.

        Raises:
            FormatError: the file is damaged or holds no edges.
        """
        from firth.formats.edges import read_edges

        return read_edges(path, verify=verify)


# Kernels trust rows: they read and write without looking at the bounds of arrays.


def _is_triple(one: Any) -> bool:
    try:
        return len(one) == 3
    except TypeError:
        return False


def _numbers(weights: list[Any]) -> NDArray[np.float64]:
    """The weights of triples. Raises DataError for one that is no number."""
    try:
        return np.array(weights, np.float64)
    except (TypeError, ValueError):
        wrong = next((one for one in weights if not isinstance(one, int | float | np.number)), weights)
        raise DataError(f"the weight of an edge is a number, not {wrong!r}") from None


def _check_rows(name: str, rows: NDArray[np.int32], size: int) -> None:
    if not isinstance(rows, np.ndarray) or rows.dtype != np.int32 or rows.ndim != 1:
        raise DataError(f"{name} is one-dimensional and int32: np.array({name}, np.int32)")
    if rows.size and not 0 <= rows.min() <= rows.max() < size:
        place = int(np.flatnonzero((rows < 0) | (rows >= size))[0])
        raise DataError(f"{name} lies from 0 to {size - 1:,}; number {place:,} is {rows[place]}")


def _check_weight(weight: NDArray[Any]) -> None:
    if not isinstance(weight, np.ndarray) or weight.dtype not in (np.float32, np.float64) or weight.ndim != 1:
        raise DataError("weight is one-dimensional and float32 or float64: np.array(weight, np.float32)")
    for start in range(0, weight.size, _STEP):
        finite = np.isfinite(weight[start : start + _STEP])
        if not finite.all():
            place = start + int(np.argmin(finite))
            raise DataError(f"a weight is a finite number; number {place:,} is {weight[place]}")
