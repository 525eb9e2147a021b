"""Evaluation sets as they are published: pairs that people graded, and analogy questions.

Pairs come separated by tabs, commas, semicolons or spaces, with a header or without, and with further columns
(SimLex-999 gives the part of speech before the grade). Questions come four words a line, in sections that
begin with a colon (Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space",
section 4.1).
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, FormatError, OptionError
from firth.vectors import Vectors

__all__ = [
    "Case",
    "EvaluationSet",
    "GradedPairs",
    "Question",
    "Questions",
    "find_rows",
    "given_sets",
    "read_pairs",
    "read_questions",
    "read_set",
]

Case: TypeAlias = Literal["auto", "exact", "lower"]
PathLike: TypeAlias = str | os.PathLike[str]
Question: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class GradedPairs:
    """Pairs of words that people graded: the higher, the more similar or related.

    Attributes:
        name: such as "wordsim353".
        pairs: the words, as written.
        grades: one a pair.
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    grades: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, kw_only=True)
class Questions:
    """Analogy questions: a is to b as c is to d.

    Attributes:
        name: such as "google-analogies".
        sections: (name of the section, its questions) in the order of the file.
    """

    name: str
    sections: tuple[tuple[str, tuple[Question, ...]], ...]

    def __len__(self) -> int:
        return sum(len(questions) for _, questions in self.sections)


EvaluationSet: TypeAlias = GradedPairs | Questions | PathLike


def given_sets(sets: EvaluationSet | Iterable[EvaluationSet]) -> list[GradedPairs | Questions]:
    """One set or several, each as it is or read from its file.

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: no set was given.
    """
    several = [sets] if isinstance(sets, (GradedPairs, Questions, str, os.PathLike)) else list(sets)
    if not several:
        raise DataError("at least one set of graded pairs or questions is needed to measure on")
    return [some if isinstance(some, (GradedPairs, Questions)) else read_set(some) for some in several]


def read_set(path: PathLike) -> GradedPairs | Questions:
    """Read a set of either kind; four words a line, or a line that begins with a colon, are questions.

    Raises:
        FormatError: the file is damaged; the message names the line.
    """
    start = [line for _, line in islice(_lines(path), 2)]  # the first of them may be a header
    if not start:
        raise FormatError("holds no pairs and no questions", path=path)
    if start[0].startswith(":"):
        return read_questions(path)
    words = re.split(r"[\s,;]+", start[-1])
    return read_questions(path) if len(words) == 4 and not any(map(_is_number, words)) else read_pairs(path)


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
    for number, line in _lines(path):
        if separator is None:
            separator = next((s for s in "\t;," if s in line), " ")
        try:
            cells = _cells(line, separator)
        except csv.Error as error:  # such as a cell of more than 131,072 characters
            raise FormatError(f"line {number} cannot be split into columns ({error})", path=path) from error
        if (
            header is None
            and not pairs
            and not any(_is_number(cell) for cell in cells[2:])
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
        if not _is_number(cells[place]):
            raise FormatError(f"line {number}: the grade {cells[place]!r} is not a finite number", path=path)
        pairs.append((cells[0], cells[1]))
        grades.append(float(cells[place]))
    if not pairs:
        raise FormatError("holds no graded pairs", path=path)
    return GradedPairs(name=name or Path(path).stem, pairs=tuple(pairs), grades=tuple(grades))


def read_questions(path: PathLike, *, name: str | None = None) -> Questions:
    """Read analogy questions: four words a line, sections that begin with a line ": name".

    Args:
        path: the file. Questions before the first section belong to one called "questions".
        name: what to call the set; the file's name if None.

    Raises:
        FormatError: a line has not four words, or there is no question; the message names the line.
    """
    sections: list[tuple[str, list[Question]]] = []
    for number, line in _lines(path):
        if line.startswith(":"):
            sections.append((line[1:].strip() or "questions", []))
            continue
        words = line.split()
        if len(words) != 4:
            raise FormatError(f"line {number}: four words were expected, found {line[:80]!r}", path=path)
        if not sections:
            sections.append(("questions", []))
        a, b, c, d = words
        sections[-1][1].append((a, b, c, d))
    if not any(questions for _, questions in sections):
        raise FormatError("holds no questions", path=path)
    return Questions(
        name=name or Path(path).stem, sections=tuple((title, tuple(found)) for title, found in sections)
    )


def find_rows(vectors: Vectors, words: list[str], *, case: Case) -> NDArray[np.int64]:
    """The row of each word, int64, -1 where it is missing.

    Args:
        vectors: whose ids are strings.
        words: as written in the set.
        case: "exact" looks a word up as written, "lower" lower-cased, "auto" as written and else lower-cased.

    Raises:
        DataError: the ids are whole numbers.
        OptionError: the case is none of the three.
    """
    if case not in ("auto", "exact", "lower"):
        raise OptionError(f"case is 'auto', 'exact' or 'lower', not {case!r}")
    if not isinstance(vectors.ids, Strings):
        raise DataError("sets of words can only be looked up in vectors whose ids are strings")
    lower = [word.lower() for word in words]
    if case == "lower":
        return vectors.ids.rows(lower)
    rows = vectors.ids.rows(words)
    return rows if case == "exact" else np.where(rows >= 0, rows, vectors.ids.rows(lower))


def _lines(path: PathLike) -> Iterator[tuple[int, str]]:
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


def _cells(line: str, separator: str) -> list[str]:
    if separator == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]


def _grade_column(
    cells: list[str], header: list[str] | None, column: str | int | None, path: PathLike, number: int
) -> int:
    if isinstance(column, str):
        if header is None or column not in header:
            there = f"the columns are {', '.join(header)}" if header else "the file has no header"
            raise OptionError(f"no column {column!r} in {os.fspath(path)}; {there}")
        return header.index(column)
    for place in range(2, len(cells)):
        if _is_number(cells[place]):
            return place
    raise FormatError(f"line {number}: no grade after the two words in {' '.join(cells)[:80]!r}", path=path)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
