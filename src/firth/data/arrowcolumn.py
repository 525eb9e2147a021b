"""One column, whatever it comes as, as an Arrow array of one of a few types; and what cannot be one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from firth.errors import DataError
from firth.extras import require

__all__ = ["arrow_column", "brief"]


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
            f"the column {name!r} holds values of the Arrow type {t}, row {row} being {brief(value)}; {way}"
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
                f"the column {name!r} holds mixed types: row {first[0]} is {brief(items[first[0]])} "
                f"({first[1]}) and row {row} is {brief(item)} ({kind}); make them one type, or read the "
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


def brief(value: Any) -> str:
    """A value as a message shows it."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
