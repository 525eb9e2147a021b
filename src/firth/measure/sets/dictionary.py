"""`Dictionary`: words of one language and their translations, many to many.

The form is that of MUSE and of most others: a word and one of its translations on each line. A translation of
several words needs a tab, comma or semicolon between the two, since a space would not tell where it begins.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from firth.errors import FormatError, OptionError
from firth.measure.sets.checks import check_tuples
from firth.measure.sets.lines import PathLike, about_comments, cells_of, lines_of, separator_of
from firth.measure.sets.testset import TestSet
from firth.options import check_flag

__all__ = ["Dictionary", "read_dictionary"]

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "white space"}


@dataclass(frozen=True, kw_only=True)
class Dictionary(TestSet):
    """Pairs of a word and one of its translations; a word may have several, and be that of several.

    Attributes:
        pairs: (source, target).

    Raises:
        DataError: a pair is not two strings.
    """

    pairs: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        check_tuples(f"{self.name}: pairs of words", self.pairs, 2)

    def __len__(self) -> int:
        return len(self.pairs)

    def inverse(self) -> Dictionary:
        """The dictionary of the other direction."""
        turned = tuple((target, source) for source, target in self.pairs)
        return Dictionary(
            name=f"{self.name}, inverted", citation=self.citation, licence=self.licence, pairs=turned
        )


def read_dictionary(
    path: PathLike,
    *,
    separator: str | None = None,
    columns: tuple[int, int] | None = None,
    header: bool = False,
    name: str | None = None,
) -> Dictionary:
    """Read a dictionary: a word and a translation on each line, as written, none dropped.

    Args:
        path: the file. Blank lines and those that begin with # and a space are left out.
        separator: a tab, ";", "," or " " (any white space). If None, a tab wherever a line has one, and else
            what the first line is separated by.
        columns: the positions (from 0) of the word and of its translation, which allows further columns; if
            None, a line has these two and no other.
        header: whether the first line names the columns.
        name: what to call the set; the file's name if None.

    Raises:
        FormatError: a line has no word or no translation, or more columns than two; the message names it.
        OptionError: the separator or the columns are none.
    """
    if separator is not None and separator not in SEPARATORS:
        raise OptionError(f"separator is a tab, ';', ',' or ' ', not {separator!r}")
    if columns is not None and (len(columns) != 2 or min(columns) < 0 or columns[0] == columns[1]):
        raise OptionError(f"columns are two different positions from 0 on, not {columns!r}")
    skip, usual = check_flag("header", header), separator
    pairs: list[tuple[str, str]] = []
    comments: list[int] = []
    for number, line in lines_of(path, comments):
        if usual is None:
            usual = separator_of(line)
        if skip:
            skip = False
            continue
        divided_by = "\t" if separator is None and "\t" in line else usual
        try:
            cells = line.split("\t") if divided_by == "\t" else cells_of(line, divided_by)
            pairs.append(_pair(cells, columns))
        except (csv.Error, ValueError) as error:
            where = f"line {number}, divided by {SEPARATORS[divided_by]}: {error}, found {line[:80]!r}"
            way = "" if separator else "; separator= takes another one"
            raise FormatError(where + way, path=path) from None
    if not pairs:
        raise FormatError("holds no words with translations", path=path)
    return Dictionary(name=name or Path(path).stem, pairs=tuple(pairs), note=about_comments(comments))


def _pair(cells: list[str], columns: tuple[int, int] | None) -> tuple[str, str]:
    """The word and the translation of a line. Raises ValueError."""
    cells = [cell.strip() for cell in cells]
    if columns is None and len(cells) > 2:
        raise ValueError(
            f"{len(cells)} columns; separate word and translation by a tab, or say which columns they are "
            "in, columns=(0, 1)"
        )
    first, second = columns or (0, 1)
    if len(cells) <= max(first, second) or not cells[first] or not cells[second]:
        raise ValueError("a word and a translation were expected")
    return cells[first], cells[second]
