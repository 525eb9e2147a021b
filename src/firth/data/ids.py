"""The labels of rows: a table of strings, or of whole numbers.

Three million Python strings cost some 200 MB and a second to make. Ids are therefore kept as a table of UTF-8
bytes with offsets, can be memory-mapped, and turn into Python strings one by one, when asked for.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError

__all__ = ["Ids", "Integers", "Strings", "make_ids"]

_LEAST, _MOST = -(2**63), 2**63 - 1  # what int64 holds
_BYTES = 1 << 20  # of ids that are compared with a misspelt one at a time


class Strings(Sequence[str]):
    """An immutable table of unique strings.

    Args:
        data: uint8, the UTF-8 bytes of all strings one after the other.
        offsets: int64, n + 1 positions in `data` that never descend, the first 0, the last data.size;
            string i is data[offsets[i]:offsets[i + 1]].

    Raises:
        DataError: the arrays have another form, or the offsets do not begin or end as they should.

    The bytes are taken as they are; `Strings.of` makes a table from Python strings. Uniqueness, and that no
    offset descends, is checked when the first look-up builds the hash index (50 ns a string); opening a
    mapped file thus costs nothing.
    """

    __slots__ = ("_slots", "data", "offsets")

    def __init__(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]):
        for name, array, dtype in (("data", data, np.uint8), ("offsets", offsets, np.int64)):
            if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
                raise DataError(f"the {name} of a table of strings are one-dimensional and {dtype.__name__}")
        if not offsets.size or offsets[0] != 0 or offsets[-1] != data.size:
            raise DataError(f"offsets go from 0 to the number of bytes, {data.size}; these are {offsets}")
        self.data = data
        self.offsets = offsets
        self._slots: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, strings: Iterable[str]) -> Strings:
        """The table that holds these strings.

        Raises:
            DataError: an item is not a string or cannot be written as UTF-8 (a lone surrogate).
        """
        encoded: list[bytes] = []
        for string in strings:
            if not isinstance(string, str):
                raise DataError(
                    f"ids must be all strings or all whole numbers; found {string!r} among strings"
                )
            try:
                encoded.append(string.encode())
            except UnicodeEncodeError as error:
                raise DataError(
                    f"the id {string!r} cannot be written as UTF-8 ({error.reason}); clean it first"
                ) from error
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(key) for key in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    def __reduce__(self) -> tuple[type[Strings], tuple[NDArray[np.uint8], NDArray[np.int64]]]:
        """What a copy in another process is made of: without the index, whose key is this process's own."""
        return Strings, (self.data, self.offsets)

    def __len__(self) -> int:
        return self.offsets.size - 1

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        if row < 0:
            row += len(self)
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)} ids")
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        data = self.data.tobytes()
        offsets = self.offsets.tolist()
        for start, stop in itertools.pairwise(offsets):
            yield data[start:stop].decode("utf-8", "replace")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.row(key) >= 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Strings):
            return NotImplemented
        return np.array_equal(self.offsets, other.offsets) and np.array_equal(self.data, other.data)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(repr(key) for key in self[:5])
        return f"Strings({len(self):,}: {shown}{', …' if len(self) > 5 else ''})"

    def row(self, key: str) -> int:
        """The row of one string, or -1."""
        return int(self.rows([key])[0])

    def rows(self, keys: Iterable[str]) -> NDArray[np.int64]:
        """The row of each string, or -1 where it is not in the table; int64, one a key.

        Raises:
            DataError: the table holds a string twice.
        """
        from firth.kernels.hashing import KEY, look_up

        if isinstance(keys, Strings):
            query_data, query_offsets = keys.data, keys.offsets
        else:
            encoded = [key.encode("utf-8", "surrogatepass") for key in keys]
            query_offsets = np.zeros(len(encoded) + 1, np.int64)
            np.cumsum([len(key) for key in encoded], out=query_offsets[1:])
            query_data = np.frombuffer(b"".join(encoded), np.uint8)
        rows = np.empty(query_offsets.size - 1, np.int64)
        look_up(self.data, self.offsets, self.index(), KEY, query_data, query_offsets, rows)
        return rows

    def index(self) -> NDArray[np.int64]:  # type: ignore[override]  # a table's index, not a place in it
        """The hash index over the table, built once (see `firth.kernels.hashing`).

        Raises:
            DataError: the table holds a string twice, or an offset descends.
        """
        if self._slots is None:
            from firth.kernels.hashing import KEY, build_index, index_size

            if np.any(self.offsets[1:] < self.offsets[:-1]):  # kernels trust them
                raise DataError("the offsets of a table of strings never descend; these do")
            slots = np.empty(index_size(len(self)), np.int64)
            first, second = build_index(self.data, self.offsets, slots, KEY)
            if first >= 0:
                raise DataError(f"the id {self[int(first)]!r} occurs twice, in rows {first} and {second}")
            self._slots = slots
        return self._slots

    def take(self, rows: NDArray[np.int64]) -> Strings:
        """The table of the strings at these rows, in this order."""
        starts, lengths = self.offsets[:-1][rows], np.diff(self.offsets)[rows]
        offsets = np.zeros(rows.size + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        positions = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Strings(self.data[positions], offsets)

    def nearest(self, key: str, n: int = 3) -> list[str]:
        """The n spellings most like `key`, best first, by difflib's ratio among ids of similar length.

        That ratio is quadratic in the length. It is therefore taken only of the thousand ids that share most
        bytes with the key, in whatever order, which is a bound on it.
        """
        wanted = np.frombuffer(key.encode("utf-8", "surrogatepass"), np.uint8)
        lengths = np.diff(self.offsets)
        near = np.flatnonzero(np.abs(lengths - wanted.size) <= max(2, wanted.size // 4))
        step = _BYTES // (wanted.size + 1) + 1
        parts = [self.take(near[i : i + step])._shared_bytes(wanted) for i in range(0, near.size, step)]
        bound = 2 * np.concatenate([np.empty(0), *parts]) / np.maximum(lengths[near] + wanted.size, 1)
        best = np.argsort(-bound, kind="stable")[: max(50, min(1000, 50_000 // (wanted.size + 1)))]
        return difflib.get_close_matches(key, [self[row] for row in near[best].tolist()], n=n, cutoff=0.5)

    def _shared_bytes(self, wanted: NDArray[np.uint8]) -> NDArray[np.int64]:
        """How many bytes each string has in common with `wanted`, uint8, in whatever order; int64, (n,)."""
        kinds, counts = np.unique(wanted, return_counts=True)
        kind_of = np.full(256, kinds.size)
        kind_of[kinds] = np.arange(kinds.size)
        width = kinds.size + 1  # the last kind is every other byte
        row = np.repeat(np.arange(len(self)) * width, np.diff(self.offsets))
        found = np.bincount(row + kind_of[self.data], minlength=len(self) * width).reshape(-1, width)
        shared: NDArray[np.int64] = np.minimum(found[:, :-1], counts).sum(axis=1)
        return shared


class Integers(Sequence[int]):
    """An immutable table of unique whole numbers.

    Args:
        values: int64, one a row.
    """

    __slots__ = ("_order", "values")

    def __init__(self, values: NDArray[np.int64]):
        self.values = values
        self._order: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return self.values.size

    @overload
    def __getitem__(self, row: int) -> int: ...
    @overload
    def __getitem__(self, row: slice) -> list[int]: ...
    def __getitem__(self, row: int | slice) -> int | list[int]:
        found: int | list[int] = self.values[row].tolist()
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self.values.tolist())

    def __contains__(self, key: object) -> bool:
        return isinstance(key, (int, np.integer)) and self.row(int(key)) >= 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Integers):
            return NotImplemented
        return np.array_equal(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(str(key) for key in self[:5])
        return f"Integers({len(self):,}: {shown}{', …' if len(self) > 5 else ''})"

    def row(self, key: int) -> int:
        """The row of one number, or -1."""
        return int(self.rows([key])[0])

    def rows(self, keys: Iterable[int]) -> NDArray[np.int64]:
        """The row of each number, or -1 where it is not in the table; int64, one a key.

        Raises:
            DataError: the table holds a number twice.
        """
        numbers = [int(key) for key in keys]
        fits = np.array([_LEAST <= key <= _MOST for key in numbers], np.bool_)
        wanted = np.array([key if fit else 0 for key, fit in zip(numbers, fits, strict=True)], np.int64)
        if self._order is None:
            order = np.argsort(self.values, kind="stable")
            ascending = self.values[order]
            twice = np.flatnonzero(ascending[1:] == ascending[:-1])
            if twice.size:
                first, second = order[twice[0]], order[twice[0] + 1]
                raise DataError(f"the id {self.values[first]} occurs twice, in rows {first} and {second}")
            self._order = order
        if not len(self):
            return np.full(wanted.size, -1, np.int64)
        place = np.searchsorted(self.values, wanted, sorter=self._order)
        rows = self._order[np.minimum(place, len(self) - 1)]
        return np.where(fits & (self.values[rows] == wanted), rows, -1)

    def take(self, rows: NDArray[np.int64]) -> Integers:
        """The table of the numbers at these rows, in this order."""
        return Integers(self.values[rows])

    def nearest(self, key: int, n: int = 3) -> list[int]:
        """The n ids nearest to `key` in value."""
        # In float64 a difference cannot overflow; what it rounds off matters to no one who misspelt a number.
        away = np.abs(self.values.astype(np.float64) - float(key))
        found: list[int] = self.values[np.argsort(away, kind="stable")[:n]].tolist()
        return found


Ids: TypeAlias = Strings | Integers


def make_ids(ids: Any) -> Ids:
    """Ids from a table of them, an integer array, or any iterable of strings or of whole numbers.

    Raises:
        DataError: the items are neither all strings nor all whole numbers.
    """
    if isinstance(ids, (Strings, Integers)):
        return ids
    if isinstance(ids, np.ndarray) and ids.dtype.kind in "iu":
        if ids.size and int(ids.max()) > _MOST:
            raise DataError(f"whole-number ids lie within int64; {ids.max()} does not")
        return Integers(ids.astype(np.int64))
    items = list(ids)
    if items and all(isinstance(item, (int, np.integer)) and not isinstance(item, bool) for item in items):
        for item in (min(items), max(items)):
            if not _LEAST <= item <= _MOST:
                raise DataError(f"whole-number ids lie within int64; {item} does not")
        return Integers(np.array(items, np.int64))
    return Strings.of(items)
