"""`Factors`: a column as the different values that it holds and, for each row, which of them stands there.

Categories are compared as Arrow arrays and never as Python objects: a million rows of strings become a
million int32 in a tenth of a second. A file keeps the values as strings with the name of their kind beside
them (`kind_of`), so that a category that was a whole number or a date is one again when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError
from firth.extras import require

__all__ = [
    "MISSING",
    "UNKNOWN",
    "Factors",
    "factorize",
    "kind_of",
    "look_up",
    "spell",
    "string_buffers",
    "times_of_day",
    "to_arrow",
    "to_strings",
    "unspell",
]

MISSING, UNKNOWN = -1, -2

_KINDS: dict[str, Callable[[Any], Any]] = {  # kind of a category as files name it -> the Arrow type it has
    "text": lambda pa: pa.string(),
    "whole number": lambda pa: pa.int64(),
    "number": lambda pa: pa.float64(),
    "bool": lambda pa: pa.bool_(),
    "date": lambda pa: pa.date32(),
    "time of day": lambda pa: pa.time64("us"),
    "time": lambda pa: pa.timestamp("us"),
    "time in UTC": lambda pa: pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True, kw_only=True)
class Factors:
    """A column of n rows as codes of its u different values.

    Attributes:
        codes: int32, (n,), places in `values`; `MISSING` (-1) where there is no value.
        values: Arrow array of the u different values, rising, none of them null or NaN.
        counts: int64, (u,), in how many rows each value stands.
    """

    codes: NDArray[np.int32]
    values: Any
    counts: NDArray[np.int64]


def factorize(values: Any) -> Factors:
    """The different values of an Arrow chunked array, rising, and the code of each row.

    Args:
        values: of one of the types that `firth.data.columns` gives its columns.

    Strings rise by code point. 0.0 and -0.0 are one value; NaN is none.
    """
    pc = require("pyarrow.compute", extra="table")
    pa = require("pyarrow", extra="table")
    if not len(values):  # Arrow makes no dictionary of no chunk
        of = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
        return Factors(codes=np.empty(0, np.int32), values=pa.array([], of), counts=np.empty(0, np.int64))
    if pa.types.is_floating(values.type):
        # Adding zero makes 0.0 of -0.0.
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), pc.add(values, 0.0))
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    encoded = encoded.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # how older versions combine no chunk at all
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], encoded.type)
    raw = pc.fill_null(encoded.indices.cast(pa.int32()), MISSING).to_numpy(zero_copy_only=False)
    found = encoded.dictionary
    seen = np.bincount(raw[raw >= 0], minlength=len(found))
    order = pc.sort_indices(found).to_numpy()
    # A dictionary that came from elsewhere may hold values that no row has, a null or a value twice.
    order = order[seen[order] > 0]
    different = found.take(pa.array(order))
    if different.null_count or len(pc.unique(different)) < len(different):
        return factorize(pa.chunked_array([found.take(encoded.indices)]))
    place = np.full(len(found) + 1, MISSING, np.int32)  # its last entry, at -1, is of what is missing
    place[order] = np.arange(order.size, dtype=np.int32)
    return Factors(codes=place[raw], values=different, counts=seen[order].astype(np.int64))


def look_up(known: Any, factors: Factors, *, column: str) -> NDArray[np.int32]:
    """Which of the known values stands in each row.

    Args:
        known: Arrow array of different values.
        factors: of a column; whole numbers that came as 1.0, 2.0, … are found among whole numbers.
        column: its name, for the message.

    Returns:
        int32, (n,), places in `known`, `MISSING` or `UNKNOWN`.

    Raises:
        DataError: the column holds another kind of values than the known ones.
    """
    pc = require("pyarrow.compute", extra="table")
    pa = require("pyarrow", extra="table")
    values = factors.values
    place = np.full(len(values) + 1, UNKNOWN, np.int32)
    place[-1] = MISSING
    if len(values) and len(known):
        asked, had = kind_of(values.type), kind_of(known.type)
        if {asked, had} == {"number", "whole number"}:
            values, known = values.cast(pa.float64(), safe=False), known.cast(pa.float64(), safe=False)
        elif asked != had:
            raise DataError(
                f"the column {column!r} held values of the kind {had} in training and holds {asked} now, "
                f"such as {values[0].as_py()!r}; make them alike, "
                f"such as by read_table(…, as_text=[{column!r}])"
            )
        place[:-1] = pc.fill_null(pc.index_in(values, value_set=known), UNKNOWN).to_numpy()
    return place[factors.codes]


def kind_of(type: Any) -> str:
    """What a file calls the kind of values of this Arrow type: "text", "whole number", "date", …

    Raises:
        DataError: values of this type are no categories.
    """
    pa = require("pyarrow", extra="table")
    if pa.types.is_null(type):
        return "text"  # of no values, all kinds are alike
    for kind, make in _KINDS.items():
        if type == make(pa):
            return kind
    raise DataError(f"values of the Arrow type {type} cannot be categories; turn them into text or numbers")


def spell(values: Any) -> Any:
    """The values of an Arrow array as strings, null where there is none; `unspell` restores them exactly.

    Whole numbers from -2**63 up to 2**63 are written with all their digits, whether they are int64 or
    float64, and -0.0 is 0.
    """
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    strings = values.cast(pa.string())
    if not pa.types.is_floating(values.type):
        return strings
    # Arrow writes 1e+10 for the float and 10000000000 for the int.
    whole = pc.and_(
        pc.equal(pc.trunc(values), values),
        pc.and_(pc.greater_equal(values, -(2.0**63)), pc.less(values, 2.0**63)),
    )
    digits = pc.if_else(whole, values, 0.0).cast(pa.int64(), safe=False).cast(pa.string())
    return pc.if_else(whole, digits, strings)


def unspell(strings: Any, kind: str) -> Any:
    """The values of a kind that these strings, a list or an Arrow array, spell.

    Raises:
        DataError: there is no such kind, or a string spells no value of it.
    """
    pa = require("pyarrow", extra="table")
    if kind not in _KINDS:
        raise DataError(f"{kind!r} is no kind of category; there are {', '.join(_KINDS)}")
    try:
        texts = strings if isinstance(strings, pa.Array) else pa.array(strings, pa.string())
        return times_of_day(texts) if kind == "time of day" else texts.cast(_KINDS[kind](pa))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeError) as error:
        raise DataError(f"these categories are not of the kind {kind}: {error}") from error


def string_buffers(strings: Any) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The bytes and the offsets, (n + 1,), of an Arrow array of strings, views without a copy."""
    _, offsets, data = strings.buffers()
    if offsets is None or not len(strings):
        return np.empty(0, np.uint8), np.zeros(len(strings) + 1, np.int32)
    begin = strings.offset
    places = np.frombuffer(offsets, np.int32)[begin : begin + len(strings) + 1]
    return np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8), places


