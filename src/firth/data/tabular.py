"""Tables of every kind as Arrow columns of a few types: what `firth.read_table` is made of."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from firth.errors import DataError
from firth.extras import require

__all__ = ["Found", "arrow_column", "arrow_columns"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A table as it was found.

    Attributes:
        columns: name -> Arrow chunked array, of the types that `firth.data.columns.Column` lists.
        rows: how many rows there are, also where there is no column.
        report: what was absent, taken for missing or left out, values that JSON can hold.
    """

    columns: Mapping[str, Any]
    rows: int
    report: dict[str, Any] = field(default_factory=dict)


def arrow_columns(
    source: Any,
    *,
    delimiter: str | None,
    header: bool | Sequence[str],
    quote: str | None,
    missing: Sequence[str],
    as_text: frozenset[str],
) -> Found:
    """The columns of a table; see `firth.read_table` for what it may be and what is raised."""
    report: dict[str, Any] = {}
    if isinstance(source, (str, os.PathLike)):
        from firth.data.tablefile import read_table_file

        named, report = read_table_file(
            source, delimiter=delimiter, header=header, quote=quote, missing=missing, as_text=as_text
        )
        rows = len(named[0][1]) if named else 0
    else:
        named, rows = _in_memory(source, report)
    names = [str(name) for name, _ in named]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(f"two columns are called {name!r}; rename one of them")
    for name in sorted(as_text):
        if name not in names:
            raise DataError(f"as_text names {name!r}, and there is no such column among {', '.join(names)}")
    columns = {}
    for name, (_, values) in zip(names, named, strict=True):
        columns[name] = arrow_column(name, values, as_text=name in as_text)
        if len(columns[name]) != rows:
            raise DataError(
                f"columns are of equal length: {name!r} has {len(columns[name]):,} rows, not {rows:,}"
            )
    return Found(columns=columns, rows=rows, report={"rows": rows, "columns": len(columns)} | report)


def _in_memory(source: Any, report: dict[str, Any]) -> tuple[list[tuple[Any, Any]], int]:
    """The named columns of a table that is no file, and the number of its rows."""
    pa = require("pyarrow", extra="table")
    if isinstance(source, Mapping):  # Columns too
        named: list[tuple[Any, Any]] = [
            (name, values.values if _is_column(values) else values) for name, values in source.items()
        ]
        for name, values in named:
            if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
                raise DataError(f"the column {name!r} is {values!r}; a dict of columns holds one list each")
        return named, len(named[0][1]) if named else 0
    if isinstance(source, (pa.Table, pa.RecordBatch)):
        return list(zip(source.column_names, source.columns, strict=True)), source.num_rows
    if isinstance(source, (pa.Array, pa.ChunkedArray)):
        return [("0", source)], len(source)
    if isinstance(source, np.ndarray):
        return _of_array(source)
    frame = _narwhals(source)
    if frame is not None:
        return _of_frame(source, frame, report)
    if isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray, memoryview)):
        return _of_rows(source if isinstance(source, (list, tuple)) else list(source), report)
    raise DataError(
        f"a table is a frame, a dict of columns, a list of dicts, an array or the path of a CSV or Parquet "
        f"file, not {type(source).__name__}"
    )


def _is_column(values: Any) -> bool:
    from firth.data.columns import Column

    return isinstance(values, Column)


def _of_array(array: Any) -> tuple[list[tuple[Any, Any]], int]:
    if array.dtype.names:
        return [(name, array[name]) for name in array.dtype.names], len(array)
    if array.ndim == 1:
        return [("0", array)], len(array)
    if array.ndim != 2:
        raise DataError(f"a table has two dimensions, (rows, columns); this array has shape {array.shape}")
    by_column = np.asfortranarray(array)  # in one go: reading a column out of rows touches all of them
    return [(str(j), by_column[:, j]) for j in range(array.shape[1])], len(array)


def _narwhals(source: Any) -> Any:
    """The source as narwhals sees it, or None where it is nothing of the kind."""
    if isinstance(source, (list, tuple)) or type(source).__module__ == "builtins":
        return None
    narwhals = require("narwhals", extra="table")
    if type(source).__module__.startswith("pandas"):  # which alone allows it
        _check_names(getattr(source, "columns", ()))
    frame = narwhals.from_native(source, pass_through=True, allow_series=True)
    if isinstance(frame, narwhals.LazyFrame):
        raise DataError("this frame is lazy and holds no rows yet; collect it first: frame.collect()")
    return frame if isinstance(frame, (narwhals.DataFrame, narwhals.Series)) else None


