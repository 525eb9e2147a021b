"""The rows of a space that geometry can be measured on, as points with distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.spaces import Space, vectors_of
from firth.vectors import Vectors

__all__ = ["Points", "Usable", "named", "points_of", "usable_rows"]

NAMED = 8  # how many ids a note names
LARGE = 1e30  # a squared length whose products come near the largest float32


class Usable(NamedTuple):
    """Which rows of a space have a place among the others.

    Attributes:
        rows: int64, (n,): the numbers of the usable rows, rising. Not usable are rows with a value that is
            not finite and, under the cosine, rows of zeros, which have no direction.
        not_finite, zero: int64: the numbers of such rows, those too short for a float32 to say where they
            point being zero too; rows of zeros are usable under other metrics.
        longest: the squared length of the longest usable row; 0 for none.
    """

    rows: NDArray[np.int64]
    not_finite: NDArray[np.int64]
    zero: NDArray[np.int64]
    longest: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Rows as points whose euclidean distance orders pairs as the metric of the space does.

    Attributes:
        vectors: the space.
        rows, not_finite, zero: the numbers of its usable and other rows; see `Usable`.
        places: float32, (n, d): the usable rows, at length 1 under the cosine; very large ones under the dot
            product are scaled down, all alike.
    """

    vectors: Vectors
    rows: NDArray[np.int64]
    places: NDArray[np.float32]
    not_finite: NDArray[np.int64]
    zero: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def matrix(self) -> NDArray[np.float32]:
        """The rows as they are, float32, (n, d), in the order of `rows`: rising, but for those of a match."""
        whole = self.vectors.matrix
        return whole if np.array_equal(self.rows, np.arange(len(whole))) else whole[self.rows]

    def ids(self, points: Sequence[int] | NDArray[np.int64]) -> list[Any]:
        """The ids of some points."""
        return [self.vectors.ids[int(self.rows[point])] for point in points]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, in words."""
        ids, total = self.vectors.ids, len(self.vectors)
        notes = []
        if len(self.not_finite):
            named_ids = named([ids[int(row)] for row in self.not_finite[: NAMED + 1]])
            notes.append(f"{len(self.not_finite):,} of {total:,} rows are left out: not finite: {named_ids}")
        if len(self.zero) and self.vectors.metric == "cosine":
            named_ids = named([ids[int(row)] for row in self.zero[: NAMED + 1]])
            notes.append(f"{len(self.zero):,} of {total:,} rows are left out: only zeros: {named_ids}")
        return tuple(notes)

    def at_least(self, n: int, what: str) -> Points:
        """These points, if there are n. Raises DataError, which says what needs them."""
        if len(self) < n:
            raise DataError(
                f"{what} needs at least {n} usable rows; of {len(self.vectors):,} rows {len(self):,} are: "
                f"{len(self.not_finite):,} are not finite, {len(self.zero):,} are only zeros"
            )
        return self


def points_of(space: Space) -> Points:
    """The usable rows of vectors or of the main vectors of a model; see `Points`.

    Raises:
        DataError: the space is neither.
    """
    from firth.neighbours import unit_rows

    vectors = vectors_of(space)
    rows, not_finite, zero, longest = usable_rows(vectors)
    cosine = vectors.metric == "cosine"
    matrix = vectors.matrix if len(rows) == len(vectors) else vectors.matrix[rows]
    places = unit_rows(matrix) if cosine else matrix
    places.flags.writeable = False
    if vectors.metric == "dot" and longest > LARGE:
        _, exponents = np.frexp(np.abs(places).max())  # the order is the same, and no product overflows
        places = np.ldexp(places, -exponents)
        places.flags.writeable = False
    return Points(vectors=vectors, rows=rows, places=places, not_finite=not_finite, zero=zero)


def usable_rows(vectors: Vectors) -> Usable:
    """Which rows are usable under the metric of the vectors, and which are not and why; see `Usable`."""
    from firth.kernels.topk import SHORTEST, squared_norms

    squares = np.empty(len(vectors), np.float64)
    squared_norms(vectors.matrix, squares)
    finite = np.isfinite(squares)  # no float32 is so large that its square is no float64
    zero = np.sqrt(squares, where=finite, out=np.ones(len(squares))) < SHORTEST
    usable = finite if vectors.metric != "cosine" else finite & ~zero
    longest = float(squares.max(where=usable, initial=0.0))
    return Usable(np.flatnonzero(usable), np.flatnonzero(~finite), np.flatnonzero(zero), longest)


def named(ids: Sequence[Any]) -> str:
    """The first ids, for a note."""
    more = ", …" if len(ids) > NAMED else ""
    return ", ".join(repr(key) for key in ids[:NAMED]) + more
