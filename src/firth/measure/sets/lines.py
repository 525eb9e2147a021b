"""The lines of a set's file, their cells, and what is a number."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from firth.errors import FormatError

__all__ = ["PathLike", "about_comments", "cells_of", "is_number", "lines_of", "separator_of"]

PathLike: TypeAlias = str | os.PathLike[str]


def lines_of(path: PathLike, comments: list[int] | None = None) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers from 1; comments and blank lines are left out.

    A comment is a line that begins with # and a space, or is # alone: "#win" is a word. The numbers of those
    that stand among the items, and not in front of them, are put into `comments`.
    """
    began = False
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
            if not line.startswith("#") or line[1:2].strip():
                if line.strip():
                    began = True
                    yield number, line
            elif began and comments is not None:
                comments.append(number)


def about_comments(comments: list[int]) -> str:
    """The note on comments among the items, "" for none."""
    if not comments:
        return ""
    where = f"{len(comments):,}, the first in line {comments[0]:,}"
    return f"lines that begin with # and a space were taken for comments: {where}"


def separator_of(line: str) -> str:
    """What the cells of a line are separated by: tab, semicolon or comma, and else white space, " "."""
    return next((separator for separator in "\t;," if separator in line), " ")


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of a line, without the spaces around them. Raises csv.Error: a quote is not closed."""
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, strict=True), [])]


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number."""
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
