"""The lines of a set's file, their cells, and what is a number."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from firth.errors import FormatError

__all__ = ["PathLike", "cells_of", "is_number", "lines_of"]

PathLike: TypeAlias = str | os.PathLike[str]


def lines_of(path: PathLike) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers from 1; comments and blank lines are left out."""
    with Path(path).open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n ")
            except UnicodeDecodeError as error:
                raise FormatError(f"line {number} is not UTF-8 ({error.reason})", path=path) from error
            if "\r" in line:
                raise FormatError(
                    f"line {number} has a carriage return inside; end lines with a newline", path=path
                )
            if line and not line.startswith("#"):
                yield number, line


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of a line, without the spaces around them. Raises csv.Error."""
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number."""
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
