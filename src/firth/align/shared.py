"""The ids that several spaces have in common, and their rows in each at length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids
from firth.errors import DataError
from firth.neighbours import usable
from firth.vectors import Vectors

__all__ = ["Shared", "shared_rows"]

Floats = NDArray[np.float64]


class Shared(NamedTuple):
    """What m usable shared ids are in each space.

    ids: of m rows, in the order of the first space, or by falling count where only some were wanted.
    spaces: Vectors of these ids alone, one a space.
    units: float64, (m, d), their rows at length 1.
    different: how many different ids the first two spaces have.
    dropped: how many of their common ids are left out, by reason.
    """

    ids: Ids
    spaces: tuple[Vectors, ...]
    units: tuple[Floats, ...]
    different: int
    dropped: dict[str, int]


def shared_rows(names: Sequence[str], spaces: Sequence[Vectors], *, restrict: int | None = None) -> Shared:
    """The rows of the ids that all spaces have and that point somewhere.

    Args:
        names: what the spaces are, for messages.
        spaces: two or more.
        restrict: only so many, the most frequent of the first space.

    Raises:
        DataError: nothing is shared, or nothing of use.
    """
    first, second = spaces[0], spaces[1]
    common = _common(names[:2], spaces[:2])
    everywhere = _common(names, spaces)
    dropped = {"not in every baseline run": len(common) - len(everywhere)}
    good = np.ones(len(everywhere), np.bool_)
    rows = [vectors.ids.rows(everywhere) for vectors in spaces]  # type: ignore[arg-type]
    for vectors, at in zip(spaces, rows, strict=True):
        good &= usable(vectors.matrix[at])
    dropped["zero or not finite"] = int(np.count_nonzero(~good))
    kept = np.flatnonzero(good)
    if restrict is not None and kept.size > restrict:
        dropped["rarer than the most frequent that were asked for"] = kept.size - restrict
        counts = first.counts
        if counts is not None:
            kept = np.sort(kept[np.argsort(-counts[rows[0][kept]], kind="stable")[:restrict]])
        kept = kept[:restrict]
    if not kept.size:
        raise DataError(f"none of the {good.size:,} ids that {' and '.join(names)} share has a usable row")
    parts = tuple(vectors.take(list(everywhere.take(kept))) for vectors in spaces)
    units = tuple(_unit(part.matrix) for part in parts)
    different = len(first) + len(second) - len(common)
    return Shared(
        parts[0].ids, parts, units, different, {why: count for why, count in dropped.items() if count}
    )


def _common(names: Sequence[str], spaces: Sequence[Vectors]) -> Ids:
    """The ids of the first space that all others have too, in its order."""
    ids = spaces[0].ids
    for name, vectors in zip(names[1:], spaces[1:], strict=True):
        if type(vectors.ids) is not type(ids):
            raise DataError(
                f"the ids of {names[0]} and of {name} are of two kinds, strings and whole numbers"
            )
        ids = ids.take(np.flatnonzero(vectors.ids.rows(ids) >= 0))  # type: ignore[arg-type]
        if not len(ids):
            raise DataError(
                f"{names[0]} and {name} share no id: {names[0]} has {_some(spaces[0])}, {name} has "
                f"{_some(vectors)}; are their words cased and joined in the same way?"
            )
    return ids


def _some(vectors: Vectors) -> str:
    return ", ".join(repr(key) for key in vectors.ids[:3]) or "none"


def _unit(matrix: NDArray[np.float32]) -> Floats:
    wide = matrix.astype(np.float64)
    wide /= np.sqrt(np.einsum("nd,nd->n", wide, wide))[:, None]
    return wide
