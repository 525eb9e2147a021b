"""CSV and TSV files as Arrow columns, whose types are found from all of their values.

Other readers guess a type from the first megabyte, or take the letters NA for a missing value wherever they
stand, and so lose Namibia's country code and the zeros at the beginning of a postcode. Here a column is read
as text first; it becomes numbers, truth values or times only where every value of it is one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from firth.data.compression import read_chunks
from firth.data.factors import times_of_day
from firth.data.memory import available_memory
from firth.errors import DataError, FormatError, OptionError
from firth.extras import require
from firth.options import check_several

__all__ = ["read_csv"]

_NOTHING = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "?")  # in columns that are no text
_LEADING_ZERO = r"^[+-]?0([xX]|[0-9]+([.eE]|$))"  # of a postcode or a hexadecimal id, but not of 07:30
_SAMPLE = 64  # values that are looked at before all of them
_LONGEST_FIELD = 1 << 30  # bytes that Arrow's parser looks at together
_NEED = 4  # bytes of memory that a byte of CSV needs at least; narrow columns of numbers need up to ten


def read_csv(
    path: Path,
    *,
    delimiter: str | None,
    header: bool | Sequence[str],
    quote: str | None,
    missing: Sequence[str],
    as_text: frozenset[str],
) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """The columns of a CSV file, Arrow chunked arrays with their names, and what to report.

    Raises:
        DataError: the file is empty, or the given names do not fit.
        FormatError: it is no UTF-8, a line has too many or too few fields, or it needs more memory than
            there is, at least four bytes for each byte of it unpacked.
        OptionError: the delimiter or the quote is not one ASCII character, or `header` or `missing` is one
            string.
    """
    for option, mark in (("delimiter", delimiter), ("quote", quote)):
        sound = isinstance(mark, str) and len(mark) == 1 and mark.isascii() and mark not in "\r\n\0"
        if mark is not None and not sound:
            raise OptionError(f"{option} is one ASCII character, not {mark!r}")
    missing = check_several("missing", missing)
    if not all(isinstance(mark, str) for mark in missing):
        raise OptionError(f"missing holds texts as they stand in the file, not {missing!r}")
    given = None if isinstance(header, bool) else [str(name) for name in check_several("header", header)]
    if given == []:
        raise OptionError("header=[] names no column; give a name for each column, or True or False")
    data = _unpacked(path)
    _check_text(data, path)
    if not data.strip():
        raise DataError(f"{path}: the file is empty; there is no table in it")
    if delimiter is None:
        delimiter = _found_delimiter(data, path, quote)
    names = _names(data, path, delimiter, quote) if given is None else given
    if header is False:
        names = [str(j) for j in range(len(names))]
    table = _parsed(data, path, names, skip=header is True, delimiter=delimiter, quote=quote, missing=missing)
    nothing: dict[str, int] = {}
    columns = []
    for name, values in zip(names, table.columns, strict=True):
        if name not in as_text:
            values, count = _typed(values)
            if count:
                nothing[name] = count
        columns.append((name, values))
    return columns, {"taken_for_missing": nothing} if nothing else {}


def _unpacked(path: Path) -> bytes:
    """The bytes of a file, which little of it may become very many of."""
    there = available_memory()
    pieces, size = [], 0
    with path.open("rb") as file:
        for piece in read_chunks(file, path.name):
            pieces.append(piece)
            size += len(piece)
            if there is not None and _NEED * size > there:
                raise FormatError(
                    f"the text is longer than {size / 1e6:,.0f} MB unpacked, and a table of it needs "
                    f"at least {_NEED} times that; {there / 1e6:,.0f} MB of memory is available. Read it in "
                    "parts, or write it as Parquet",
                    path=path,
                )
    return b"".join(pieces)


def _check_text(data: bytes, path: Path) -> None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FormatError("the text is UTF-16; save it as UTF-8", path=path)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"line {line} is not valid UTF-8 ({error.reason}); save the file as UTF-8",
            path=path,
            offset=error.start,
        ) from error


def _found_delimiter(data: bytes, path: Path, quote: str | None) -> str:
    if {".tsv", ".tab"} & {suffix.lower() for suffix in path.suffixes}:
        return "\t"
    first = data.removeprefix(b"\xef\xbb\xbf").lstrip()[: 1 << 16].decode("utf-8", "ignore")
    if quote is not None:  # what is quoted between two marks or ends divides nothing
        q = re.escape(quote)
        first = re.sub(rf"(?:^|(?<=[,;\t|])){q}[^{q}]*(?:{q}{q}[^{q}]*)*{q}(?=[,;\t|\r\n]|$)", "", first)
    first = first.partition("\n")[0]
    return max(",;\t|", key=first.count)  # the comma where there is none of them


def _names(data: bytes, path: Path, delimiter: str, quote: str | None) -> list[str]:
    """The fields of the first line that holds something."""
    quoting: Literal[0, 3] = csv.QUOTE_NONE if quote is None else csv.QUOTE_MINIMAL
    text = io.StringIO(data.removeprefix(b"\xef\xbb\xbf")[: 1 << 24].decode("utf-8", "ignore"), newline="")
    try:
        for fields in csv.reader(text, delimiter=delimiter, quotechar=quote or '"', quoting=quoting):
            if fields:
                return fields
    except csv.Error as error:
        raise FormatError(f"the first line holds no names ({error}); say header=[…]", path=path) from error
    return []


def _parsed(
    data: bytes,
    path: Path,
    names: list[str],
    *,
    skip: bool,
    delimiter: str,
    quote: str | None,
    missing: Sequence[str],
) -> Any:
    """All fields as text, an Arrow table whose columns are called 0, 1, …"""
    pa = require("pyarrow", extra="table")
    arrow_csv = require("pyarrow.csv", extra="table")
    ragged: list[Any] = []

    def remember(row: Any) -> str:
        ragged.append(row)
        return "error"

    places = [str(j) for j in range(len(names))]  # the names may hold one twice, which is told elsewhere
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")),  # the header comes first
            read_options=arrow_csv.ReadOptions(
                column_names=places,
                skip_rows_after_names=int(skip),
                block_size=min(max(len(data) // 8, 1 << 24), _LONGEST_FIELD),
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                quote_char=quote or False,
                double_quote=quote is not None,
                newlines_in_values=quote is not None,
                ignore_empty_lines=len(names) > 1,
                invalid_row_handler=remember,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()),
                null_values=list(missing),
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowException as error:
        if ragged:
            raise _ragged(data, path, ragged[0], names, delimiter, quote) from error
        raise FormatError(f"the table cannot be read: {error}", path=path) from error


def _ragged(
    data: bytes, path: Path, row: Any, names: list[str], delimiter: str, quote: str | None
) -> FormatError:
    """The line that has too many or too few fields. Arrow knows its text; its number is counted here."""
    text = row.text if isinstance(row.text, str) else row.text.decode("utf-8", "replace")
    where, before = "a line", 0
    reader = csv.reader(
        io.StringIO(data.decode("utf-8-sig"), newline=""),
        delimiter=delimiter,
        quotechar=quote or '"',
        quoting=csv.QUOTE_NONE if quote is None else csv.QUOTE_MINIMAL,
    )
    with suppress(csv.Error):  # a field too long for it; then the text alone must do
        for fields in reader:
            if fields and len(fields) != len(names):
                where = f"line {before + 1}"
                break
            before = reader.line_num
    shown = text if len(text) <= 80 else text[:77] + "…"
    return FormatError(
        f"{where} has {row.actual_columns} fields and not {len(names)}: {shown!r}; mend it, or say which "
        f"delimiter and quote the file has",
        path=path,
    )


# --- types ---------------------------------------------------------------------------------------------


def _typed(texts: Any) -> tuple[Any, int]:
    """The values as numbers, truth values or times where all of them are such, and how many were letters
    that stand for nothing, such as NA."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    if texts.null_count == len(texts):
        return pa.chunked_array([pa.nulls(len(texts))]), 0
    letters = pc.is_in(texts, value_set=pa.array(_NOTHING))
    count = int(pc.sum(letters).as_py() or 0)
    values = pc.if_else(letters, pa.scalar(None, pa.string()), texts) if count else texts
    if values.null_count == len(values):
        return texts, 0  # nothing but such letters: whatever they mean, they are text
    found = _cast(values)
    return (texts, 0) if found is None else (found, count)


