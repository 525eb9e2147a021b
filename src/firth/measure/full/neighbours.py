"""Who is near to whom: neighbours of frequent, middling and rare ids, beside those of another space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firth.measure.full.plain import plain
from firth.measure.full.rows import Some
from firth.measure.neighbourtables import NeighbourTable, neighbour_table
from firth.vectors import Vectors

__all__ = ["Neighbours", "neighbours"]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """A table of ids that have something in common.

    Attributes:
        title: what they have in common: "Frequent ids".
        seen: how often each was seen; None where nothing was counted.
        table: their neighbours in each space.
    """

    title: str
    seen: tuple[int, ...] | None
    table: NeighbourTable

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        found: dict[str, Any] = plain({"title": self.title, "seen": self.seen, **self.table.to_dict()})
        return found


def neighbours(spaces: Mapping[str, Vectors], some: Some, *, topn: int) -> Neighbours:
    """The nearest of some rows of the first space, in each space."""
    first = next(iter(spaces.values()))
    table = neighbour_table(spaces, [first.ids[int(row)] for row in some.rows], topn=topn)
    seen = None if first.counts is None else tuple(int(count) for count in first.counts[some.rows])
    return Neighbours(title=some.title, seen=seen, table=table)
