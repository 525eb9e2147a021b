"""`Vocabulary`: which tokens there are, and how often each was seen."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.options import check_whole

__all__ = ["Choice", "Selection", "Vocabulary"]


class Vocabulary:
    """Tokens and their counts, the most frequent first.

    Args:
        keys: the n tokens, ordered by falling count, equal counts by their bytes.
        counts: int64, (n,): how often each token was seen in the observations.

    Raises:
        DataError: the counts are not int64, one a token.
    """

    __slots__ = ("counts", "keys")

    def __init__(self, keys: Strings, counts: NDArray[np.int64]):
        if not isinstance(counts, np.ndarray) or counts.dtype != np.int64 or counts.shape != (len(keys),):
            raise DataError(f"counts are an int64 array of one number for each of {len(keys):,} tokens")
        self.keys = keys
        self.counts = counts

    @classmethod
    def of(
        cls,
        tokens: Mapping[str, int] | Iterable[str],
        *,
        min_count: int = 1,
        max_size: int | None = None,
        keep: Iterable[str] | None = None,
        drop: Iterable[str] | None = None,
    ) -> Vocabulary:
        """The vocabulary of tokens that are given with their counts, or one by one to be counted.

        >>> Vocabulary.of(["to", "be", "or", "not", "to", "be"], min_count=2)
        Vocabulary(2 tokens seen 4 times)

        Args:
            tokens: {token: count}, or the tokens themselves, each as often as it occurs.
            min_count, max_size, keep, drop: see `Choice`.

        Raises:
            DataError: no token is left; a count is below 1; a token is not a string.
            OptionError: an option is outside its range.
        """
        counted = tokens if isinstance(tokens, Mapping) else Counter(tokens)
        keys = Strings.of(counted)
        counts = np.fromiter(counted.values(), np.int64, len(keys))
        if counts.size and counts.min() < 1:
            row = int(counts.argmin())
            raise DataError(f"a count is 1 or more; {keys[row]!r} has {counts[row]}")
        choice = Choice(min_count=min_count, max_size=max_size, keep=keep, drop=drop)
        chosen = choice.select(keys, counts).rows
        return cls(keys.take(chosen), counts[chosen])

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: object) -> bool:
        return key in self.keys

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return self.keys == other.keys and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} tokens seen {self.total:,} times)"

    @property
    def total(self) -> int:
        """How many tokens were seen in all: the sum of the counts."""
        return int(self.counts.sum())

    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change when a token or a count does (CRC-32 of the tables)."""
        checksum = 0
        for table in (self.keys.data, self.keys.offsets, self.counts):
            checksum = zlib.crc32(table.tobytes(), checksum)
        return f"{checksum:08x}"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which tokens make a vocabulary.

    Attributes:
        min_count: tokens seen less often are left out.
        max_size: at most so many tokens, the most frequent first; None for no limit.
        min_length: tokens of fewer characters (Unicode code points) are left out.
        keep: tokens that stay whatever their count and length, and take their places within `max_size` first.
        drop: tokens that are left out whatever their count.

    Raises:
        OptionError: an option is outside its range, or a token is both kept and dropped.
    """

    min_count: int = 1
    max_size: int | None = None
    min_length: int = 1
    keep: Iterable[str] | None = None
    drop: Iterable[str] | None = None

    def __post_init__(self) -> None:
        check_whole("min_count", self.min_count, 1, 2**31 - 1)
        if self.max_size is not None:
            check_whole("max_size", self.max_size, 1, 2**31 - 1)
        check_whole("min_length", self.min_length, 1, 2**31 - 1)
        for name in ("keep", "drop"):
            object.__setattr__(self, name, _listed(name, getattr(self, name)))
        if both := set(self.keep or ()) & set(self.drop or ()):
            raise OptionError(f"{min(both)!r} is both among keep and among drop; choose one")
        kept = len(list(self.keep or ()))
        if self.max_size is not None and kept > self.max_size:
            raise OptionError(f"keep holds {kept:,} tokens, more than max_size={self.max_size:,} allows")

    def select(self, keys: Strings, counts: NDArray[np.int64]) -> Selection:
        """Choose tokens and put them in order: falling counts, equal counts by their bytes.

        Args:
            keys: the n tokens.
            counts: int64, (n,); a token with count 0 is not there.

        Raises:
            DataError: no token is left; the message says how often the most frequent one was seen.
        """
        listed, wanted = _mask(keys, self.drop), _mask(keys, self.keep)
        long = ~listed & (wanted | (_lengths(keys) >= self.min_length)) if self.min_length > 1 else ~listed
        enough = (counts > 0) & (wanted | (counts >= self.min_count)) & long
        rows = _in_order(keys, counts, np.flatnonzero(enough))
        if self.max_size is not None and rows.size > self.max_size:
            first = np.argsort(~wanted[rows], kind="stable")[
                : self.max_size
            ]  # the kept ones before all others
            rows = rows[np.sort(first)]
        if not rows.size:
            raise DataError(_nothing_left(keys, np.where(long, counts, 0), self.min_count))
        seen, unlisted, not_short, frequent, chosen = (
            int(counts[part].sum()) for part in (slice(None), ~listed, long, enough, rows)
        )
        return Selection(
            rows=rows,
            rare=not_short - frequent,
            surplus=frequent - chosen,
            listed=seen - unlisted,
            short=unlisted - not_short,
        )


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The chosen tokens of a table.

    Attributes:
        rows: int64, the rows of the chosen tokens, in the order of the vocabulary.
        rare: how many occurrences were dropped because their token is below min_count,
        surplus: because it is beyond max_size,
        listed: because it is on the drop list,
        short: because it is below min_length.
    """

    rows: NDArray[np.int64]
    rare: int
    surplus: int
    listed: int
    short: int

    def dropped(self) -> dict[str, int]:
        """How many occurrences were dropped, in all and for each reason, as reports name them."""
        return {
            "dropped_tokens": self.rare + self.surplus + self.listed + self.short,
            "rare_tokens": self.rare,
            "surplus_tokens": self.surplus,
            "listed_tokens": self.listed,
            "short_tokens": self.short,
        }


