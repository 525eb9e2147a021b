"""Who is near to whom: ids of each frequency with their nearest neighbours, beside those of another space."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from firth.measure.full.plain import plain
from firth.measure.full.rows import Some
from firth.vectors import Vectors

__all__ = ["Line", "Near", "Neighbours", "neighbours"]


class Near(NamedTuple):
    """One neighbour.

    id: of the neighbour; score: how near, in the metric of its space; shared: whether another space names
        it too.
    """

    id: str | int
    score: float
    shared: bool


class Line(NamedTuple):
    """One id: how often it was `seen` (None where that is not known), and its neighbours in each space.

    A space that does not have the id has None in the place of its neighbours.
    """

    id: str | int
    seen: int | None
    near: tuple[tuple[Near, ...] | None, ...]


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """A table of ids that have something in common.

    Attributes:
        title: what they have in common: "Frequent ids".
        spaces: the names of the spaces.
        lines: one an id.
    """

    title: str
    spaces: tuple[str, ...]
    lines: tuple[Line, ...]

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        lines = [
            {
                "id": line.id,
                "count": line.seen,
                "near": {
                    space: None if near is None else [one._asdict() for one in near]
                    for space, near in zip(self.spaces, line.near, strict=True)
                },
            }
            for line in self.lines
        ]
        return {"title": self.title, "spaces": list(self.spaces), "lines": plain(lines)}


def neighbours(spaces: Mapping[str, Vectors], some: Some, *, topn: int) -> Neighbours:
    """The nearest of some rows of the first space, in each space."""
    first = next(iter(spaces.values()))
    ids = [first.ids[int(row)] for row in some.rows]
    found = [_nearest(vectors, ids, topn) for vectors in spaces.values()]
    lines = []
    for i, (id, row) in enumerate(zip(ids, some.rows, strict=True)):
        named = [{hit for hit, _ in lists[i] or ()} for lists in found]
        near = tuple(
            None
            if lists[i] is None
            else tuple(
                Near(hit, score, any(hit in others for k, others in enumerate(named) if k != j))
                for hit, score in lists[i] or ()
            )
            for j, lists in enumerate(found)
        )
        lines.append(Line(id, None if first.counts is None else int(first.counts[row]), near))
    return Neighbours(title=some.title, spaces=tuple(spaces), lines=tuple(lines))


def _nearest(vectors: Vectors, ids: list[Any], topn: int) -> list[list[tuple[Any, float]] | None]:
    """The neighbours of each id, best first; None for one that is not there or not finite."""
    here = [id for id in ids if id in vectors and np.isfinite(vectors[id]).all()]
    hits = vectors.search(here, topn=topn) if here and len(vectors) > 1 else ()
    lists = {id: [(hit, float(score)) for hit, score in row] for id, row in zip(here, hits, strict=False)}
    return [lists.get(id) for id in ids]
