"""`GradedPairs`: pairs of words that people graded.

Pairs come separated by tabs, commas, semicolons or spaces, with a header or without, and with further columns
(SimLex-999 gives the part of speech before the grade).
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

from firth.errors import FormatError, OptionError
from firth.measure.sets.checks import check_grades, check_tuples
from firth.measure.sets.lines import PathLike, cells_of, is_number, lines_of
from firth.measure.sets.testset import TestSet

__all__ = ["GradedPairs", "read_pairs"]


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
        path: the file. Lines that begin with # are comments. The separator is found out: tab, comma,
            semicolon or space.
        column: the header or the position (from 0) of the column with the grades; if None, the first column
            after the words that holds a number, which is the right one of WordSim-353, SimLex-999, MEN, RG-65
            and their like.
        name: what to call the set; the file's name if None.

    Raises:
        FormatError: a line lacks a word or a grade, or there is none; the message names the line.
        OptionError: there is no such column.
    """
    header: list[str] | None = None
    separator: str | None = None
    place = column if isinstance(column, int) else None
    pairs: list[tuple[str, str]] = []
    grades: list[float] = []
    for number, line in lines_of(path):
        if separator is None:
            separator = next((s for s in "\t;," if s in line), " ")
        try:
            cells = cells_of(line, separator)
        except csv.Error as error:  # such as a cell of more than 131,072 characters
            raise FormatError(f"line {number} cannot be split into columns ({error})", path=path) from error
        if (
            header is None
            and not pairs
            and not any(is_number(cell) for cell in cells[2:])
            and len(cells) >= 3
        ):
            header = cells
            continue
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
    return GradedPairs(name=name or Path(path).stem, pairs=tuple(pairs), grades=tuple(grades))


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