def _listed(name: str, tokens: Iterable[str] | None) -> tuple[str, ...]:
    """The tokens of an option, each once."""
    if isinstance(tokens, str):
        raise OptionError(f"{name} is a list of tokens, not one string: write [{tokens!r}]")
    listed = tuple(dict.fromkeys(tokens or ()))
    for token in listed:
        if not isinstance(token, str):
            raise OptionError(f"{name} is a list of tokens; {token!r} is {type(token).__name__}")
    return listed


def _mask(keys: Strings, tokens: Iterable[str] | None) -> NDArray[np.bool_]:
    mask = np.zeros(len(keys), np.bool_)
    if tokens:  # without any, the index over the keys need not be built
        rows = keys.rows(tokens)
        mask[rows[rows >= 0]] = True
    return mask


def _lengths(keys: Strings) -> NDArray[np.int64]:
    """How many characters each string has: its bytes less those that continue a character; int64, (n,)."""
    more = np.flatnonzero((keys.data & 0xC0) == 0x80)  # few, in most languages
    owners = np.searchsorted(keys.offsets, more, side="right") - 1
    return np.diff(keys.offsets) - np.bincount(owners, minlength=len(keys))


def _in_order(keys: Strings, counts: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows by falling count, equal counts by their bytes.

    The first eight bytes as one number settle nearly every tie; only tokens that agree in them and in the
    count are compared as byte strings.
    """
    starts, stops = keys.offsets[:-1][rows], keys.offsets[1:][rows]
    prefix = np.zeros(rows.size, np.uint64)
    for k in range(8):
        here = starts + k < stops
        byte = np.zeros(rows.size, np.uint64)
        byte[here] = keys.data[starts[here] + k]
        prefix = prefix << np.uint64(8) | byte
    order = np.lexsort((prefix, -counts[rows]))
    rows, prefix = rows[order], prefix[order]
    same = (prefix[1:] == prefix[:-1]) & (np.diff(counts[rows]) == 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        tied = rows[first : last + 1].tolist()
        tied.sort(key=lambda row: keys.data[keys.offsets[row] : keys.offsets[row + 1]].tobytes())
        rows[first : last + 1] = tied
    return rows


def _nothing_left(keys: Strings, left: NDArray[np.int64], min_count: int) -> str:
    different = np.count_nonzero(left)
    if not different:
        return (
            "no token is left: there are none, or all of them are on the drop list or shorter than min_length"
        )
    top = int(left.argmax())
    return (
        f"none of the {different:,} different tokens is seen min_count={min_count} times; the most frequent, "
        f"{keys[top]!r}, is seen {left[top]:,} times: lower min_count or give more text"
    )
