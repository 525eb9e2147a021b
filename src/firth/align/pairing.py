"""Which rows of two spaces belong together: by a dictionary, or by the ids that both have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError
from firth.measure.idpairs import IdPairs, id_pairs
from firth.measure.spaces import Case, find_words
from firth.neighbours import usable
from firth.vectors import Vectors

__all__ = ["Pairing", "Pairs", "find_pairs"]

Pairs: TypeAlias = IdPairs | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """Rows that belong together.

    Attributes:
        source, target: int64, (p,): the row of each pair in either space.
        report: how many pairs were given and used, and how many were left out for what reason.
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    report: dict[str, Any]

    def __len__(self) -> int:
        return len(self.source)


def find_pairs(source: Vectors, target: Vectors, pairs: Pairs, *, case: Case) -> Pairing:
    """The rows of each pair of which both are there, finite and not zero; each pair once.

    Args:
        source, target: two spaces.
        pairs: a dictionary or the path of one, (source id, target id) pairs, or None for the ids that both
            have.
        case: how words of a dictionary are looked up: "auto", "exact" or "lower"; other ids are taken as
            they are.

    Raises:
        DataError: no pair is left, or the ids of the two spaces are of different kinds and pairs is None.
    """
    if pairs is None:
        rows, given = _shared(source, target), len(source)
        unknown = [int(np.count_nonzero(rows[:, 1] < 0)), 0]
        asked = "ids"
    else:
        rows = _looked_up(source, target, pairs, case)
        given = len(rows)
        unknown = [int(np.count_nonzero(rows[:, side] < 0)) for side in (0, 1)]
        asked = "pairs"
    known = rows[(rows >= 0).all(axis=1)]
    once = known[np.sort(np.unique(known, axis=0, return_index=True)[1])]
    good = usable(source.matrix[once[:, 0]]) & usable(target.matrix[once[:, 1]])
    kept = once[good]
    report = {
        asked: given,
        "used": len(kept),
        "unknown_source": unknown[0],
        "unknown_target": unknown[1],
        "repeated": len(known) - len(once),
        "zero_or_not_finite": len(once) - len(kept),
    }
    if not len(kept):
        raise DataError(f"none of {given:,} {asked} has a usable row in both spaces: {_said(report)}")
    return Pairing(source=kept[:, 0].copy(), target=kept[:, 1].copy(), report=report)


def _shared(source: Vectors, target: Vectors) -> NDArray[np.int64]:
    """The row of each source id in both spaces, int64, (n, 2), -1 where the target does not have it."""
    if isinstance(source.ids, Strings) != isinstance(target.ids, Strings):
        raise DataError("the ids of one space are strings and of the other whole numbers: give pairs of them")
    there = target.ids.rows(list(source.ids))  # type: ignore[arg-type]
    return np.stack([np.arange(len(source)), there], axis=1)


def _looked_up(source: Vectors, target: Vectors, pairs: IdPairs, case: Case) -> NDArray[np.int64]:
    """The rows of the pairs, int64, (p, 2), -1 for what is not there."""
    two = id_pairs(pairs)
    sides = []
    for side, space in enumerate((source, target)):
        ids = [pair[side] for pair in two]
        if isinstance(space.ids, Strings) and all(isinstance(key, str) for key in ids):
            sides.append(find_words(space, ids, case=case))
        else:
            sides.append(space.ids.rows([_key(space, key) for key in ids]))
    return np.stack(sides, axis=1).reshape(-1, 2)


def _key(space: Vectors, key: Any) -> Any:
    """The id, if it is of the kind of this space's ids. Raises DataError."""
    strings = isinstance(space.ids, Strings)
    if not isinstance(key, str if strings else (int, np.integer)):
        raise DataError(f"{key!r} is no id here: ids are {'strings' if strings else 'whole numbers'}")
    return key


def _said(report: dict[str, Any]) -> str:
    """What became of the pairs, in words."""
    reasons = ("unknown_source", "unknown_target", "zero_or_not_finite")
    return ", ".join(f"{report[name]:,} {name.replace('_', ' ')}" for name in reasons)