def to_strings(strings: Any) -> Strings:
    """A table of the different strings of an Arrow array, none of them null."""
    data, places = string_buffers(strings)
    offsets = places.astype(np.int64) - int(places[0])
    return Strings(data[places[0] : places[-1]], offsets)


def to_arrow(strings: Strings) -> Any:
    """An Arrow array of the strings of a table, which may come from a file and is looked at before.

    Raises:
        DataError: a string occurs twice or is no UTF-8, or all of them are beyond 2 GiB.
    """
    pa = require("pyarrow", extra="table")
    strings.index()  # whether offsets descend or a string occurs twice
    offsets, data = pa.py_buffer(strings.offsets), pa.py_buffer(strings.data)
    found = pa.LargeStringArray.from_buffers(len(strings), offsets, data)
    try:
        found.validate(full=True)
        return found.cast(pa.string())
    except pa.ArrowInvalid as error:
        raise DataError(f"these categories cannot be read: {error}") from error


def times_of_day(strings: Any) -> Any:
    """Strings such as 18:30 or 18:30:00.25 as Arrow times of day. Raises pyarrow.ArrowInvalid for others."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    moments = pc.binary_join_element_wise("1970-01-01T", strings, "").cast(pa.timestamp("us"))
    return moments.cast(pa.time64("us"))