def _check_names(names: Any) -> None:
    seen = set()
    for name in names if isinstance(names, Iterable) and not isinstance(names, (str, bytes)) else ():
        if str(name) in seen:
            raise DataError(f"two columns are called {str(name)!r}; rename one of them")
        seen.add(str(name))


def _of_frame(source: Any, frame: Any, report: dict[str, Any]) -> tuple[list[tuple[Any, Any]], int]:
    index = getattr(source, "index", None)
    if (
        index is not None
        and type(index).__module__.startswith("pandas")
        and type(index).__name__ != "RangeIndex"
    ):
        report["left_out_index"] = len(index)
    if not hasattr(frame, "columns"):
        return [(frame.name if frame.name not in (None, "") else "0", frame)], len(frame)
    # Not frame[name], which takes a name that is a whole number for the number of a row.
    return [(name, frame.get_column(name)) for name in frame.columns], len(frame)


def _of_rows(rows: Sequence[Any], report: dict[str, Any]) -> tuple[list[tuple[Any, Any]], int]:
    """A list of dicts, of rows, or of single values."""
    if any(isinstance(row, Mapping) for row in rows):
        return _of_dicts(rows, report)
    if any(_is_row(row) for row in rows):
        for i, row in enumerate(rows):
            if not _is_row(row) or len(row) != len(rows[0]):
                raise DataError(
                    f"the rows of a table are equally long: row 0 is {_brief(rows[0])} and row {i} is "
                    f"{_brief(row)}"
                )
        return [(str(j), list(values)) for j, values in enumerate(zip(*rows, strict=True))], len(rows)
    return [("0", list(rows))], len(rows)


def _is_row(row: Any) -> bool:
    return isinstance(row, (list, tuple)) or (isinstance(row, np.ndarray) and row.ndim == 1)


def _of_dicts(rows: Sequence[Any], report: dict[str, Any]) -> tuple[list[tuple[Any, Any]], int]:
    names: dict[Any, int] = {}  # in the order of their first appearance, with how many rows have each
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"the rows of a list of dicts are dicts; row {i} is {_brief(row)}")
        for name in row:
            names[name] = names.get(name, 0) + 1
    absent = {str(name): len(rows) - count for name, count in names.items() if count < len(rows)}
    if absent:
        report["absent"] = absent
    return [(name, [row.get(name) for row in rows]) for name in names], len(rows)


# --- one column ----------------------------------------------------------------------------------------


def arrow_column(name: str, values: Any, *, as_text: bool = False) -> Any:
    """One column as an Arrow chunked array of a type that `firth.data.columns.Column` lists.

    Args:
        name: for the messages.
        values: an Arrow array, a NumPy array, a narwhals or native series, or a list.
        as_text: whether whatever it holds becomes text.

    Raises:
        DataError: the values are of several types or of one that is neither number, text, truth nor time;
            the message names the row.
    """
    pa = require("pyarrow", extra="table")
    try:
        found = _as_arrow(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        items = list(itertools.chain(values))
        if as_text:
            return _plain(name, _text_of(name, items))
        raise _misfit(name, items, error) from error
    chunked = found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])
    chunked = _plain(name, chunked)
    return _spelled(chunked) if as_text else chunked


