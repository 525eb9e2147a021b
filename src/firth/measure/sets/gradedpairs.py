"""`GradedPairs`: pairs of words that people graded.

Pairs come separated by tabs, commas, semicolons or spaces, with a header or without, and with further columns
(SimLex-999 gives the part of speech before the grade).
"""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from pathlib import Path

from firth.errors import FormatError, OptionError
from firth.measure.sets.checks import check_grades, check_tuples
from firth.measure.sets.lines import PathLike, about_comments, cells_of, is_number, lines_of, separator_of
from firth.measure.sets.testset import TestSet
from firth.options import check_whole

__all__ = ["GradedPairs", "read_pairs"]


HEADS = re.compile("word|score|grade|rating|mean|human|gold|simi|relat")  # in most headers there are
MISSING = {"", "-", "?", "na", "n/a", "nan", "none", "null", "inf", "-inf"}


@dataclass(frozen=True, kw_only=True)
class GradedPairs(TestSet):
    """Pairs of words that people graded: the higher, the more similar or related.

    Attributes:
        pairs: the words, as written.
        grades: one a pair.

    Raises:
        DataError: a pair is not two strings, or the grades are not one finite number a pair.
    """

    pairs: tuple[tuple[str, str], ...]
    grades: tuple[float, ...]

    def __post_init__(self) -> None:
        check_tuples(f"{self.name}: pairs of words", self.pairs, 2)
        check_grades(self.name, self.pairs, self.grades)

    def __len__(self) -> int:
        return len(self.pairs)


def read_pairs(path: PathLike, *, column: str | int | None = None, name: str | None = None) -> GradedPairs:
    """Read graded pairs: two words, then the grade, on each line.

    Args:
        path: the file. Lines that begin with # and a space are comments. The separator is found out: tab,
            comma, semicolon or space. A first line without a grade is a header; the note of the set shows it
            if it does not look like one.
        column: the header or the position (from 0) of the column with the grades; if None, the first column
            after the words that holds a number, which is the right one of WordSim-353, SimLex-999, MEN, RG-65
            and their like.
        name: what to call the set; the file's name if None.

    Raises:
        FormatError: a line lacks a word or a grade, or there is none; the message names the line.
        OptionError: there is no such column.
    """
    header: list[str] | None = None
    comments: list[int] = []
    said: list[str] = []
    separator: str | None = None
    place = None if column is None or isinstance(column, str) else check_whole("column", column, 0, 2**31)
    pairs: list[tuple[str, str]] = []
    grades: list[float] = []
    for number, line in lines_of(path, comments):
        if separator is None:
            separator = separator_of(line)
        try:
            cells = cells_of(line, separator)
        except csv.Error as error:  # such as a cell of more than 131,072 characters
            raise FormatError(f"line {number} cannot be split into columns ({error})", path=path) from error
        if header is None and not pairs and _may_be_header(cells):
            header = cells
            if not HEADS.search(line.lower()):
                said.append(f"line {number} was taken for a header: {line[:80]!r}")
            continue
        if place is not None and not pairs and len(cells) <= place:
            raise OptionError(f"no column {place} in {os.fspath(path)}; line {number} has {len(cells)}")
        if place is None:
            place = _grade_column(cells, header, column, path, number)
        if len(cells) <= max(2, place) or not cells[0] or not cells[1]:
            raise FormatError(
                f"line {number}: two words and a grade were expected, found {line[:80]!r}", path=path
            )
        if not is_number(cells[place]):
            raise FormatError(f"line {number}: the grade {cells[place]!r} is not a finite number", path=path)
        pairs.append((cells[0], cells[1]))
        grades.append(float(cells[place]))
    if not pairs:
        raise FormatError("holds no graded pairs", path=path)
    said += [about_comments(comments)] if comments else []
    return GradedPairs(
        name=name or Path(path).stem, pairs=tuple(pairs), grades=tuple(grades), note="; ".join(said)
    )


def _may_be_header(cells: list[str]) -> bool:
    """Whether there are words where the grades would be, and none that stands for a grade that is missing."""
    return len(cells) > 2 and not any(is_number(cell) or cell.lower() in MISSING for cell in cells[2:])


def _grade_column(
    cells: list[str], header: list[str] | None, column: str | int | None, path: PathLike, number: int
) -> int:
    if isinstance(column, str):
        if header is None or column not in header:
            there = f"the columns are {', '.join(header)}" if header else "the file has no header"
            raise OptionError(f"no column {column!r} in {os.fspath(path)}; {there}")
        return header.index(column)
    for place in range(2, len(cells)):
        if is_number(cells[place]):
            return place
    raise FormatError(f"line {number}: no grade after the two words in {' '.join(cells)[:80]!r}", path=path)