def _cast(texts: Any) -> Any:
    """The values in the first type that all of them have, or None where that is text."""
    pa = require("pyarrow", extra="table")
    pc = require("pyarrow.compute", extra="table")
    trimmed = pc.utf8_trim_whitespace(texts)
    if pc.any(pc.match_substring_regex(trimmed, _LEADING_ZERO)).as_py():
        return None
    lower = pc.utf8_lower(trimmed)
    if pc.all(pc.is_in(lower, value_set=pa.array(["true", "false", None]))).as_py():
        return pc.equal(lower, "true")
    casts: tuple[Callable[[Any], Any], ...] = (
        lambda strings: strings.cast(pa.int64()),
        lambda strings: strings.cast(pa.float64()),
        lambda strings: strings.cast(pa.date32()),
        times_of_day,
        lambda strings: strings.cast(pa.timestamp("us")),
        lambda strings: strings.cast(pa.timestamp("us", tz="UTC")),
    )
    some = trimmed.drop_null().slice(0, _SAMPLE)  # a cast takes a microsecond a value that does not fit
    for cast in casts:
        try:
            cast(some)
            found = cast(trimmed)
        except pa.ArrowInvalid:
            continue
        return None if pa.types.is_floating(found.type) and _loses(trimmed, found) else found
    return None


def _loses(texts: Any, numbers: Any) -> bool:
    """Whether float64 is no place for these: whole numbers beyond int64, which are ids, and 1e400."""
    pc = require("pyarrow.compute", extra="table")
    if pc.all(pc.match_substring_regex(texts, r"^[+-]?[0-9]+$")).as_py():
        return True
    beyond = pc.and_(pc.is_inf(numbers), pc.match_substring_regex(texts, "[0-9]"))
    return bool(pc.any(beyond).as_py())