def _spelled(values: Any) -> Any:
    """Values of one type as text; what is not a number stays missing."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    return values.cast(pa.string())


def _as_arrow(values: Any) -> Any:
    pa = require("pyarrow", extra="table")
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if (
        isinstance(values, np.ndarray)
        and values.dtype.kind == "M"
        and np.datetime_data(values.dtype)[0] in "YMWDhm"
    ):
        unit = "s" if np.datetime_data(values.dtype)[0] in "hm" else "D"
        values = values.astype(f"datetime64[{unit}]")
    if isinstance(values, (np.ndarray, list, tuple)):
        return pa.array(values, from_pandas=True)
    native = getattr(values, "to_native", lambda: values)()
    if hasattr(native, "dtype") and type(native).__module__.startswith("pandas"):
        return pa.array(native, from_pandas=True)
    narwhals = require("narwhals", extra="table")
    series = narwhals.from_native(native, series_only=True, pass_through=True)
    if not hasattr(series, "to_arrow"):
        return pa.array(list(native), from_pandas=True)
    # Polars would hand out the addresses of Python objects.
    if series.dtype == narwhals.Object:
        return pa.array(series.to_list(), from_pandas=True)
    return series.to_arrow()


def _plain(name: str, values: Any) -> Any:
    """The values in one of the few types that learners meet."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    t, of = values.type, pa.types
    if of.is_dictionary(t):
        if of.is_string(t.value_type) and of.is_integer(t.index_type):
            return values
        return _plain(name, values.cast(t.value_type))
    if of.is_null(t) or of.is_string(t) or of.is_boolean(t) or of.is_int64(t) or of.is_float64(t):
        return values
    target = _target_of(t, pa)
    if target is None:
        row = int(np.argmax(pc.is_valid(values).to_numpy())) if len(values) else 0
        value = values[row].as_py() if len(values) else None
        way = (
            "decode them to text first"
            if of.is_binary(t) or of.is_large_binary(t)
            else "spread them over columns"
        )
        raise DataError(
            f"the column {name!r} holds values of the Arrow type {t}, row {row} being {_brief(value)}; {way}"
        )
    if of.is_duration(t):
        return pc.divide(values.cast(pa.duration("us"), safe=False).cast(pa.int64()).cast(pa.float64()), 1e6)
    try:
        # Nanoseconds below a microsecond are cut off; whole numbers must stay what they are.
        return values.cast(target, safe=not of.is_temporal(t))
    except pa.ArrowInvalid as error:
        raise DataError(f"the column {name!r} does not fit into {target}: {error}") from error


def _target_of(t: Any, pa: Any) -> Any:
    """The type that values of the type t are kept in, or None where there is none."""
    of = pa.types
    kinds: tuple[tuple[Callable[[Any], bool], Any], ...] = (
        (of.is_integer, pa.int64()),
        (of.is_floating, pa.float64()),
        (of.is_decimal, pa.float64()),
        (of.is_large_string, pa.string()),
        (lambda t: str(t) == "string_view", pa.string()),
        (of.is_date, pa.date32()),
        (of.is_time, pa.time64("us")),
        (of.is_duration, pa.float64()),
        (of.is_timestamp, pa.timestamp("us", tz="UTC" if getattr(t, "tz", None) else None)),
    )
    return next((target for fits, target in kinds if fits(t)), None)


# --- what does not fit ---------------------------------------------------------------------------------


def _text_of(name: str, items: Sequence[Any]) -> Any:
    """Values of several types as text, the missing ones missing."""
    pa = require("pyarrow", extra="table")
    texts = [None if _is_missing(item) else _text(item) for item in items]
    try:
        return pa.chunked_array([pa.array(texts, pa.string())])
    except UnicodeEncodeError as error:
        raise _misfit(name, texts, error) from error


def _text(item: Any) -> str:
    """As Arrow spells it."""
    return str(item).lower() if isinstance(item, (bool, np.bool_)) else str(item)


def _misfit(name: str, items: Sequence[Any], error: Exception) -> DataError:
    """Why these values make no column, with the first row that does not fit."""
    first: tuple[int, str] | None = None
    for row, item in enumerate(items):
        if _is_missing(item):
            continue
        if isinstance(item, str):
            try:
                item.encode()
            except UnicodeEncodeError as lone:
                return DataError(
                    f"row {row} of the column {name!r} is {item!r}, which cannot be written as UTF-8 "
                    f"({lone.reason}); clean it first"
                )
        if isinstance(item, (int, np.integer)) and not -(2**63) <= item < 2**63:
            return DataError(
                f"row {row} of the column {name!r} is {item}, which int64 does not hold; "
                f"read it as text: read_table(…, as_text=[{name!r}])"
            )
        kind = _type_name(item)
        first = first or (row, kind)
        if kind != first[1]:
            return DataError(
                f"the column {name!r} holds mixed types: row {first[0]} is {_brief(items[first[0]])} "
                f"({first[1]}) and row {row} is {_brief(item)} ({kind}); make them one type, or read the "
                f"column as text: read_table(…, as_text=[{name!r}])"
            )
    return DataError(f"the column {name!r} cannot be read: {error}")


def _is_missing(item: Any) -> bool:
    """None, NaN, NaT and pandas' NA, which alone do not equal themselves or will not say."""
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(item, (float, np.floating, np.datetime64)) and bool(item != item)


def _type_name(item: Any) -> str:
    if isinstance(item, (bool, np.bool_)):
        return "bool"
    if isinstance(item, (int, float, np.integer, np.floating)):
        return "number"
    return "str" if isinstance(item, str) else type(item).__name__


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
