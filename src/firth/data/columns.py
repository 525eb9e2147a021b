"""`Columns`: a table as named columns of one kind each, wherever it came from.

Frames of pandas and polars, Arrow tables, dicts, lists of dicts, arrays, CSV and Parquet all become Arrow
columns here, and learners meet nothing else. A column keeps its meaning (numbers, text, truth values, times)
and says exactly which row does not fit when something else is asked of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.factors import Factors, factorize
from firth.errors import DataError, UnknownIdError
from firth.extras import require
from firth.options import check_several

__all__ = ["Column", "Columns", "Kind", "is_table", "read_table"]

_SUFFIXES = {".csv", ".tsv", ".tab", ".parquet", ".feather", ".arrow"}

Kind: TypeAlias = Literal["number", "text", "bool", "time", "empty"]


class Column:
    """One named column of n values.

    Args:
        name: what it is called.
        values: an Arrow chunked array of one of the types string, int64, float64, bool, date32, time64[us],
            timestamp[us] (in UTC where it has a zone) or null, as `firth.read_table` makes them.
    """

    __slots__ = ("_factors", "_missing", "name", "values")

    def __init__(self, name: str, values: Any):
        self.name = name
        self.values = values
        self._factors: Factors | None = None
        self._missing: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        missing = f", {self.missing_count:,} missing" if self.missing_count else ""
        return f"Column({self.name!r}, {self.kind}, {len(self):,} rows{missing})"

    @property
    def kind(self) -> Kind:
        """What the values are; "empty" where all of them are missing."""
        pa = require("pyarrow", extra="table")
        if self.missing_count == len(self):
            return "empty"
        if pa.types.is_string(self.values.type) or pa.types.is_dictionary(self.values.type):
            return "text"
        if pa.types.is_boolean(self.values.type):
            return "bool"
        return "time" if pa.types.is_temporal(self.values.type) else "number"

    @property
    def missing(self) -> NDArray[np.bool_]:
        """In which rows there is no value: bool, (n,). NaN is none."""
        if self._missing is None:
            pc = require("pyarrow.compute", extra="table")
            self._missing = pc.is_null(self.values, nan_is_null=True).to_numpy()
        return self._missing

    @property
    def missing_count(self) -> int:
        """In how many rows there is no value."""
        return int(np.count_nonzero(self.missing))

    def numbers(self) -> NDArray[np.float64]:
        """The values as float64, (n,), NaN where there is none; False is 0 and True 1.

        Whole numbers beyond 2**53 are rounded to the nearest float64. Infinities stay; see `first_infinite`.

        Raises:
            DataError: the column holds text or times; the message names the row and the value.
        """
        pa = require("pyarrow", extra="table")
        if self.kind == "empty":
            return np.full(len(self), np.nan)
        if self.kind in ("text", "time"):
            row = int(np.argmin(self.missing))
            way = (
                "encode it with Ordinal, OneHot, Hashing, …"
                if self.kind == "text"
                else "encode it with Periodic, or take parts of it"
            )
            raise DataError(
                f"the column {self.name!r} holds no numbers: row {row} is {self.values[row].as_py()!r}; {way}"
            )
        values = self.values.cast(pa.int8()) if pa.types.is_boolean(self.values.type) else self.values
        numbers = values.cast(pa.float64(), safe=False).to_numpy()
        return np.array(numbers, np.float64)  # a copy, which the caller may change

    def first_infinite(self) -> int | None:
        """The first row that holds an infinity, or None."""
        infinite = np.isinf(self.numbers())
        return int(np.argmax(infinite)) if infinite.any() else None

    def times(self) -> NDArray[np.datetime64]:
        """The values as datetime64[us], (n,), NaT where there is none; times of a zone in UTC, times of day
        on 1970-01-01.

        Raises:
            DataError: the column holds something else; the message names the row and the value.
        """
        pa = require("pyarrow", extra="table")
        if self.kind == "empty":
            return np.full(len(self), np.datetime64("NaT"), "datetime64[us]")
        if self.kind != "time":
            row = int(np.argmin(self.missing))
            raise DataError(
                f"the column {self.name!r} holds no times: row {row} is {self.values[row].as_py()!r}; give "
                f"datetime64, dates, or text such as 2026-11-21 or 2026-11-21T18:30:00"
            )
        values = self.values
        if pa.types.is_time(values.type):
            values = values.cast(pa.int64())
        times = values.cast(pa.timestamp("us", tz=getattr(values.type, "tz", None))).to_numpy()
        return np.array(times, "datetime64[us]")

    def factors(self) -> Factors:
        """The different values and the code of each row; found once and kept."""
        if self._factors is None:
            self._factors = factorize(self.values)
        return self._factors


class Columns(Mapping[str, Column]):
    """A table: named columns of equal length, in order.

    Args:
        columns: the columns.
        rows: how many rows there are; None takes the length of the first column.
        report: how they were read: what was absent or taken for missing, values that JSON can hold.

    Raises:
        DataError: two columns have one name, or columns differ in length.

    >>> columns = read_table({"city": ["Oslo", "Rome", None], "people": [7e5, 2.8e6, 1e4]})
    >>> columns
    Columns(3 rows: city text, people number)
    >>> columns["city"].factors().codes
    array([ 0,  1, -1], dtype=int32)
    """

    __slots__ = ("_columns", "report", "rows")

    def __init__(
        self,
        columns: Iterable[Column],
        *,
        rows: int | None = None,
        report: Mapping[str, Any] | None = None,
    ):
        self._columns: dict[str, Column] = {}
        for column in columns:
            if column.name in self._columns:
                raise DataError(f"two columns are called {column.name!r}; rename one of them")
            rows = len(column) if rows is None else rows
            if len(column) != rows:
                raise DataError(
                    f"columns are of equal length: {column.name!r} has {len(column):,} rows, not {rows:,}"
                )
            self._columns[column.name] = column
        self.rows = rows or 0
        self.report = dict(report or {})

    def __len__(self) -> int:
        """How many columns there are; `rows` counts the rows."""
        return len(self._columns)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __getitem__(self, name: str) -> Column:
        if name not in self._columns:
            raise UnknownIdError(f"there is no column {name!r}; there are {_some(self.names)}")
        return self._columns[name]

    def __repr__(self) -> str:
        shown = ", ".join(f"{column.name} {column.kind}" for column in list(self.values())[:10])
        return f"Columns({self.rows:,} rows: {shown}{', …' if len(self) > 10 else ''})"

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._columns)

    def take(self, names: Iterable[str]) -> Columns:
        """These columns alone, in this order.

        Raises:
            OptionError: this is one name and not a list of them.
            UnknownIdError: there is no such column.
        """
        wanted = check_several("names", names)
        return Columns([self[name] for name in wanted], rows=self.rows, report=self.report)


def read_table(
    source: Any,
    *,
    delimiter: str | None = None,
    header: bool | Sequence[str] = True,
    quote: str | None = '"',
    missing: Sequence[str] = ("",),
    as_text: Iterable[str] = (),
) -> Columns:
    """Read a table, whatever it comes as.

    Args:
        source: a frame of pandas or polars, an Arrow table or any other eager frame that narwhals knows; a
            dict of columns; a list of dicts (a key that a row lacks is missing there); a list of rows or a
            two-dimensional array (its columns are called "0", "1", …); a series or a one-dimensional array,
            which is one column; or the path of a CSV, TSV, Parquet, Arrow or Feather file. CSV and TSV may be
            packed with gzip, bzip2, xz or Zstandard. `Columns` are taken as they are.
        delimiter: what stands between the fields of a CSV file; None takes a tab for names in .tsv and .tab,
            else whichever of comma, semicolon, tab and bar the first line holds most of outside of quotes.
        header: whether the first line of a CSV file holds the names; or the names, where it does not.
        quote: what fields of a CSV file are quoted with; None for nothing.
        missing: what stands in a CSV file where there is no value. In columns of numbers and times NA, N/A,
            NaN, null, None, #N/A and ? are missing too, and counted in the report. Columns stay text where a
            value is hexadecimal or begins with a zero, and where numbers would lose digits that int64 and
            float64 do not hold.
        as_text: columns to be taken as text whatever they hold.

    Returns:
        The table. Its report counts what was absent or taken for missing.

    Raises:
        DataError: the source is none of these, has no column, has a column of mixed or unusable values (the
            message names column and row), has times outside the years 1 to 9999, two columns
            of one name, or a name that is no UTF-8.
        FormatError: a file is damaged, a line of CSV has too many or too few fields, or CSV needs more memory
            than there is.
        MissingExtraError: pyarrow or narwhals is not installed.
        OptionError: an option is not of its kind, such as one string where a list is meant.
    """
    from firth.data.tabular import arrow_columns

    if isinstance(source, Columns) and not as_text:
        return source
    if isinstance(as_text, str):
        as_text = [as_text]
    found = arrow_columns(
        source,
        delimiter=delimiter,
        header=header,
        quote=quote,
        missing=missing,
        as_text=frozenset(as_text),
    )
    return Columns(
        [Column(name, values) for name, values in found.columns.items()], rows=found.rows, report=found.report
    )


def is_table(source: Any) -> bool:
    """Whether this is a table and not text: a frame, a series, an Arrow array, a dict, a list of dicts, an
    array of two dimensions, or the path of a file whose name ends like that of one. Nothing is read."""
    if isinstance(source, (str, os.PathLike)):
        return not _SUFFIXES.isdisjoint(suffix.lower() for suffix in Path(source).suffixes[-2:])
    if isinstance(source, np.ndarray):
        return source.ndim == 2
    if isinstance(source, (list, tuple)):
        return bool(source) and isinstance(source[0], Mapping)
    of_table = ("column_names", "columns", "to_frame", "__arrow_c_array__", "__arrow_c_stream__")
    return isinstance(source, Mapping) or any(hasattr(source, name) for name in of_table)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:10]))
    return f"{shown} and {len(names) - 10:,} more" if len(names) > 10 else shown or "none"
