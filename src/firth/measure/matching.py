"""The rows that two spaces share, by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers
from firth.errors import DataError
from firth.measure.points import Points, named, points_of
from firth.measure.spaces import Space
from firth.vectors import Vectors

__all__ = ["Match", "match", "rows_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Match:
    """The same n things in two spaces.

    Attributes:
        original, space: their points, in the same order.
        rows: int64, (n,): their rows in the vectors of the original, rising.
        missing: ids of the original that the space lacks, or that are not usable in one of them.
        notes: what is not shared, in words.
    """

    original: Points
    space: Points
    rows: NDArray[np.int64]
    missing: tuple[Any, ...]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def places_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which of the n each row of the original is, -1 for none."""
        place = np.full(len(self.original.vectors), -1, np.int64)
        place[self.rows] = np.arange(len(self.rows))
        return place[rows]


def match(original: Space, space: Space) -> Match:
    """Match two spaces by id.

    Raises:
        DataError: they share no id.
    """
    first, second = points_of(original), points_of(space)
    same = first.vectors.ids == second.vectors.ids
    theirs = np.arange(len(first.vectors)) if same else rows_of(second.vectors, list(first.vectors.ids))
    if not (theirs >= 0).any():
        raise DataError(
            f"the two spaces share no id: one begins with {_some(first.vectors)}, the other with "
            f"{_some(second.vectors)}"
        )
    shared = np.flatnonzero(theirs >= 0)
    return _matched(first, second, shared, theirs[shared])


def _matched(first: Points, second: Points, rows: NDArray[np.int64], theirs: NDArray[np.int64]) -> Match:
    """Match rows of the first space with rows of the second, both int64, (m,); only usable ones stay."""
    ids = first.vectors.ids
    absent = _ids_without(first, rows)
    alone = len(second.vectors) - len(theirs)
    usable = _usable(first)[rows] & _usable(second)[theirs]
    unusable = [ids[int(row)] for row in rows[~usable]]
    rows, theirs = rows[usable], theirs[usable]
    notes = []
    if absent:
        notes.append(
            f"{len(absent):,} of {len(ids):,} rows of the original are not in the space: {named(absent)}"
        )
    if alone:
        notes.append(f"{alone:,} of {len(second.vectors):,} rows of the space are not in the original")
    if unusable:
        notes.append(
            f"{len(unusable):,} of {len(usable):,} shared rows are not usable in both: {named(unusable)}"
        )
    for side, points in (("original", first), ("space", second)):
        notes += [f"{side}: {note}" for note in points.notes]
        dim, metric = points.vectors.dim, points.vectors.metric
        if dim <= 3 and metric == "cosine":
            notes.append(
                f"{dim} dimensions under the cosine are compared by their angle alone; for a map on paper, "
                'make it Vectors(…, metric="euclidean")'
            )
    return Match(
        original=_chosen(first, rows),
        space=_chosen(second, theirs),
        rows=rows,
        missing=tuple(_ids_without(first, rows)),
        notes=tuple(dict.fromkeys(notes)),
    )


def rows_of(vectors: Vectors, ids: Sequence[Any]) -> NDArray[np.int64]:
    """The row of each id, int64, -1 where it is not there, as no string is among numbers."""
    kind = (int, np.integer) if isinstance(vectors.ids, Integers) else str
    fits = np.array([isinstance(key, kind) for key in ids], np.bool_)
    rows = np.full(len(ids), -1, np.int64)
    known: list[Any] = [key for key in ids if isinstance(key, kind)]
    rows[fits] = vectors.ids.rows(known)
    return rows


def _ids_without(points: Points, rows: NDArray[np.int64]) -> list[Any]:
    """The ids of all rows but these."""
    left = np.ones(len(points.vectors), np.bool_)
    left[rows] = False
    return [points.vectors.ids[int(row)] for row in np.flatnonzero(left)]


def _usable(points: Points) -> NDArray[np.bool_]:
    usable = np.zeros(len(points.vectors), np.bool_)
    usable[points.rows] = True
    return usable


def _chosen(points: Points, rows: NDArray[np.int64]) -> Points:
    """The points of some usable rows, in their order."""
    if np.array_equal(rows, points.rows):
        return points
    places = points.places[np.searchsorted(points.rows, rows)]
    return Points(
        vectors=points.vectors, rows=rows, places=places, not_finite=points.not_finite, zero=points.zero
    )


def _some(vectors: Vectors) -> str:
    return ", ".join(repr(vectors.ids[i]) for i in range(min(3, len(vectors)))) or "nothing"
