"""`neighbour_table`: what is nearest to the same ids in several spaces, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from firth.data.ids import Ids
from firth.errors import DataError
from firth.measure.spaces import Space, vectors_of
from firth.options import check_whole
from firth.vectors import Key, Vectors

__all__ = ["NeighbourRow", "NeighbourTable", "neighbour_table"]


def neighbour_table(
    spaces: Mapping[str, Space] | Space, ids: Iterable[Key], *, topn: int = 10, common: bool = False
) -> NeighbourTable:
    """Put the nearest neighbours of the same ids in several spaces side by side.

    The search is exact, over all rows, in the metric of each space.

    Args:
        spaces: the vectors or models by name; or one of them alone, which is then called "vectors". A model
            of subwords makes vectors of words that it never saw, to search with.
        ids: those to look up. One that a space does not have, or has as a row of zeros or of values that are
            not finite, is in the table as missing there.
        topn: how many neighbours of each.
        common: search only among the ids that all spaces have, so that no neighbour differs merely because
            another space does not know it.

    Returns:
        The table, which prints, and turns into rows and into JSON.

    Raises:
        DataError: there is no space or no id, one string was given in place of several ids, or the spaces
            have no id in common to search among.
        OptionError: topn is not positive.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> a = Vectors(["cat", "dog", "car"], np.array([[4, 1], [5, 1], [1, 5]]))
    >>> b = Vectors(["cat", "dog", "cab"], np.array([[4, 1], [1, 4], [5, 1]]))
    >>> print(neighbour_table({"a": a, "b": b}, ["cat", "owl"], topn=2))
    2 nearest neighbours; + in both
    cat  a            b
      1  dog + 0.999  cab 0.999
      2  car 0.428    dog + 0.471
    owl  a            b
         not there    not there
    shared by two spaces: 50.0 % of the neighbours (1 of 2 ids can be compared)
    2 of the neighbours are not among the ids of another space
    not there: owl (a, b)
    """
    named: dict[str, Space] = dict(spaces) if isinstance(spaces, Mapping) else {"vectors": spaces}
    if isinstance(ids, (str, int, np.integer)):
        raise DataError(f"several ids are expected here; for one alone, write [{ids!r}]")
    asked = tuple(key.item() if isinstance(key, np.generic) else key for key in ids)
    if not named or not asked:
        raise DataError("a table needs at least one space, {name: vectors}, and one id")
    check_whole("topn", topn, 1, 2**31 - 1)
    words = [key for key in asked if isinstance(key, str)]
    vectors = [vectors_of(space) for space in named.values()]
    among = _shared_ids(vectors) if common else None
    searched = vectors if among is None else [space.take(among) for space in vectors]
    looked_up = [vectors_of(space, words) for space in named.values()]
    found = [_neighbours(*both, asked, topn) for both in zip(looked_up, searched, strict=True)]
    neighbours = tuple(tuple(None if one is None else one[0] for one in space) for space in found)
    return NeighbourTable(
        ids=asked,
        spaces=tuple(named),
        topn=topn,
        neighbours=neighbours,
        scores=tuple(tuple(None if one is None else one[1] for one in space) for space in found),
        shared=tuple(_shared(column) for column in zip(*neighbours, strict=True)),
        unknown=tuple(_unknown(neighbours, vectors, i) for i in range(len(asked))),
        among=None if among is None else len(among),
    )


class NeighbourRow(NamedTuple):
    """One line of the table: the neighbours of one id at one rank.

    id: that was looked up; rank: from 1; neighbours, scores: of each space, None where it has none; shared:
    in how many spaces each of these neighbours is among the nearest of the id, 0 for none.
    """

    id: Key
    rank: int
    neighbours: tuple[Key | None, ...]
    scores: tuple[float | None, ...]
    shared: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class NeighbourTable:
    """The nearest neighbours of some ids in some spaces.

    Attributes:
        ids: those that were looked up.
        spaces: the names of the spaces.
        topn: how many neighbours were asked for.
        neighbours: of each space, of each id: its nearest ids, best first; None where it is missing.
        scores: of each space, of each id: how near each of these is, higher is nearer; None where missing.
        shared: of each id: the neighbours that two or more spaces name, with how many do.
        unknown: of each id: how many of the neighbours that one space names another does not have at all.
        among: how many ids were searched among, which all spaces have; None if each searched all its own.
    """

    ids: tuple[Key, ...]
    spaces: tuple[str, ...]
    topn: int
    neighbours: tuple[tuple[tuple[Key, ...] | None, ...], ...]
    scores: tuple[tuple[tuple[float, ...] | None, ...], ...]
    shared: tuple[Mapping[Key, int], ...]
    unknown: tuple[int, ...]
    among: int | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def missing(self) -> dict[Key, tuple[str, ...]]:
        """The ids that are missing somewhere, with the spaces that do not have them."""
        found = {
            key: tuple(name for name, of in zip(self.spaces, self.neighbours, strict=True) if of[i] is None)
            for i, key in enumerate(self.ids)
        }
        return {key: names for key, names in found.items() if names}

    def overlaps(self) -> tuple[float, ...]:
        """Of each id: the share of its neighbours that two spaces have in common, the mean over the pairs of
        spaces that have it; NaN where fewer than two do."""
        return tuple(_overlap([of[i] for of in self.neighbours]) for i in range(len(self.ids)))

    @property
    def overlap(self) -> float:
        """The mean of `overlaps` over the ids that have one; NaN if none has."""
        some = [value for value in self.overlaps() if value == value]
        return float(np.mean(some)) if some else float("nan")

    def rows(self) -> Iterator[NeighbourRow]:
        """The table line by line, id by id; an id that no space has makes one line without neighbours."""
        for i, key in enumerate(self.ids):
            columns = [of[i] or () for of in self.neighbours]
            scores = [of[i] or () for of in self.scores]
            for rank in range(max(1, *map(len, columns))):
                here = tuple(column[rank] if rank < len(column) else None for column in columns)
                yield NeighbourRow(
                    id=key,
                    rank=rank + 1,
                    neighbours=here,
                    scores=tuple(column[rank] if rank < len(column) else None for column in scores),
                    shared=tuple(0 if name is None else self.shared[i].get(name, 1) for name in here),
                )

    def to_dict(self) -> dict[str, Any]:
        """The table as values that JSON can hold."""
        overlaps = [None if value != value else value for value in self.overlaps()]
        return {
            "topn": self.topn,
            "spaces": list(self.spaces),
            "among": self.among,
            "overlap": None if self.overlap != self.overlap else self.overlap,
            "ids": [
                {
                    "id": key,
                    "overlap": overlaps[i],
                    "unknown_elsewhere": self.unknown[i],
                    "neighbours": {
                        name: None if of[i] is None else [
                            {"id": other, "score": score, "shared": self.shared[i].get(other, 1)}
                            for other, score in zip(of[i] or (), near[i] or (), strict=True)
                        ]
                        for name, of, near in zip(self.spaces, self.neighbours, self.scores, strict=True)
                    },
                }
                for i, key in enumerate(self.ids)
            ],
        }  # fmt: skip

    def __str__(self) -> str:
        many = len(self.spaces) > 1
        marks = (
            "" if not many else "; + in both" if len(self.spaces) == 2 else "; +2 in two spaces, and so on"
        )
        blocks = [self._block(i) for i in range(len(self.ids))]
        columns = range(len(self.spaces) + 1)
        widths = [max(len(line[c]) for block in blocks for line in block) for c in columns]
        table = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for block in blocks
            for line in block
        ]
        return "\n".join([f"{self.topn} nearest neighbours{marks}", *table, *self._notes()])

    def _block(self, i: int) -> list[list[str]]:
        """The printed lines of one id: its head, and a line a rank."""
        lines = [[str(self.ids[i]), *self.spaces]]
        columns = [
            self._cells(of[i], near[i], i) for of, near in zip(self.neighbours, self.scores, strict=True)
        ]
        for rank in range(max(map(len, columns))):
            found = any(of[i] is not None for of in self.neighbours)
            cells = [column[rank] if rank < len(column) else "" for column in columns]
            lines.append([f"  {rank + 1}" if found else "", *cells])
        return lines

    def _cells(self, keys: tuple[Key, ...] | None, scores: tuple[float, ...] | None, i: int) -> list[str]:
        if keys is None or scores is None:
            return ["not there"]
        cells = []
        for key, score in zip(keys, scores, strict=True):
            count = self.shared[i].get(key, 1)
            mark = "" if count < 2 else " +" if len(self.spaces) == 2 else f" +{count}"
            cells.append(f"{key}{mark} {score:.3f}")
        return cells or ["no other"]

    def _notes(self) -> Iterator[str]:
        overlaps = [value for value in self.overlaps() if value == value]
        if len(self.spaces) > 1:
            share = f"{self.overlap:.1%}".replace("%", " %") if overlaps else "–"
            compared = f"{len(overlaps)} of {len(self.ids)} ids can be compared"
            yield f"shared by two spaces: {share} of the neighbours ({compared})"
        if sum(self.unknown):
            yield f"{sum(self.unknown):,} of the neighbours are not among the ids of another space"
        if self.among is not None:
            yield f"searched among the {self.among:,} ids that all spaces have"
        if self.missing:
            named = "; ".join(f"{key} ({', '.join(names)})" for key, names in self.missing.items())
            yield f"not there: {named}"


def _neighbours(
    space: Vectors, searched: Vectors, asked: tuple[Key, ...], topn: int
) -> list[tuple[tuple[Key, ...], tuple[float, ...]] | None]:
    """The nearest ids of each id with their scores, None for one that is missing in the space."""
    there = np.array([_has(space, key) for key in asked])
    found: list[tuple[tuple[Key, ...], tuple[float, ...]] | None] = [None] * len(asked)
    if not there.any():
        return found
    places = np.flatnonzero(there)
    rows = space.rows([asked[i] for i in places])
    hits = searched.search(np.ascontiguousarray(space.matrix[rows]), topn=topn + 1)
    for i, one in zip(places.tolist(), hits, strict=True):
        kept = [(key, score) for key, score in one if key != asked[i]][:topn]  # no id is near to itself
        found[i] = tuple(key for key, _ in kept), tuple(score for _, score in kept)
    return found


def _has(space: Vectors, key: Key) -> bool:
    """Whether a space has an id, and a row of it that is near to anything."""
    if key not in space:
        return False
    row = space[key]
    return bool(np.isfinite(row).all() and (space.metric != "cosine" or row.any()))


def _shared_ids(spaces: list[Vectors]) -> Ids:
    """The ids that all spaces have, in the order of the first. Raises DataError where there are none."""
    first = spaces[0].ids
    everywhere = np.ones(len(first), bool)
    for other in spaces[1:]:
        same = type(other.ids) is type(first)
        everywhere &= other.ids.rows(first) >= 0 if same else False  # type: ignore[arg-type]
    if not everywhere.any():
        raise DataError("the spaces have no id in common; common=False searches each among its own")
    return first.take(np.flatnonzero(everywhere))


def _shared(columns: tuple[tuple[Key, ...] | None, ...]) -> Mapping[Key, int]:
    """The ids that are in two or more of the columns, with in how many."""
    counts = Counter(key for column in columns for key in column or ())
    return {key: count for key, count in counts.items() if count > 1}


def _unknown(
    neighbours: tuple[tuple[tuple[Key, ...] | None, ...], ...], spaces: list[Vectors], i: int
) -> int:
    """How many of the neighbours of id i some space does not have."""
    named = {key for of in neighbours for key in of[i] or ()}
    return sum(any(key not in space for space in spaces) for key in named)


def _overlap(columns: list[tuple[Key, ...] | None]) -> float:
    """The mean share of the neighbours that two of the columns have in common; NaN for fewer than two."""
    some = [column for column in columns if column]
    shares = [len(set(a) & set(b)) / max(len(a), len(b)) for a, b in combinations(some, 2)]
    return float(np.mean(shares)) if shares else float("nan")
