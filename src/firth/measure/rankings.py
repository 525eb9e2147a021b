"""Numbers of documents by query, as arrays: the scores of a run (`Rankings`) and the grades of judgements.

TREC calls what a search answered to many queries a run. Both also come as mappings of mappings, which is
what people write by hand; arrays are what a search makes, and are scored without a step in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError

__all__ = ["ByQuery", "Grades", "Rankings", "by_query", "numbers_of", "offsets_of", "single"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ByQuery:
    """A number for each of some documents of each query.

    Attributes:
        queries: the ids of the queries, unique.
        documents: the table of ids that `rows` refers to.
        offsets: int64, (queries + 1,): what belongs to query i stands from offsets[i] to offsets[i + 1].
        rows: int64, (n,): the documents, each at most once a query.
        values: float32, (n,): their numbers.

    Raises:
        DataError: the arrays do not fit together, a value is NaN, or a query has a document twice.
    """

    queries: tuple[str, ...]
    documents: Strings
    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        _check_ids("query", self.queries)
        object.__setattr__(self, "offsets", _whole("offsets", self.offsets))
        object.__setattr__(self, "rows", _whole("rows", self.rows))
        object.__setattr__(self, "values", single(_array("values", self.values, "iuf", "numbers")))
        n, sizes = self.rows.size, np.diff(self.offsets)
        fits = self.offsets.size == len(self.queries) + 1 and n == self.values.size
        if not fits or self.offsets[0] != 0 or self.offsets[-1] != n or np.any(sizes < 0):
            raise DataError(
                f"{len(self.queries):,} queries with {n:,} rows and {self.values.size:,} values need "
                f"{len(self.queries) + 1:,} offsets that rise from 0 to {n:,}"
            )
        if len(set(self.queries)) != len(self.queries):
            raise DataError("a query stands twice in these rankings; give each once, with all its results")
        if n and not 0 <= self.rows.min() <= self.rows.max() < len(self.documents):
            raise DataError(f"a row of a document is outside 0 to {len(self.documents) - 1:,}")
        query = np.repeat(np.arange(len(self.queries)), sizes)
        if (bad := np.flatnonzero(np.isnan(self.values))).size:
            raise DataError(f"the number of {self._named(int(bad[0]), query)} is NaN")
        order = np.lexsort((self.rows, query))
        same = (np.diff(query[order]) == 0) & (np.diff(self.rows[order]) == 0)
        if same.any():
            raise DataError(f"{self._named(int(order[np.argmax(same)]), query)} stands there twice")

    @classmethod
    def of(cls, numbers: Mapping[str, Mapping[str, float]]) -> Self:
        """The arrays of a mapping: by query, the number of each document. Numbers become float32.

        >>> Rankings.of({"q1": {"d1": 2.5, "d2": 0.5}})
        Rankings(1 queries, 2 documents)

        Raises:
            DataError: they are no mapping of mappings, a value is no number, or an id is not a string.
        """
        numbers, rows = by_query(numbers), dict[str, int]()
        found = [rows.setdefault(key, len(rows)) for inner in numbers.values() for key in inner]
        offsets = offsets_of([len(inner) for inner in numbers.values()])
        return cls(
            queries=tuple(numbers),
            documents=Strings.of(rows),
            offsets=offsets,
            rows=np.array(found, np.int64),
            values=single(numbers_of(numbers.values(), int(offsets[-1]))),
        )

    def __len__(self) -> int:
        return len(self.queries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.queries):,} queries, {self.rows.size:,} documents)"

    def to_dict(self) -> dict[str, dict[str, float]]:
        """By query, the number of each document: the greatest first, of equal ones the greatest id."""
        found: dict[str, dict[str, float]] = {}
        for query, (start, stop) in zip(self.queries, pairwise(self.offsets.tolist()), strict=True):
            ids = [self.documents[row] for row in self.rows[start:stop].tolist()]
            best = sorted(zip(self.values[start:stop].tolist(), ids, strict=True), reverse=True)
            found[query] = {key: score for score, key in best}
        return found

    def _named(self, i: int, query: NDArray[np.int64]) -> str:
        document = self.documents[int(self.rows[i])]
        return f"document {document!r} of query {self.queries[query[i]]!r}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rankings(ByQuery):
    """The documents that were found for each query; their values are the scores, higher is better.

    The scores alone order the results, and equal ones are in the order of falling ids, as trec_eval has it.

    Attributes:
        unknown_queries, unknown_documents: the ids that could not be searched for or found, since no vector
            could be made of them.
        notes: what a reader should know.
    """

    unknown_queries: tuple[str, ...] = ()
    unknown_documents: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def alphabet(self) -> NDArray[np.int64]:
        """The place of each document in the order of ids, int64, (documents,); for results of equal scores.

        The order of Python's strings, by code points, is that of their UTF-8 bytes, which trec_eval compares.
        """
        ids = list(self.documents)
        places = np.empty(len(ids), np.int64)
        places[sorted(range(len(ids)), key=ids.__getitem__)] = np.arange(len(ids))
        return places


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Grades(ByQuery):
    """Relevance judgements: the values are the grades, whole numbers."""


def single(scores: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The scores in single precision; what is beyond it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(scores, np.float32)


def by_query(given: Any) -> Mapping[str, Mapping[str, Any]]:
    """What was given, if it is a mapping of mappings whose keys are strings.

    Raises:
        DataError: it is not. A document 9 and a document "9" would never be found to be the same, and ids of
            equal scores are in the order of strings.
    """
    if not isinstance(given, Mapping):
        raise DataError(f"judgements and runs are mappings of queries, not a {type(given).__name__}")
    _check_ids("query", given)
    for query, inner in given.items():
        if not isinstance(inner, Mapping):
            raise DataError(
                f"what belongs to query {query!r} is a {type(inner).__name__}; give a mapping of documents "
                "to numbers, such as {'d1': 1}"
            )
        _check_ids("document", inner)
    return given


def _check_ids(what: str, ids: Iterable[Any]) -> None:
    for kind in set(map(type, ids)):
        if not issubclass(kind, str):
            wrong = next(key for key in ids if type(key) is kind)
            raise DataError(
                f"ids are strings, and the {what} {wrong!r} is of type {kind.__name__}: write str(…)"
            )


def _whole(name: str, given: Any) -> NDArray[np.int64]:
    return np.ascontiguousarray(_array(name, given, "iu", "whole numbers"), np.int64)


def _array(name: str, given: Any, kinds: str, what: str) -> NDArray[Any]:
    """The array of one dimension that was given, if it is of one of these kinds of NumPy."""
    try:
        array = np.asarray(given)
    except ValueError as error:  # rows of several lengths
        raise DataError(f"the {name} of rankings are no array: {error}") from error
    if array.ndim != 1:
        raise DataError(f"the {name} of rankings have one dimension, not the shape {array.shape}")
    if array.size and array.dtype.kind not in kinds:
        raise DataError(f"the {name} of rankings are {what}, not {array.dtype}")
    return array


def offsets_of(sizes: list[int]) -> NDArray[np.int64]:
    """Where runs of these sizes begin, and where the last one ends; int64, (sizes + 1,)."""
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets


def numbers_of(mappings: Iterable[Mapping[str, float]], n: int) -> NDArray[np.float64]:
    """The n values of some mappings, one after the other. Raises DataError where one is no number."""
    try:
        return np.fromiter(chain.from_iterable(given.values() for given in mappings), np.float64, n)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"scores and grades are numbers; one is not: {error}") from error
