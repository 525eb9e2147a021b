"""The ids of an index: a table that grows, in which an id may go and come again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast, overload

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Integers, Strings, make_ids
from firth.errors import DataError, UnknownIdError

__all__ = ["Labels"]


class Labels:
    """The id of every row that was ever taken in, and the row of every id that is alive.

    Args:
        base: the ids of the first rows.
        alive: bool, (n,): which rows are alive; all if None.
    """

    def __init__(self, base: Ids, alive: NDArray[np.bool_] | None = None):
        self._base = base
        self._more: list[Any] = []
        self._row_of: dict[Any, int] = {}  # of the rows beyond the base that are alive
        self._alive = np.ones(len(base), bool) if alive is None else alive.copy()
        self.dead = int(len(base) - np.count_nonzero(self._alive))

    def __len__(self) -> int:
        return len(self._base) + len(self._more)

    @overload
    def __getitem__(self, row: int) -> Any: ...
    @overload
    def __getitem__(self, row: slice) -> list[Any]: ...
    def __getitem__(self, row: int | slice) -> Any:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        n = len(self._base)
        return self._base[row] if row < n else self._more[row - n]

    @property
    def alive(self) -> NDArray[np.bool_]:
        """bool, (n,), a view: which rows are alive."""
        return self._alive[: len(self)]

    @property
    def numbers(self) -> bool:
        """Whether the ids are whole numbers."""
        return isinstance(self._base, Integers)

    def table(self) -> Ids:
        """All ids, dead ones too, in the order of the rows. (Dead ids may occur twice.)"""
        if not self._more:
            return self._base
        if isinstance(self._base, Integers):
            return Integers(np.concatenate([self._base.values, np.array(self._more, np.int64)]))
        more = Strings.of(self._more)
        offsets = np.concatenate([self._base.offsets, more.offsets[1:] + self._base.offsets[-1]])
        return Strings(np.concatenate([self._base.data, more.data]), offsets)

    def find(self, keys: Iterable[Any]) -> NDArray[np.int64]:
        """The rows of ids that are alive, -1 for the others; int64."""
        keys = list(keys)
        kind = (int, np.integer) if self.numbers else str
        known = [i for i, key in enumerate(keys) if isinstance(key, kind) and not isinstance(key, bool)]
        rows = np.full(len(keys), -1, np.int64)
        if not known:
            return rows
        rows[known] = self._base.rows([keys[i] for i in known])
        there = np.flatnonzero(rows >= 0)
        rows[there[~self._alive[rows[there]]]] = -1
        if self._row_of:
            for i in known:
                rows[i] = self._row_of.get(keys[i], rows[i])
        return rows

    def rows(self, keys: Iterable[Any]) -> NDArray[np.int64]:
        """The rows of ids, int64.

        Raises:
            UnknownIdError: one is not here, or no more; the message gives the nearest spellings.
            DataError: one id was given and not several.
        """
        if isinstance(keys, (str, int, np.integer)):
            raise DataError(f"several ids are expected here; for one alone, write [{keys!r}]")
        keys = list(keys)
        rows = self.find(keys)
        if rows.size and rows.min() < 0:
            raise UnknownIdError(self._unknown(keys[int(np.argmax(rows < 0))]))
        return rows

    def _unknown(self, key: Any) -> str:
        if not isinstance(key, (int, np.integer) if self.numbers else str):
            return (
                f"{key!r} is no id here: the ids of this index are {'numbers' if self.numbers else 'strings'}"
            )
        near = [k for k in self._base.nearest(cast("Any", key)) if self.find([k])[0] >= 0]
        hint = f"; the nearest are {', '.join(map(repr, near))}" if near else ""
        return f"{key!r} is not among the {len(self) - self.dead:,} ids of this index{hint}"

    def check_new(self, ids: Ids) -> None:
        """Raise DataError unless ids could be taken in: each there once, of our kind, and not alive here."""
        self.check_kind(ids)
        there = self.find(ids)
        if (there >= 0).any():
            key = ids[int(np.argmax(there >= 0))]
            raise DataError(
                f"{np.count_nonzero(there >= 0):,} ids are in the index already, such as {key!r}; "
                "add(vectors, replace=True) takes the new rows for the old ones"
            )

    def check_kind(self, ids: Ids) -> None:
        """Raise DataError where an id occurs twice, or ids are strings and ours numbers, or the other way."""
        if len(ids) and isinstance(ids, Integers) is not self.numbers and len(self):
            kinds = ("whole numbers", "strings") if self.numbers else ("strings", "whole numbers")
            raise DataError(f"the ids of this index are {kinds[0]}; those to be added are {kinds[1]}")
        ids.rows([])  # raises where one occurs twice

    def add(self, ids: Ids) -> None:
        """Take in ids of new rows, none of which is alive.

        Raises:
            DataError: as `check_new`; then nothing has changed.
        """
        self.check_new(ids)
        keys = list(ids)
        if not len(self):
            self._base = make_ids(ids)
            self._alive = np.ones(len(ids), bool)
            return
        first = len(self)
        self._more += keys
        self._row_of.update(zip(keys, range(first, first + len(keys)), strict=True))
        if len(self) > len(self._alive):
            room = np.zeros(max(len(self), 2 * len(self._alive)), bool)
            room[:first] = self._alive[:first]
            self._alive = room
        self._alive[first : len(self)] = True

    def remove(self, rows: NDArray[np.int64]) -> None:
        """Let rows that are alive die."""
        for row in rows[rows >= len(self._base)].tolist():
            self._row_of.pop(self[row], None)
        self._alive[rows] = False
        self.dead += len(rows)
