"""`Hits`: what a search for neighbours answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids

__all__ = ["Hits"]


class Hits:
    """The neighbours of one query, or of several, best first.

    Args:
        rows: int64, (k,) for one query or (m, k) for m queries: row numbers among `table`; -1 fills places
            without an answer.
        scores: float32, the shape of `rows`; higher is nearer, whatever the metric.
        table: the ids that the rows refer to.

    The hits of one query are a sequence of (id, score) pairs; the hits of several are a sequence of Hits.
    """

    __slots__ = ("rows", "scores", "table")

    def __init__(self, rows: NDArray[np.int64], scores: NDArray[np.float32], table: Ids):
        self.rows = rows
        self.scores = scores
        self.table = table

    @property
    def ids(self) -> list[Any]:
        """The ids: a list for one query, a list of lists for several."""
        if self.rows.ndim == 1:
            return [self.table[row] for row in self.rows.tolist() if row >= 0]
        return [hits.ids for hits in self]

    def __len__(self) -> int:
        return int(np.count_nonzero(self.rows >= 0)) if self.rows.ndim == 1 else len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> Hits: ...
    def __getitem__(self, i: int | slice) -> Any:
        if isinstance(i, slice) or self.rows.ndim == 2:
            return Hits(self.rows[i], self.scores[i], self.table)
        if not -len(self) <= i < len(self):
            raise IndexError(f"hit {i} of {len(self)}")
        i = i % len(self)
        return self.table[int(self.rows[i])], float(self.scores[i])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hits):
            return NotImplemented
        return self.ids == other.ids and np.array_equal(self.scores, other.scores)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.rows.ndim == 2:
            return f"Hits({len(self):,} queries, {self.rows.shape[1]} each)"
        return "Hits(" + ", ".join(f"{key!r}: {score:.3f}" for key, score in self) + ")"
