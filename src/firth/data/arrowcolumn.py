"""One column, whatever it comes as, as an Arrow array of one of a few types; and what cannot be one."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.factors import spell
from firth.errors import DataError
from firth.extras import require

__all__ = ["arrow_column", "brief"]

_COARSE = {"Y": "D", "M": "D", "W": "D", "D": "D", "h": "s", "m": "s"}  # units that Arrow lacks, or wraps
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def arrow_column(name: str, values: Any, *, as_text: bool = False) -> Any:
    """One column as an Arrow chunked array of a type that `firth.data.columns.Column` lists.

    Args:
        name: for the messages.
        values: an Arrow array, a NumPy array, a narwhals or native series, or a list.
        as_text: whether whatever it holds becomes text.

    Raises:
        DataError: the values are of several types or of one that is neither number, text, truth nor time, or
            are times outside the years 1 to 9999; the message names the row.
    """
    pa = require("pyarrow", extra="table")
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        _check_years(name, values)
        unit = np.datetime_data(values.dtype)[0]
        values = values.astype(f"datetime64[{_COARSE[unit]}]") if unit in _COARSE else values
    try:
        found = _as_arrow(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        items = list(itertools.chain(values))
        if as_text:
            return _plain(name, _text_of(name, items))
        raise _misfit(name, items, error) from error
    chunked = found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])
    if as_text and isinstance(chunked.type, pa.BaseExtensionType):  # uuid, Period
        return _text_of(name, list(values) if hasattr(values, "dtype") else chunked.to_pylist())
    try:
        chunked = _plain(name, _stored(chunked))
    except pa.ArrowException as error:
        raise DataError(
            f"the column {name!r} of the Arrow type {chunked.type} cannot be read: {error}"
        ) from error
    return _spelled(chunked) if as_text else chunked


def _spelled(values: Any) -> Any:
    """Values of one type as text; what is not a number stays missing."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    return values.cast(pa.string()) if pa.types.is_dictionary(values.type) else spell(values)


def _stored(values: Any) -> Any:
    """Values that are stored as runs or as places in a dictionary of any kind: the values themselves, or
    places in a dictionary of strings."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    of = pa.types
    if of.is_run_end_encoded(values.type):
        return _stored(pc.run_end_decode(values))
    if not of.is_dictionary(values.type) or of.is_string(values.type.value_type):
        return values
    if _target_of(values.type.value_type, pa) != pa.string():
        return values.cast(values.type.value_type)
    parts = [
        pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.string()))
        for chunk in values.chunks
    ]
    return pa.chunked_array(parts, pa.dictionary(values.type.index_type, pa.string()))


def _as_arrow(values: Any) -> Any:
    pa = require("pyarrow", extra="table")
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if isinstance(values, (np.ndarray, list, tuple)):
        return _inferred(values)
    native = getattr(values, "to_native", lambda: values)()
    if hasattr(native, "dtype") and type(native).__module__.startswith("pandas"):
        return _inferred(np.asarray(native) if type(native.dtype).__name__ == "SparseDtype" else native)
    narwhals = require("narwhals", extra="table")
    series = narwhals.from_native(native, series_only=True, pass_through=True)
    if not hasattr(series, "to_arrow"):
        return _inferred(list(native))
    # Polars would hand out the addresses of Python objects.
    if series.dtype == narwhals.Object:
        return _inferred(series.to_list())
    return series.to_arrow()


def _inferred(values: Any) -> Any:
    """The values in the type that Arrow finds. Raises TypeError where it would make times of one kind of
    several: the hour of a datetime among dates would be lost, and a time zone."""
    pa = require("pyarrow", extra="table")
    found = pa.array(values, from_pandas=True)
    if pa.types.is_temporal(found.type) and getattr(values, "dtype", None) in (None, np.dtype(object)):
        each = {(type(item), getattr(item, "tzinfo", None) is None): item for item in values}
        if len({_type_name(item) for item in each.values() if not _is_missing(item)}) > 1:
            raise TypeError("times of several kinds")
    return found


def _plain(name: str, values: Any) -> Any:
    """The values in one of the few types that learners meet."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    t, of = values.type, pa.types
    if of.is_dictionary(t) or of.is_null(t) or of.is_string(t) or of.is_boolean(t):
        return values
    if of.is_int64(t) or of.is_float64(t):
        return values
    target = _target_of(t, pa)
    if target is None:
        row = int(np.argmax(pc.is_valid(values).to_numpy())) if len(values) else 0
        value = values[row].as_py() if len(values) else None
        way = (
            "decode them to text first"
            if of.is_binary(t) or of.is_large_binary(t)
            else f"turn them into text: read_table(…, as_text=[{name!r}]) or .astype(str)"
            if isinstance(t, pa.BaseExtensionType)
            else "spread them over columns"
        )
        raise DataError(
            f"the column {name!r} holds values of the Arrow type {t}, row {row} being {brief(value)}; {way}"
        )
    if of.is_duration(t):
        return pc.divide(values.cast(pa.int64()).cast(pa.float64(), safe=False), _PER_SECOND[t.unit])
    if of.is_timestamp(t) or of.is_date(t):
        _check_years(name, values.to_numpy())
    try:
        # Nanoseconds below a microsecond are cut off; whole numbers must stay what they are.
        return values.cast(options=pc.CastOptions(target, allow_time_truncate=True))
    except pa.ArrowInvalid as error:
        raise DataError(f"the column {name!r} does not fit into {target}: {error}") from error


def _check_years(name: str, times: NDArray[np.datetime64]) -> None:
    """Refuse times outside the years 1 to 9999, which neither Python's datetime nor every unit holds."""
    if np.datetime_data(times.dtype)[0] not in ("s", "ms", "us", *_COARSE):
        return  # nanoseconds reach from 1677 to 2262
    first, end = (
        np.datetime64(day).astype(times.dtype).astype(np.int64) for day in ("0001-01-01", "10000-01-01")
    )
    numbers = times.astype(np.int64)  # compared as they are: a cast to another unit would wrap
    outside = ((numbers < first) | (numbers >= end)) & ~np.isnat(times)
    if outside.any():
        row = int(np.argmax(outside))
        raise DataError(
            f"row {row} of the column {name!r} is {times[row]}, which is outside the years 1 to 9999; is the "
            f"unit of time right ({times.dtype})?"
        )


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
    """As `firth.data.factors.spell` has it: 3.0 is 3."""
    if isinstance(item, (float, np.floating)) and float(item).is_integer() and abs(float(item)) < 2**63:
        return str(int(item))
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
    return DataError(
        f"the column {name!r} cannot be read: {error}; turn it into numbers, or into text: "
        f"read_table(…, as_text=[{name!r}]) or .astype(str)"
    )


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
    if isinstance(item, (dt.datetime, dt.time)):
        kind = "datetime" if isinstance(item, dt.datetime) else "time"
        return kind if item.tzinfo is None else f"{kind} with a time zone"
    for kind, of in (("date", dt.date), ("timedelta", dt.timedelta)):
        if isinstance(item, of):  # pandas has its own
            return kind
    return "str" if isinstance(item, str) else type(item).__name__


def brief(value: Any) -> str:
    """A value as a message shows it."""
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
