"""`OutlierGroups`: groups of words of one kind, and words that do not belong to them.

They come as a folder of text files, one a group: the members, a blank line, the outliers, a word a line (as
the 8-8-8 set is published); as one such file; or as a table with the columns category, words and outliers,
whose cells are lists of strings as Python or JSON write them.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from firth.errors import DataError, FormatError
from firth.measure.sets.checks import check_items
from firth.measure.sets.lines import PathLike
from firth.measure.sets.testset import TestSet

__all__ = ["OutlierGroups", "read_outliers"]

COLUMNS = {
    "category": ("category", "group", "name"),
    "words": ("words", "members"),
    "outliers": ("outliers",),
}
LONGEST = 1 << 20  # characters of a cell; ast refuses nothing by itself


@dataclass(frozen=True, kw_only=True)
class OutlierGroups(TestSet):
    """Groups of words with their outliers, as in the 8-8-8 set; an item is one outlier among its group.

    Camacho-Collados and Navigli 2016, "Find the word that does not belong", RepEval.

    Attributes:
        groups: (name, members, outliers) of each group.

    Raises:
        DataError: there is no group, or one is not a name and two tuples of strings.
    """

    groups: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]

    def __post_init__(self) -> None:
        if not self.groups:
            raise DataError(f"{self.name}: there is no group of words")
        for group in self.groups:
            if not isinstance(group, Sequence) or len(group) != 3 or not isinstance(group[0], str):
                raise DataError(f"{self.name}: a group is its name, members and outliers, not {group!r:.80}")
            check_items(f"{self.name}: members of {group[0]!r}", group[1])
            check_items(f"{self.name}: outliers of {group[0]!r}", group[2])

    def __len__(self) -> int:
        return sum(len(outliers) for _, _, outliers in self.groups)


def read_outliers(path: PathLike, *, name: str | None = None) -> OutlierGroups:
    """Read groups with their outliers from a folder of text files, from one of these, or from a table.

    Args:
        path: a folder of .txt files, a .txt file, or a table (CSV or TSV) with the columns category, words
            and outliers. Empty strings in the lists of a table are dropped and counted in the note.
        name: what to call the set; the name of the file or folder if None.

    Raises:
        FormatError: a group lacks members or outliers, or there is none; the message names the line or row.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(file for file in path.glob("*.txt") if file.is_file())
        if not files:
            raise FormatError("holds no .txt files with groups of words", path=path)
        groups, dropped = tuple(_group_of_lines(file) for file in files), 0
    elif path.suffix.lower() == ".txt":
        groups, dropped = (_group_of_lines(path),), 0
    else:
        found = list(_groups_of_table(path))
        groups, dropped = tuple(group for group, _ in found), sum(empty for _, empty in found)
    if not groups:
        raise FormatError("holds no groups of words", path=path)
    note = f"{dropped:,} empty strings of the file were dropped" if dropped else ""
    return OutlierGroups(name=name or path.stem, groups=groups, note=note)


def _group_of_lines(path: Path) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The group of a file: members, a blank line, outliers; blank lines at the ends say nothing."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"is not UTF-8 ({error.reason})", path=path, offset=error.start) from error
    parts: list[list[str]] = [[]]
    for line in text.strip().splitlines():
        if line.strip():
            parts[-1].append(line.strip())
        elif parts[-1]:
            parts.append([])
    if len(parts) != 2 or not parts[0]:
        raise FormatError(
            f"members, a blank line and outliers were expected, found {len(parts)} lists of words", path=path
        )
    return path.stem, tuple(parts[0]), tuple(parts[1])


def _groups_of_table(
    path: Path,
) -> Iterator[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], int]]:
    """Each row of a table as a group, with how many empty strings were dropped from it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.readline()
            file.seek(0)
            rows = csv.reader(file, delimiter="\t" if "\t" in start else ",")
            header = [cell.strip().lower() for cell in next(rows, [])]
            places = _places(header, path)
            for number, cells in enumerate(rows, start=2):
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) <= max(places.values()):
                    raise FormatError(f"row {number} has {len(cells)} columns of {len(header)}", path=path)
                lists = [
                    _words(cells[places[key]], f"row {number}, {key}", path) for key in ("words", "outliers")
                ]
                (members, gone), (outliers, gone_too) = lists
                category = (
                    cells[places["category"]].strip() if "category" in places else f"group {number - 1}"
                )
                yield (category, members, outliers), gone + gone_too
    except UnicodeDecodeError as error:
        raise FormatError(f"is not UTF-8 ({error.reason})", path=path, offset=error.start) from error
    except csv.Error as error:
        raise FormatError(f"cannot be split into columns ({error})", path=path) from error


def _places(header: list[str], path: Path) -> dict[str, int]:
    """In which column the category, the words and the outliers are; a category may be missing."""
    places = {
        key: header.index(there[0])
        for key, names in COLUMNS.items()
        if (there := [name for name in names if name in header])
    }
    for key in ("words", "outliers"):
        if key not in places:
            found = ", ".join(filter(None, header)) or "none"
            raise FormatError(f"no column {key!r}; the columns are {found}", path=path)
    return places


def _words(cell: str, place: str, path: Path) -> tuple[tuple[str, ...], int]:
    """The words of a cell that is a list of strings, and how many of them were empty."""
    try:
        # A literal, never code; the length is bounded, since a deep one may exhaust the parser.
        items = ast.literal_eval(cell.strip()) if len(cell) <= LONGEST else None
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise FormatError(f"{place}: {cell[:60]!r} is not a list of words", path=path) from error
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise FormatError(f"{place}: {cell[:60]!r} is not a list of words", path=path)
    words = tuple(item.strip() for item in items if item.strip())
    if not words:
        raise FormatError(f"{place}: the list holds no words", path=path)
    return words, len(items) - len(words)
