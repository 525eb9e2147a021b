"""`GradedTexts`: pairs of sentences that people graded by how much they mean the same.

The STS benchmark comes without a header and without quoting, its score and sentences in columns 5 to 7; other
sets come as a table with a header, separated by tabs or commas, or as JSON lines.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from numbers import Real
from pathlib import Path
from typing import Any

from firth.errors import DataError, FormatError, OptionError
from firth.measure.sets.lines import PathLike, is_number
from firth.measure.sets.testset import TestSet
from firth.measure.sets.textfile import text_lines
from firth.options import check_several

__all__ = ["GradedTexts", "read_graded_texts"]

STS = (5, 6, 4)  # the columns of the two sentences and of the grade in the STS benchmark
NAMES = (  # headers that are known: the two sentences, and the grade
    ("sentence1", "sentence_1", "sentence_a", "text1", "text_a", "first", "s1"),
    ("sentence2", "sentence_2", "sentence_b", "text2", "text_b", "second", "s2"),
    ("score", "grade", "similarity", "similarity_score", "relatedness_score", "relatedness", "label", "gold"),
)
Columns = tuple[str | int, str | int, str | int]


@dataclass(frozen=True, kw_only=True)
class GradedTexts(TestSet):
    """Pairs of sentences with the grades that people gave them, as in the STS benchmark (Cer et al. 2017).

    Attributes:
        pairs: the sentences.
        grades: one a pair, the higher, the more alike.

    Raises:
        DataError: there is no pair, a pair is not two strings, or the grades are not one finite number each.
    """

    pairs: tuple[tuple[str, str], ...]
    grades: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.pairs) or len(self.pairs) != len(self.grades):
            raise DataError(
                f"the set {self.name!r} has {len(self.pairs):,} pairs and {len(self.grades):,} grades; "
                "it needs at least one pair and a grade for each"
            )
        pair: Any
        grade: Any
        for pair, grade in zip(self.pairs, self.grades, strict=True):
            if not isinstance(pair, tuple | list) or [isinstance(text, str) for text in pair] != [True, True]:
                raise DataError(f"a pair of texts is two strings, not {pair!r:.80}")
            if not isinstance(grade, Real) or not math.isfinite(grade):
                raise DataError(f"a grade is a finite number, not {grade!r:.80}, that of {pair!r:.80}")

    def __len__(self) -> int:
        return len(self.pairs)


def read_graded_texts(
    path: PathLike, *, columns: Columns | None = None, name: str | None = None
) -> GradedTexts:
    """Read pairs of sentences with their grades: columns separated by tabs or commas, or JSON lines.

    Columns separated by tabs have no quoting, as the STS benchmark writes them; those separated by commas are
    CSV, whose cells may be quoted and hold line ends.

    Args:
        path: the file, plain or compressed.
        columns: where the first sentence, the second and the grade are: headers, keys of JSON, or positions
            from 0. If None they are found out: by their headers ("sentence1", "sentence2", "score" and their
            like), by the form of the STS benchmark (grade and sentences in columns 5 to 7), or as three
            columns of which the first or the last is the grade.
        name: what to call the set; the file's name if None.

    Raises:
        FormatError: a line lacks a sentence or a grade, or there is none; the message names the line.
        OptionError: there are no such columns, or they cannot be found out.
    """
    columns = None if columns is None else _three(columns)
    pairs: list[tuple[str, str]] = []
    grades: list[float] = []
    for number, first, second, grade in _rows(path, columns):
        if not first.strip() or not second.strip():
            raise FormatError(f"line {number}: a sentence is empty", path=path)
        if not is_number(grade):
            raise FormatError(f"line {number}: the grade {grade!r:.80} is not a finite number", path=path)
        pairs.append((first.strip(), second.strip()))
        grades.append(float(grade))
    if not pairs:
        raise FormatError("holds no graded pairs", path=path)
    stem = Path(path).name.partition(".")[0]
    return GradedTexts(name=name or stem, pairs=tuple(pairs), grades=tuple(grades))


def _rows(path: PathLike, columns: Columns | None) -> Iterator[tuple[int, str, str, str]]:
    """The line, the sentences and the grade of each pair."""
    lines = text_lines(path)
    number, start = next(lines, (0, ""))
    if not number:
        return
    lines = chain([(number, start)], lines)
    if start.lstrip().startswith("{"):
        yield from _of_json(lines, columns, path)
        return
    cells = _cells(lines, "\t" if "\t" in start else ",", path)
    begins, head = next(cells)
    places, has_header = _places(head, columns, path)
    for number, row in cells if has_header else chain([(begins, head)], cells):
        if len(row) <= max(places):
            raise FormatError(
                f"line {number} has {len(row)} columns; sentences and grade are in columns "
                f"{', '.join(str(place + 1) for place in places)}",
                path=path,
            )
        first, second, grade = (row[place] for place in places)
        yield number, first, second, grade


def _three(columns: Any) -> Columns:
    several = check_several("columns", columns)
    fit = [isinstance(one, str) or (type(one) is int and one >= 0) for one in several]
    if fit != [True] * 3:
        raise OptionError(
            f"columns are three, two sentences and a grade, by name or position from 0; not {columns!r}"
        )
    return several[0], several[1], several[2]


def _places(head: list[str], columns: Columns | None, path: PathLike) -> tuple[tuple[int, ...], bool]:
    """Which columns hold the two sentences and the grade, and whether the first line is a header."""
    lower = [cell.strip().lower() for cell in head]
    if columns is not None:
        named = any(isinstance(column, str) for column in columns)
        places = []
        for column in columns:
            if isinstance(column, str) and column not in head:
                there = " | ".join(head)[:200]
                raise OptionError(f"{os.fspath(path)} has no column {column!r}; its first line is {there}")
            places.append(head.index(column) if isinstance(column, str) else column)
        grade = places[2]
        return tuple(places), named or (grade < len(head) and not is_number(head[grade]))
    known = [next((lower.index(name) for name in names if name in lower), None) for names in NAMES]
    if None not in known:
        return tuple(place for place in known if place is not None), True
    if len(head) > max(STS) and is_number(head[STS[2]]):
        return STS, False
    if len(head) == 3 and is_number(head[2]) != is_number(head[0]):
        return (0, 1, 2) if is_number(head[2]) else (1, 2, 0), False
    raise OptionError(
        f"which columns of {os.fspath(path)} hold the sentences and the grade? Say so: columns=(first, "
        f"second, grade), by header or position from 0; the first line is {' | '.join(head)[:200]}"
    )


def _cells(
    lines: Iterator[tuple[int, str]], separator: str, path: PathLike
) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, with the number of the line where it ends."""
    if separator == "\t":
        for number, line in lines:
            yield number, line.split("\t")
        return
    last = 0

    def fed() -> Iterator[str]:
        nonlocal last
        for number, line in lines:
            last = number
            yield line + "\n"

    try:
        for row in csv.reader(fed(), strict=True):
            yield last, row
    except csv.Error as error:
        raise FormatError(f"line {last} cannot be split into columns ({error})", path=path) from error


def _of_json(
    lines: Iterator[tuple[int, str]], columns: Columns | None, path: PathLike
) -> Iterator[tuple[int, str, str, str]]:
    keys: list[str] = []  # those of the first line
    for number, line in lines:
        try:
            given: Any = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"line {number} is not JSON ({error})", path=path) from error
        if not isinstance(given, dict):
            raise FormatError(f"line {number} is no object of JSON: {line[:80]!r}", path=path)
        if not keys:
            there = list(given)
            places, _ = _places(there, columns, path)
            if len(there) <= max(places):
                raise FormatError(f"line {number} has {len(there)} keys, and columns={columns!r}", path=path)
            keys = [there[place] for place in places]
        for key in keys:
            if key not in given:
                raise FormatError(f"line {number} has no {key!r}: {line[:80]!r}", path=path)
        first, second, grade = (given[key] for key in keys)
        if not isinstance(first, str) or not isinstance(second, str):
            raise FormatError(f"line {number}: two sentences were expected, found {line[:80]!r}", path=path)
        yield number, first, second, str(grade)
