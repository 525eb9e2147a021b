"""`Vectors`: the artifact that every learner makes and every other room takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.data.ids import Ids, Integers, make_ids
from firth.errors import DataError, OptionError, UnknownIdError
from firth.hits import Hits

__all__ = ["Metric", "Vectors"]

Metric: TypeAlias = Literal["cosine", "dot", "euclidean"]
Key: TypeAlias = str | int


class Vectors:
    """Rows of numbers with a unique id each. Immutable.

    Args:
        ids: n unique strings or whole numbers: a table of them, an integer array or any iterable.
        matrix: (n, d), kept as float32 and C-contiguous; not copied if it is already, and may be memory-mapped.
        columns: more values a row, such as {"counts": int64 array}; each of length n.
        metric: what "near" means: "cosine", "dot" or "euclidean". A score is always higher when nearer.
        meta: where the rows come from: recipe, data fingerprint, versions. Values that JSON can hold.

    Raises:
        DataError: the shapes do not fit together.
        OptionError: the metric is none of the three.
    """

    __slots__ = ("_unit", "columns", "ids", "matrix", "meta", "metric")

    ids: Ids
    matrix: NDArray[np.float32]
    columns: Mapping[str, NDArray[Any]]
    metric: Metric
    meta: Mapping[str, Any]

    def __init__(
        self,
        ids: Any,
        matrix: ArrayLike,
        *,
        columns: Mapping[str, ArrayLike] | None = None,
        metric: Metric = "cosine",
        meta: Mapping[str, Any] | None = None,
    ):
        table = make_ids(ids)
        rows = _read_only(np.ascontiguousarray(matrix, dtype=np.float32))
        if rows.ndim != 2:
            raise DataError(f"a matrix has two dimensions, (rows, dim); this one has shape {rows.shape}")
        if len(rows) != len(table):
            raise DataError(f"{len(table):,} ids do not fit a matrix of {len(rows):,} rows")
        if metric not in ("cosine", "dot", "euclidean"):
            raise OptionError(f"metric is 'cosine', 'dot' or 'euclidean', not {metric!r}")
        more = {name: _read_only(np.asarray(column)) for name, column in (columns or {}).items()}
        for name, column in more.items():
            if len(column) != len(table):
                raise DataError(f"the column {name!r} has {len(column):,} values for {len(table):,} rows")
        put = object.__setattr__
        put(self, "ids", table)
        put(self, "matrix", rows)
        put(self, "columns", MappingProxyType(more))
        put(self, "metric", metric)
        put(self, "meta", MappingProxyType(dict(meta or {})))
        put(self, "_unit", None)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Vectors are immutable; make new ones instead of setting {name!r}")

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.ids)

    def __contains__(self, key: object) -> bool:
        return key in self.ids

    def __getitem__(self, key: Key | Sequence[Key]) -> NDArray[np.float32]:
        """The vector of an id, (d,), or of several, (m, d). Raises UnknownIdError."""
        if isinstance(key, (str, int, np.integer)):
            return self.matrix[self.rows([key])[0]]
        return self.matrix[self.rows(key)]

    def __repr__(self) -> str:
        return f"Vectors({len(self):,} ids, dim {self.dim}, {self.metric})"

    @property
    def dim(self) -> int:
        """How many numbers a row has."""
        return self.matrix.shape[1]

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each id was seen, if that is known: the column "counts"."""
        return self.columns.get("counts")

    def rows(self, ids: Sequence[Key]) -> NDArray[np.int64]:
        """The row number of each id, int64.

        Raises:
            UnknownIdError: an id is not here; the message gives the three nearest spellings.
        """
        numbers = isinstance(self.ids, Integers)
        for key in ids:
            if not isinstance(key, (int, np.integer) if numbers else str):
                raise UnknownIdError(
                    f"{key!r} is no id here: the ids of these vectors are {'whole numbers' if numbers else 'strings'}"
                )
        rows = self.ids.rows(ids)  # type: ignore[arg-type]
        if rows.size and rows.min() < 0:
            key = ids[int(np.argmax(rows < 0))]
            near = self.ids.nearest(key)  # type: ignore[arg-type]
            hint = f"; the nearest are {', '.join(repr(k) for k in near)}" if near else ""
            raise UnknownIdError(f"{key!r} is not among these {len(self):,} ids{hint}")
        return rows

    def take(self, ids: Sequence[Key]) -> Vectors:
        """The vectors of these ids alone, in this order. Raises UnknownIdError."""
        rows = self.rows(ids)
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Vectors(
            self.ids.take(rows), self.matrix[rows], columns=columns, metric=self.metric, meta=self.meta
        )

    def unit(self) -> Vectors:
        """The same rows at length 1; rows of zeros stay zeros. Computed once."""
        raise NotImplementedError

    def similarity(self, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def distance(self, a: Any, b: Any) -> Any:
        raise NotImplementedError

    def most_similar(self, positive: Any, negative: Any = (), *, topn: int = 10) -> Hits:
        raise NotImplementedError

    def search(self, queries: Any, *, topn: int = 10) -> Hits:
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write these vectors as one Firth file (see docs/format.md), atomically.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.model import Model

        Model({"vectors": self}).save(path, force=force)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vectors:
        """The main vectors of a file of any format that Firth reads; see `firth.load`."""
        from firth.model import load

        return load(path).vectors


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of the array that refuses to be written to; the caller's own array stays as it was."""
    view = array.view()
    view.flags.writeable = False
    return view
