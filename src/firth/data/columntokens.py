"""The tokens of a column: "city=Paris" for a category, "population=6 of 10" for a number, "born.month=3".

What a learner over sequences should know of a row are its values, and that the 3 of one column is not the 3
of another. Numbers are near each other or far, which a token cannot say; so they are cut at their quantiles
into as many bins as asked for, each of about as many rows. The borders are found once and can be given for
other rows of the same kind, so that a token means the same in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column, Columns
from firth.data.factors import spell
from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.options import check_whole

__all__ = [
    "Bins",
    "ColumnTokens",
    "Missing",
    "check_bins",
    "check_missing",
    "same_tokens_of",
    "strings_of",
    "tokens_of",
]

Bins: TypeAlias = int | Mapping[str, Sequence[float]]
"""How many bins a column of numbers has, or the borders of those columns that are cut."""

Missing: TypeAlias = Literal["leave out", "own"]
"""What stands for a value that is missing: nothing, or a token of its own."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, kw_only=True)
class ColumnTokens:
    """One token a row, from one column or from one part of a column of times.

    Attributes:
        name: of the column, or of the part, such as "born.month".
        codes: int32, (n,), places in `keys`; -1 where the row has no token.
        keys: the different tokens, each beginning with the name.
        missing: how many of the n values are missing.
        borders: where numbers were cut, rising; None where they were not. A value on a border is below it.
        infinite: how many values are infinite; they are in the first and the last bin.
    """

    name: str
    codes: NDArray[np.int32]
    keys: Strings
    missing: int
    borders: tuple[float, ...] | None = None
    infinite: int = 0


def tokens_of(columns: Columns, *, bins: Bins, missing: Missing) -> list[ColumnTokens]:
    """The tokens of every column of a table, in order; a column of times gives several.

    Args:
        columns: the table.
        bins, missing: see `firth.column_values`.

    Raises:
        DataError: the name of a column holds "=", two columns or parts have one name, or a column that is to
            be cut holds no numbers.
        OptionError: `bins` or `missing` is none of those allowed.
    """
    bins, missing = check_bins(bins), check_missing(missing)
    if isinstance(bins, Mapping):
        for name in bins:
            if name not in columns:
                raise OptionError(f"bins holds borders for {name!r}, which is no column of this table")
    found: list[ColumnTokens] = []
    for column in columns.values():
        found += _tokens_of_column(column, bins, missing)
    for name, count in Counter(tokens.name for tokens in found).items():
        if count > 1:
            raise DataError(f"two columns would have tokens that begin with {name!r}; rename one of them")
    return found


def same_tokens_of(
    columns: Columns, names: Sequence[str], *, bins: Bins, missing: Missing
) -> list[ColumnTokens]:
    """The tokens of a table like one whose `tokens_of` had these names, one a name and in their order.

    Raises:
        DataError: a column holds another kind of values than it did there, and so has other parts; and what
            `tokens_of` raises.
    """
    found = {tokens.name: tokens for tokens in tokens_of(columns, bins=bins, missing=missing)}
    nothing = [column.name for column in columns.values() if column.kind == "empty"]
    same = []
    for name in names:
        if name in found:
            same.append(found[name])
        elif any(name.startswith(f"{column}.") for column in nothing):  # times of which none is there
            codes = np.full(columns.rows, -1, np.int32)
            none = ColumnTokens(name=name, codes=codes, keys=Strings.of([]), missing=columns.rows)
            same.append(_with_missing(none) if missing == "own" else none)
        else:
            raise DataError(
                f"there are no tokens that begin with {name!r} now, only with {', '.join(map(repr, found))}; "
                "a column holds another kind of values than in training"
            )
    return same


def check_bins(bins: Any) -> Bins:
    """The bins as a plain int or a dict of tuples of floats.

    Raises:
        OptionError: they are no whole number from 0 to 10,000, and no borders that rise.
    """
    if not isinstance(bins, Mapping):
        return check_whole("bins", bins, 0, 10_000)
    checked: dict[str, tuple[float, ...]] = {}
    for name, given in bins.items():
        try:
            borders = np.array(given, np.float64)
        except (TypeError, ValueError):
            borders = np.array([np.nan])
        if borders.ndim != 1 or not np.isfinite(borders).all() or np.any(np.diff(borders) <= 0):
            raise OptionError(
                f"the borders of the bins of {name!r} are finite numbers that rise, not {given!r}"
            )
        checked[name] = tuple(borders.tolist())
    return checked


def check_missing(missing: Any) -> Missing:
    """The option itself. Raises OptionError where it is none."""
    if missing not in ("leave out", "own"):
        raise OptionError(f"missing is 'leave out' or 'own', not {missing!r}")
    found: Missing = missing
    return found


