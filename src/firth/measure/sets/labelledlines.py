"""Labelled items in one file: a table with named columns, or a class and an item on each line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from firth.data.compression import read_chunks
from firth.errors import FormatError, OptionError
from firth.measure.sets.lines import PathLike

__all__ = ["decoded", "read_lines", "read_table", "text_of"]

ITEMS = ("word", "item", "text", "sentence", "question", "id", "node")
LABELS = ("category", "class", "label", "target")
MARK = "__label__"

Found = tuple[list[tuple[str, str]], str]  # (class, item) each, and what to say of them


def read_lines(path: PathLike, *, encoding: str) -> Found:
    """Read "class item" lines; see `read_labelled`. A line that begins with # is one like any other."""
    found: list[tuple[str, str]] = []
    blank = 0
    for number, line in enumerate(io.StringIO(text_of(path, encoding), newline=None), start=1):
        cells = line.split(maxsplit=1)
        if not cells:
            blank += 1
            continue
        if len(cells) < 2:
            raise FormatError(
                f"line {number}: a class and an item were expected, found {line.strip()[:80]!r}", path=path
            )
        label, item = cells[0], cells[1].strip()
        if label.startswith(MARK):
            label = label.removeprefix(MARK)
            if item.startswith(MARK):
                raise FormatError(
                    f"line {number} has several labels; an item is of one class here", path=path
                )
        found.append((label, item))
    if not found:
        raise FormatError("holds no labelled items", path=path)
    return found, _blank_lines(blank)


def read_table(path: PathLike, *, item: str | int | None, label: str | int | None, encoding: str) -> Found:
    """Read two columns of a table; see `read_labelled`."""
    rows = _rows(path, text_of(path, encoding))
    start, first = next(rows, (0, []))
    if not first:
        raise FormatError("holds no labelled items", path=path)
    headed = not (isinstance(item, int) and isinstance(label, int))
    item_at = _column(path, first, item, ITEMS, "item")
    label_at = _column(path, first, label, LABELS, "label")
    if item_at == label_at:
        raise OptionError(f"the column {first[item_at]!r} cannot be both the item and its label")
    found: list[tuple[str, str]] = []
    blank = empty = 0
    for number, cells in rows if headed else [(start, first), *rows]:
        if not any(cells):
            blank += 1
            continue
        if len(cells) <= max(item_at, label_at):
            raise FormatError(
                f"line {number}: at least {max(item_at, label_at) + 1} cells were expected, not {len(cells)}",
                path=path,
            )
        if cells[item_at] and cells[label_at]:
            found.append((cells[label_at], cells[item_at]))
        else:  # published sets end their classes with such rows
            empty += 1
    if not found:
        raise FormatError("holds no labelled items below its header", path=path)
    said = [_blank_lines(blank), f"{empty:,} rows without an item or a label were passed over" * bool(empty)]
    return found, "; ".join(filter(None, said))


def text_of(path: PathLike, encoding: str) -> str:
    """The text of a file, unpacked if it is packed. Raises FormatError, OptionError."""
    with Path(path).open("rb") as file:
        raw = b"".join(read_chunks(file, str(path)))
    return decoded(raw, encoding, path)


def decoded(raw: bytes, encoding: str, path: PathLike, within: str = "") -> str:
    """Bytes as text. Raises FormatError that names the line; OptionError for an unknown encoding."""
    place = f"{within}: " if within else ""
    try:
        return raw.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise OptionError(f"encoding is one that Python knows, such as 'latin-1', not {encoding!r}") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{place}line {line} is not {encoding} ({error.reason}); give its encoding, often 'latin-1'",
            path=path,
        ) from None


def _rows(path: PathLike, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table with the number of the line each ends on; the separator is that of the first."""
    first = text.partition("\n")[0]
    separator = next((s for s in "\t;," if s in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise FormatError(
            f"line {reader.line_num} cannot be split into columns ({error})", path=path
        ) from error


def _column(
    path: PathLike, header: list[str], given: str | int | None, known: tuple[str, ...], what: str
) -> int:
    if isinstance(given, int):
        if not 0 <= given < len(header):
            raise OptionError(f"{what}={given} is no column of {path}, which has {len(header)}")
        return given
    lower = [name.lower() for name in header]
    wanted = known if given is None else (given.lower(),)
    for name in wanted:
        if name in lower:
            return lower.index(name)
    asked = f"no column {given!r}" if given is not None else f"no column that could be the {what}"
    raise OptionError(
        f"{asked} in {path}; the columns are {', '.join(map(repr, header))}: choose with {what}=…"
    )


def _blank_lines(count: int) -> str:
    return f"{count:,} blank lines were passed over" if count else ""
