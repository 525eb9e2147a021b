"""Tables of every kind as Arrow columns of a few types: what `firth.read_table` is made of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from firth.data.arrowcolumn import arrow_column, brief
from firth.errors import DataError
from firth.extras import require

__all__ = ["Found", "arrow_columns"]


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
    _check_names(names)
    for name in sorted(as_text.difference(names)):
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
            if isinstance(values, (Mapping, Set)):  # whose values or order would be lost
                raise DataError(
                    f"the column {name!r} is a {type(values).__name__}; give a list, or df.to_dict('list')"
                )
            single = isinstance(values, (str, bytes)) or not hasattr(values, "__len__")
            if single or getattr(values, "ndim", 1) != 1:
                raise DataError(
                    f"the column {name!r} is {brief(values)}; a dict of columns holds one list each"
                )
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
    several = isinstance(names, Iterable) and not isinstance(names, (str, bytes))
    for name in map(str, names if several else ()):
        if name in seen:
            raise DataError(f"two columns are called {name!r}; rename one of them")
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"the column name {name!r} cannot be written as UTF-8 ({error.reason}); rename it"
            ) from error
        seen.add(name)


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
                    f"the rows of a table are equally long: row 0 is {brief(rows[0])} and row {i} is "
                    f"{brief(row)}"
                )
        return [(str(j), list(values)) for j, values in enumerate(zip(*rows, strict=True))], len(rows)
    return [("0", list(rows))], len(rows)


def _is_row(row: Any) -> bool:
    return isinstance(row, (list, tuple)) or (isinstance(row, np.ndarray) and row.ndim == 1)


def _of_dicts(rows: Sequence[Any], report: dict[str, Any]) -> tuple[list[tuple[Any, Any]], int]:
    names: dict[Any, int] = {}  # in the order of their first appearance, with how many rows have each
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"the rows of a list of dicts are dicts; row {i} is {brief(row)}")
        for name in row:
            names[name] = names.get(name, 0) + 1
    absent = {str(name): len(rows) - count for name, count in names.items() if count < len(rows)}
    if absent:
        report["absent"] = absent
    return [(name, [row.get(name) for row in rows]) for name in names], len(rows)