def strings_of(values: Any) -> Strings:
    """An Arrow array of strings, none of them null, as a table of strings; no Python object a value."""
    pa = require("pyarrow", extra="table")
    values = values.cast(pa.large_string())
    if not len(values):
        return Strings.of([])
    _, ends, data = values.buffers()
    offsets = np.frombuffer(ends, np.int64)[values.offset : values.offset + len(values) + 1]
    held = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return Strings(held[offsets[0] : offsets[-1]], offsets - offsets[0])


def _tokens_of_column(column: Column, bins: Bins, missing: Missing) -> list[ColumnTokens]:
    if "=" in column.name:
        raise DataError(
            f"the column name {column.name!r} holds '=', which divides name and value in a token; rename it"
        )
    borders = _borders(column, bins)
    if borders is not None:
        found = [_binned(column, borders)]
    elif column.kind == "time":
        found = _parts_of_time(column)
    else:
        found = [_spelt(column)]
    return [_with_missing(tokens) for tokens in found] if missing == "own" else found


def _borders(column: Column, bins: Bins) -> tuple[float, ...] | None:
    """Where a column is to be cut; None where it is not: it holds no numbers, or few different ones."""
    if isinstance(bins, Mapping):
        return tuple(bins[column.name]) if column.name in bins else None
    if not bins or column.kind != "number" or len(column.factors().values) <= bins:
        return None
    numbers = column.numbers()
    numbers = np.sort(numbers[np.isfinite(numbers)])
    if not numbers.size:
        return ()
    # A value that many rows share can be several quantiles at once: then there are fewer bins. Borders are
    # values of the column and nothing between, so that no rounding decides where a value falls.
    places = -(-np.arange(1, bins) * numbers.size // bins) - 1
    borders = np.unique(numbers[np.maximum(places, 0)])
    return tuple(borders[borders < numbers[-1]].tolist())


def _binned(column: Column, borders: tuple[float, ...]) -> ColumnTokens:
    numbers = column.numbers()
    codes = np.searchsorted(np.array(borders), numbers, side="left").astype(np.int32)
    codes[np.isnan(numbers)] = -1
    size = len(borders) + 1
    return ColumnTokens(
        name=column.name,
        codes=codes,
        keys=Strings.of(f"{column.name}={i} of {size}" for i in range(1, size + 1)),
        missing=column.missing_count,
        borders=borders,
        infinite=int(np.isinf(numbers).sum()),
    )


def _spelt(column: Column) -> ColumnTokens:
    """A token for each different value, as it is written."""
    pc = require("pyarrow.compute", extra="table")
    factors = column.factors()
    spelt = pc.binary_join_element_wise(f"{column.name}=", spell(factors.values), "")
    return ColumnTokens(
        name=column.name, codes=factors.codes, keys=strings_of(spelt), missing=column.missing_count
    )


def _parts_of_time(column: Column) -> list[ColumnTokens]:
    """Year, month, weekday and hour, those of them that the type of the column has."""
    pa = require("pyarrow", extra="table")
    times = column.times()
    there = ~np.isnat(times)
    days = times.astype("datetime64[D]")
    hours = (times - days).astype("timedelta64[h]").astype(np.int64)
    months = times.astype("datetime64[M]").astype(np.int64)
    parts: dict[str, tuple[NDArray[np.int64], Sequence[str] | None]] = {
        "year": (times.astype("datetime64[Y]").astype(np.int64) + 1970, None),
        "month": (months % 12 + 1, None),
        "weekday": ((days.astype(np.int64) + 3) % 7, _DAYS),  # the first of January 1970 was a Thursday
        "hour": (hours, None),
    }
    if pa.types.is_date(column.values.type):
        del parts["hour"]
    elif pa.types.is_time(column.values.type):
        parts = {"hour": parts["hour"]}
    found = []
    for part, (values, names) in parts.items():
        different, place = np.unique(values[there], return_inverse=True)
        codes = np.full(len(column), -1, np.int32)
        codes[there] = place
        name = f"{column.name}.{part}"
        keys = Strings.of(
            f"{name}={value if names is None else names[value]}" for value in different.tolist()
        )
        found.append(ColumnTokens(name=name, codes=codes, keys=keys, missing=column.missing_count))
    return found


def _with_missing(tokens: ColumnTokens) -> ColumnTokens:
    """The same with a token where there was none. It holds no "=", so no value can be mistaken for it."""
    size = len(tokens.keys)
    more = Strings.of([f"{tokens.name} is missing"])
    keys = Strings(
        np.concatenate((tokens.keys.data, more.data)),
        np.append(tokens.keys.offsets, tokens.keys.offsets[-1] + more.data.size),
    )
    return ColumnTokens(
        name=tokens.name,
        codes=np.where(tokens.codes < 0, np.int32(size), tokens.codes),
        keys=keys,
        missing=tokens.missing,
        borders=tokens.borders,
        infinite=tokens.infinite,
    )
