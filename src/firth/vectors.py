"""`Vectors`: the artifact that every learner makes and every other room takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.data.ids import Ids, Integers, make_ids
from firth.errors import DataError, OptionError, UnknownIdError
from firth.fingerprints import check_name, check_same_space, fingerprint_of
from firth.hits import Hits
from firth.options import check_metric

if TYPE_CHECKING:
    from firth.neighbours import Scales

__all__ = ["Metric", "Vectors"]

Metric: TypeAlias = Literal["cosine", "dot", "euclidean"]
Key: TypeAlias = str | int
_BLOCK = 16_384  # queries that are gathered at a time
_SEVERAL = "search takes several queries; for one id or vector there is most_similar"


class Vectors:
    """Rows of numbers with a unique id each. Immutable.

    Args:
        ids: n unique strings or whole numbers: a table of them, an integer array or any iterable.
        matrix: (n, d), kept as float32 and C-contiguous; not copied if it is already, and may be
            memory-mapped.
        columns: more values a row, such as {"counts": int64 array}; each of length n.
        metric: what "near" means: "cosine", "dot" or "euclidean". A score is always higher when nearer.
        meta: where the rows come from: recipe, data fingerprint, versions. Values that JSON can hold.
        fingerprint: the name of the space that the rows are in, where they are a part of one or were encoded
            into one: `model.vectors.fingerprint`, or the name of a foreign model. Computed if None.

    Raises:
        DataError: the shapes do not fit together.
        OptionError: the metric is none of the three.
    """

    __slots__ = ("_fingerprint", "_scales", "_unit", "columns", "ids", "matrix", "meta", "metric")

    ids: Ids
    matrix: NDArray[np.float32]
    columns: Mapping[str, NDArray[Any]]
    metric: Metric
    meta: Mapping[str, Any]
    _fingerprint: str | None
    _scales: Scales | None
    _unit: Vectors | None

    def __init__(
        self,
        ids: Any,
        matrix: ArrayLike,
        *,
        columns: Mapping[str, ArrayLike] | None = None,
        metric: Metric = "cosine",
        meta: Mapping[str, Any] | None = None,
        fingerprint: str | None = None,
    ):
        table = make_ids(ids)
        rows = _read_only(np.ascontiguousarray(matrix, dtype=np.float32))
        if rows.ndim != 2:
            raise DataError(f"a matrix has two dimensions, (rows, dim); this one has shape {rows.shape}")
        if len(rows) != len(table):
            raise DataError(f"{len(table):,} ids do not fit a matrix of {len(rows):,} rows")
        check_metric(metric)
        more = {name: _read_only(np.asarray(column)) for name, column in (columns or {}).items()}
        for name, column in more.items():
            if column.ndim == 0:
                raise DataError(f"the column {name!r} is one value, {column}; it needs one for each row")
            if len(column) != len(table):
                raise DataError(f"the column {name!r} has {len(column):,} values for {len(table):,} rows")
        put = object.__setattr__
        put(self, "ids", table)
        put(self, "matrix", rows)
        put(self, "columns", MappingProxyType(more))
        put(self, "metric", metric)
        put(self, "meta", MappingProxyType(dict(meta or {})))
        put(self, "_fingerprint", None if fingerprint is None else check_name(fingerprint))
        put(self, "_scales", None)  # filled by the first search
        put(self, "_unit", None)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Vectors are immutable; make new ones instead of setting {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        """How copies are made, also in another process: anew, from what the constructor takes."""
        more = dict(self.columns), self.metric, dict(self.meta), self._fingerprint
        return _make, (self.ids, self.matrix, *more)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.ids)

    def __contains__(self, key: object) -> bool:
        return key in self.ids

    def __getitem__(self, key: Key | Iterable[Key]) -> NDArray[np.float32]:
        """The vector of an id, (d,), or of several, (m, d). Raises UnknownIdError."""
        if isinstance(key, (str, int, np.integer)):
            return cast("NDArray[np.float32]", self.matrix[self.rows([key])[0]])
        return self.matrix[self.rows(key)]

    def __eq__(self, other: object) -> bool:
        """Whether ids, matrix (NaN equals NaN), columns and metric are the same; `meta` and `fingerprint` do
        not count."""
        if not isinstance(other, Vectors):
            return NotImplemented
        return (
            self.ids == other.ids
            and self.metric == other.metric
            and np.array_equal(self.matrix, other.matrix, equal_nan=True)
            and self.columns.keys() == other.columns.keys()
            and all(np.array_equal(column, other.columns[name]) for name, column in self.columns.items())
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Vectors({len(self):,} ids, dim {self.dim}, {self.metric})"

    @property
    def dim(self) -> int:
        """How many numbers a row has."""
        return int(self.matrix.shape[1])

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each id was seen, if that is known: the column "counts"."""
        return self.columns.get("counts")

    @property
    def fingerprint(self) -> str:
        """The name of the space that the rows are in: the same for a selection, another for another run.

        Vectors of two fingerprints are never compared: a search with them raises SpaceMismatchError.
        """
        if self._fingerprint is None:
            object.__setattr__(self, "_fingerprint", fingerprint_of(self.ids, self.matrix))
        return cast("str", self._fingerprint)

    def rows(self, ids: Iterable[Key]) -> NDArray[np.int64]:
        """The row number of each id, int64.

        Raises:
            UnknownIdError: an id is not here; the message gives the three nearest spellings.
            DataError: one id was given and not several.
        """
        if isinstance(ids, (str, int, np.integer)):
            raise DataError(f"several ids are expected here; for one alone, write [{ids!r}]")
        ids = list(ids)  # an iterator can be read only once
        numbers = isinstance(self.ids, Integers)
        for key in ids:
            if not isinstance(key, (int, np.integer) if numbers else str):
                kind = "whole numbers" if numbers else "strings"
                raise UnknownIdError(f"{key!r} is no id here: the ids of these vectors are {kind}")
        rows = self.ids.rows(ids)  # type: ignore[arg-type]
        if rows.size and rows.min() < 0:
            key = ids[int(np.argmax(rows < 0))]
            near = self.ids.nearest(key)  # type: ignore[arg-type]
            hint = f"; the nearest are {', '.join(repr(k) for k in near)}" if near else ""
            raise UnknownIdError(f"{key!r} is not among these {len(self):,} ids{hint}")
        return rows

    def take(self, ids: Iterable[Key]) -> Vectors:
        """The vectors of these ids alone, in this order; the errors are those of `rows`."""
        return self._at(self.rows(ids))

    def most_frequent(self, n: int) -> Vectors:
        """The n rows seen most often, by `counts` (the first n where there are none); all if there are fewer.

        Raises:
            OptionError: n is not positive.
        """
        counts = self.counts
        if _at_least_one("n", n) >= len(self):
            return self
        if counts is None or np.all(counts[1:] <= counts[:-1]):
            rows = np.arange(n)
        else:
            rows = _falling(counts)[:n]
        return self._at(rows)

    def unit(self) -> Vectors:
        """The same rows at length 1; rows of zeros stay zeros. Computed once, and as large as the matrix."""
        if self._unit is None:
            from firth.neighbours import unit_rows

            unit = Vectors(
                self.ids,
                unit_rows(self.matrix),
                columns=self.columns,
                metric=self.metric,
                meta=self.meta,
                fingerprint=self.fingerprint if self.metric == "cosine" else None,  # else lengths count
            )
            object.__setattr__(self, "_unit", unit)
        return cast("Vectors", self._unit)

    def similarity(self, a: Any, b: Any) -> Any:
        """How near `a` is to `b`: the cosine, the dot product or minus the euclidean distance.

        Args:
            a: an id, a vector (d,), a sequence of ids, or vectors (m, d), also as `Vectors` of the same
                space. A list of numbers is a vector if the ids are strings or a float is among the numbers,
                and else several ids.
            b: the same; one id or vector is compared with each of several.

        Returns:
            A float if both are single, else float64 (m,). The cosine with a vector of zeros is 0.

        Raises:
            UnknownIdError: an id is not here; the message gives the three nearest spellings.
            DataError: a vector has another dim, or the two have different lengths.
            SpaceMismatchError: Vectors of another space were given.
        """
        from firth.neighbours import scores_of_pairs

        left, right = self._queries(a), self._queries(b)
        if len(left.vectors) != len(right.vectors) and not (left.single or right.single):
            raise DataError(f"{len(left.vectors):,} items cannot be paired with {len(right.vectors):,}")
        scores = scores_of_pairs(left.vectors, right.vectors, self.metric)
        return float(scores[0]) if left.single and right.single else scores

    def distance(self, a: Any, b: Any) -> Any:
        """How far `a` is from `b`: 1 - cosine, minus the dot product, or the distance; see `similarity`."""
        score = self.similarity(a, b)
        return 1 - score if self.metric == "cosine" else 0 - score

    def most_similar(self, positive: Any, negative: Any = (), *, topn: int = 10) -> Hits:
        """The ids nearest to what `positive` have in common and `negative` lack, best first.

        With the cosine the query is the mean of the unit vectors, those of `negative` taken negatively
        (Mikolov et al. 2013, "Linguistic Regularities in Continuous Space Word Representations", NAACL,
        section 4: the answer to "man is to woman as king is to ?" is nearest to king - man + woman). With the
        other metrics it is the sum of the rows as they are, divided by the number of positives less the
        number of negatives where that is more than 1.

        Args:
            positive: an id, a vector (d,), or a sequence of ids, of vectors, or of both; or `Vectors` of the
                same space. For a list of numbers see `similarity`.
            negative: the same.
            topn: how many answers at most.

        Returns:
            Hits of one query, (min(topn, ids that are left),): the ids that were given are no answers.

        Raises:
            UnknownIdError: an id is not here; the message gives the three nearest spellings.
            DataError: nothing was given, or a vector has another dim or a value that is not finite.
            SpaceMismatchError: Vectors of another space were given.
            OptionError: topn is not positive.
        """
        plus, minus = self._queries(positive), self._queries(negative)
        if not len(plus.vectors) + len(minus.vectors):
            raise DataError("most_similar needs at least one id or vector")
        weights = np.repeat([1.0, -1.0], [len(plus.vectors), len(minus.vectors)])
        items = np.concatenate([plus.vectors, minus.vectors])
        if self.metric == "cosine":
            from firth.neighbours import unit_rows

            items = unit_rows(items)
        query = weights @ items.astype(np.float64) / max(1.0, weights.sum())
        given = np.unique(np.concatenate([plus.rows, minus.rows]))
        excluded = given[given >= 0]
        k = min(_at_least_one("topn", topn), len(self) - len(excluded))
        hits = self._nearest(query.astype(np.float32)[None], excluded[None], k)
        return hits[0]  # type: ignore[no-any-return]

    def search(self, queries: Any, *, topn: int = 10) -> Hits:
        """The nearest ids of each of many queries, exact, best first; equally near ones in the order of rows.

        It runs in blocks, so that beside the answer it takes some 20 MB, however many there are.

        Args:
            queries: a sequence of ids, or vectors (m, d), also as `Vectors` of the same space. An id is no
                answer to itself; a vector has no id, so the ids of `Vectors` leave nothing out.
            topn: how many answers a query at most.

        Returns:
            Hits of m queries, (m, min(topn, len(self))); row -1 and score -inf fill places without an answer.

        Raises:
            UnknownIdError: an id is not here; the message gives the three nearest spellings.
            DataError: the vectors have another dim or a value that is not finite.
            SpaceMismatchError: Vectors of another space were given.
            OptionError: topn is not positive.
        """
        if isinstance(queries, Vectors):
            queries = self._queries(queries).vectors
        if isinstance(queries, (str, int, np.integer)):
            raise DataError(_SEVERAL)
        items = queries if isinstance(queries, np.ndarray) else list(queries)
        if self._is_vector(items):
            raise DataError(_SEVERAL)
        k = min(_at_least_one("topn", topn), len(self))
        rows = np.empty((len(items), k), np.int64)
        scores = np.empty((len(items), k), np.float32)
        for start in range(0, len(items), _BLOCK):
            block = slice(start, start + _BLOCK)
            query = self._queries(items[block])
            hits = self._nearest(query.vectors, query.rows[:, None], k)
            rows[block], scores[block] = hits.rows, hits.scores
        return Hits(rows, scores, self.ids)

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

    def _nearest(self, queries: NDArray[np.float32], excluded: NDArray[np.int64], k: int) -> Hits:
        """Hits (m, k) of vectors (m, d), the rows in `excluded` (m, e) left out."""
        from firth.neighbours import nearest, row_scales

        bad = ~np.isfinite(queries).all(axis=1)
        if bad.any():
            raise DataError(f"query {int(np.argmax(bad))} has a value that is not a finite number")
        if k < 1 or not len(queries):
            shape = (len(queries), max(0, k))
            return Hits(np.empty(shape, np.int64), np.empty(shape, np.float32), self.ids)
        if self._scales is None:
            object.__setattr__(self, "_scales", row_scales(self.matrix, self.metric))
        scales = cast("Scales", self._scales)
        rows, scores = nearest(queries, self.matrix, scales, metric=self.metric, k=k, excluded=excluded)
        return Hits(rows, scores, self.ids)

    def _queries(self, given: Any) -> _Queries:
        """What an argument of a search means: an id, a vector, or several of them."""
        if isinstance(given, Vectors):
            check_same_space(self.fingerprint, given, what="the vectors to search for")
            return _Queries(self._checked(given.matrix), np.full(len(given), -1, np.int64))
        if isinstance(given, (str, int, np.integer)):
            row = self.rows([given])  # type: ignore[list-item]
            return _Queries(self.matrix[row], row, single=True)
        if isinstance(given, (list, tuple)) and self._is_vector(given):
            given = np.asarray(given, np.float32)
        if isinstance(given, np.ndarray) and self._holds_numbers(given):
            vectors = np.ascontiguousarray(np.atleast_2d(self._checked(given)))
            return _Queries(vectors, np.full(len(vectors), -1, np.int64), single=given.ndim == 1)
        items = given.tolist() if isinstance(given, np.ndarray) else list(given)
        rows = np.full(len(items), -1, np.int64)
        is_id = np.array([isinstance(item, (str, int, np.integer)) for item in items], bool)
        rows[is_id] = self.rows([item for item, yes in zip(items, is_id, strict=True) if yes])
        vectors = np.empty((len(items), self.dim), np.float32)
        vectors[is_id] = self.matrix[rows[is_id]]
        for i in np.flatnonzero(~is_id):
            vectors[i] = self._checked(np.asarray(items[i]), ndims=(1,))
        return _Queries(vectors, rows)

    def _is_vector(self, given: Any) -> bool:
        """Whether a list or an array is one vector, and not several ids."""
        if isinstance(given, np.ndarray):
            return given.ndim == 1 and self._holds_numbers(given)
        numbers = all(isinstance(x, (int, float, np.integer, np.floating)) for x in given)
        may_be_ids = isinstance(self.ids, Integers)
        return (
            bool(given)
            and numbers
            and not (may_be_ids and all(isinstance(x, (int, np.integer)) for x in given))
        )

    def _holds_numbers(self, array: NDArray[Any]) -> bool:
        """Whether an array holds vectors and not ids: a plain array of whole numbers may hold either."""
        if array.dtype.kind in "iu":
            return array.ndim == 2 or not isinstance(self.ids, Integers)
        return array.dtype.kind == "f"

    def _checked(self, vectors: NDArray[Any], *, ndims: tuple[int, ...] = (1, 2)) -> NDArray[np.float32]:
        """A vector (d,) or vectors (m, d) as float32. Raises DataError where shape or type does not fit."""
        if vectors.dtype.kind not in "fiu" or vectors.ndim not in ndims or vectors.shape[-1] != self.dim:
            found = f"shape {vectors.shape} and type {vectors.dtype}"
            raise DataError(f"a query of {found} does not fit vectors of dim {self.dim}")
        return vectors.astype(np.float32, copy=False)

    def _at(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of these rows alone, in this order."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Vectors(
            self.ids.take(rows),
            self.matrix[rows],
            columns=columns,
            metric=self.metric,
            meta=self.meta,
            fingerprint=self.fingerprint,
        )


def _make(
    ids: Ids,
    matrix: NDArray[np.float32],
    columns: dict[str, Any],
    metric: Metric,
    meta: dict[str, Any],
    fingerprint: str | None,
) -> Vectors:
    """The constructor with every argument by position."""
    return Vectors(ids, matrix, columns=columns, metric=metric, meta=meta, fingerprint=fingerprint)


class _Queries(NamedTuple):
    """Vectors (m, d) to search for, and their rows (m,), -1 for those that are no ids; `single` if not a
    batch."""

    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    single: bool = False


def _falling(counts: NDArray[Any]) -> NDArray[np.int64]:
    """The order by falling counts, of equal ones by rising row, NaN last; int64, (n,).

    The rising order of the reversed counts, read backwards: a minus would wrap where they are unsigned.
    """
    if counts.dtype.kind == "f":
        counts = np.where(np.isnan(counts), -np.inf, counts)
    return len(counts) - 1 - np.argsort(counts[::-1], kind="stable")[::-1]


def _at_least_one(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise OptionError(f"{name} is a whole number from 1 on, not {value!r}")
    return int(value)


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of the array that refuses to be written to; the caller's own array stays as it was."""
    view = array.view()
    view.flags.writeable = False
    return view
