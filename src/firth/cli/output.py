"""Where words go: reports to stdout as a table, as tab-separated lines or as JSON; talk to stderr."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

__all__ = ["drawn", "print_json", "print_line", "print_table", "printable", "say"]

# The C0 and C1 control characters: a key read from a hostile file must not steer the terminal.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON_LEAVES = re.compile(r"[\x7f-\x9f]")  # those that JSON allows in a string as they are


def say(message: str) -> None:
    """One line to stderr, for the person and not for the pipe; to nobody if that is closed."""
    if sys.stdout is not None:
        sys.stdout.flush()  # what was said before is seen before
    if sys.stderr is not None:
        print(printable(message), file=sys.stderr, flush=True)


def print_line(line: str = "") -> None:
    """One line of a report to stdout.

    Raises:
        BrokenPipeError: stdout is closed, as by the shell's `>&-`; Python has None for it then.
    """
    _stdout().write(f"{line}\n")


def print_json(document: Any) -> None:
    """One JSON document to stdout. Numbers that are not finite become null, since JSON has none."""
    text = json.dumps(_finite(document), ensure_ascii=False, allow_nan=False, indent=2)
    print_line(_JSON_LEAVES.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """A table to stdout: drawn on a terminal, tab-separated lines with a header line elsewhere.

    Args:
        columns: the headings.
        rows: a value a column; floats are shown with four digits after the point, None as "–".
        title: shown above the drawn table only.
    """
    rows = [list(row) for row in rows]
    if not drawn():
        for line in (columns, *rows):
            print_line("\t".join(_shown(value) for value in line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for i, column in enumerate(columns):
        numbers = all(isinstance(row[i], int | float | None) for row in rows)
        table.add_column(column, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(
            *(Text(_shown(value)) for value in row)
        )  # Text, so that "[red]" in a key stays what it is
    Console().print(table)


def drawn() -> bool:
    """Whether tables are drawn for a person: stdout is a terminal."""
    return _stdout().isatty()


def printable(text: str) -> str:
    r"""The text with control characters written as \x1b and the like."""
    return _CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _stdout() -> TextIO:
    if sys.stdout is None:
        raise BrokenPipeError("stdout is closed")
    return sys.stdout


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, int):
        return f"{value:,}" if drawn() else str(value)
    return printable(str(value))


def _finite(value: Any) -> Any:
    """The same document without NaN and infinities, of plain Python values."""
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
