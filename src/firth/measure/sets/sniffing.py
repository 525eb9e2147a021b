"""Which kind of set a file holds: told from its name and first lines, and never guessed.

The first rule that fits decides. Where two kinds look alike, as a dictionary and a list of links do, nothing
fits, and the error says so.
"""

from __future__ import annotations

import csv
import json
import re
import tarfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from firth.data.compression import SUFFIXES
from firth.errors import FormatError
from firth.measure.sets.lines import cells_of, is_number, lines_of, separator_of

__all__ = ["kind_of"]

LINES = 20  # that are looked at
EDGES = ("edge", "link")  # in the name of a file of two columns
TWO_TEXTS = re.compile(r"(sentence|text|sent|question)[_ ]?[12ab]")
CLASS = re.compile(r"__label__\S+|\w+(:\w+)?")
LANGUAGES = re.compile(r"(?<![a-z])[a-z]{2,3}-[a-z]{2,3}(?![a-z])")  # en-it.5000-6500.txt, yacle.en-it.tsv
SENTENCE = 3  # words on average: so many make a text
CLASSES = {"category", "class", "label", "target"}
ITEMS = {"word", "words", "item", "text", "sentence", "question", "id", "node"}


class Rows(NamedTuple):
    """The first rows of a file.

    header: the first row lower-cased, where it may be the names of columns; rows: the cells of the others;
    words: all lines split at white space; separator: what stands between the cells.
    """

    header: list[str]
    rows: list[list[str]]
    words: list[list[str]]
    separator: str


def kind_of(path: Path) -> str:
    """The kind of a file or folder, as `read_set` calls it.

    Raises:
        FormatError: the file holds nothing, is damaged, or its kind cannot be told; the message says which
            kinds there are to name.
    """
    if path.is_dir():
        return _kind_of_folder(path)
    lines = _first_lines(path)
    if lines is None:
        return "labelled"  # an archive of texts, in a folder for each class
    if not lines:
        raise FormatError("holds no pairs and no questions, nor anything else", path=path)
    if lines[0].startswith(":"):
        return "questions"
    if lines[0].startswith(("{", "[")):
        kind = _kind_of_json(lines[0], path)
    else:
        rows = _rows(lines)
        kind = next((found for rule in RULES if (found := rule(rows, path))), None)
    if kind:
        return kind
    raise FormatError(
        f"what kind of set this is cannot be told from its first lines ({lines[0][:60]!r}); say it: kind="
        "'pairs', 'questions', 'outliers', 'labelled', 'texts', 'dictionary', 'links', 'retrieval' or "
        "'associations'",
        path=path,
    )


def _kind_of_folder(path: Path) -> str:
    names = {file.name.lower() for file in path.iterdir() if not file.name.startswith(".")}
    if any(name.startswith("corpus.jsonl") for name in names) or any("qrel" in name for name in names):
        return "retrieval"
    folders = [file for file in path.iterdir() if file.is_dir() and not file.name.startswith(".")]
    if folders:
        return "labelled"
    if names and all(name.endswith(".txt") for name in names):
        return "outliers"
    raise FormatError(
        "is no folder of a set: there is neither a corpus.jsonl nor a file of judgements (retrieval), nor a "
        "folder for each class (labelled), nor text files alone (outliers); say kind=… if it is one",
        path=path,
    )


def _first_lines(path: Path) -> list[str] | None:
    """The first lines that say something; None for an archive. Raises FormatError where one is damaged."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-1:] == [".tgz"] or ".tar" in suffixes[-2:]:
        return None
    if suffixes[-1:] and suffixes[-1] in SUFFIXES:
        from firth.measure.sets.textfile import text_lines

        return [line.strip() for _, line in islice(text_lines(path), LINES)]
    with path.open("rb") as file:
        if file.read(262)[257:] == b"ustar" and tarfile.is_tarfile(path):
            return None
    return [line for _, line in islice(lines_of(path), LINES)]


def _kind_of_json(line: str, path: Path) -> str | None:
    """JSON lines with two texts, or else the JSON of association tests."""
    if ".jsonl" not in [suffix.lower() for suffix in path.suffixes]:
        return "associations"
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return "texts" if isinstance(found, dict) and _two_texts(list(found)) else None


def _two_texts(names: list[str]) -> bool:
    return len([name for name in names if TWO_TEXTS.fullmatch(name.lower())]) == 2


def _rows(lines: list[str]) -> Rows:
    separator = separator_of(lines[0])
    try:
        cells = [cells_of(line, separator) for line in lines]
    except csv.Error:  # the reader names the line; graded pairs are what most files are
        cells = [line.split(separator) for line in lines]
    header = [cell.lower().strip() for cell in cells[0]]
    return Rows(header, cells[1:], [line.split() for line in lines], separator)


def _named_columns(rows: Rows, _path: Path) -> str | None:
    """A header that says it all."""
    names = set(rows.header)
    if {"words", "outliers"} <= names or {"members", "outliers"} <= names:
        return "outliers"
    if _two_texts(rows.header):
        return "texts"
    if rows.separator != " " and names & CLASSES and names & ITEMS:
        return "labelled"
    return None


def _sts(rows: Rows, _path: Path) -> str | None:
    """The columns of the STS benchmark: genre, file, year, number, score and two sentences."""
    cells = [row for row in [rows.header, *rows.rows] if len(row) >= 7]
    fits = all(is_number(row[4]) and not is_number(row[5]) and not is_number(row[6]) for row in cells)
    return "texts" if rows.separator == "\t" and len(cells) == len(rows.rows) + 1 and fits else None


def _four_words(rows: Rows, _path: Path) -> str | None:
    some = rows.words[:2]
    fits = len(some[-1]) == 4 and not any(map(is_number, some[-1]))
    return "questions" if fits and rows.separator == " " else None


def _two_and_a_number(rows: Rows, _path: Path) -> str | None:
    """Graded pairs, of words or of texts, with a header or without; two numbers in front are ids.

    A header or a damaged line may be among them; of the latter the reader of the kind tells.
    """
    body = [rows.header, *rows.rows]
    fits = [row for row in body if any(map(is_number, row[2:])) and not all(map(is_number, row[:2]))]
    if 2 * len(fits) < len(body):
        return None
    lengths = [len(cell.split()) for row in fits for cell in row[:2]]
    return "texts" if sum(lengths) >= SENTENCE * len(lengths) else "pairs"


def _links(rows: Rows, path: Path) -> str | None:
    """Two columns, or three, in a file that is called after edges or links; else they may be anything."""
    named = any(word in path.name.lower() for word in EDGES)
    return "links" if named and all(2 <= len(row) <= 3 for row in rows.rows) else None


def _class_and_text(rows: Rows, path: Path) -> str | None:
    """A class before each text, as in the TREC questions: few different first words, and many after them."""
    lengths = [len(words) for words in rows.words]
    first = {words[0] for words in rows.words}
    if path.suffix.lower() in {".csv", ".tsv"} or not all(map(CLASS.fullmatch, first)):
        return None
    marked = all(word.startswith("__label__") or word.partition(":")[2] for word in first)
    many = sum(lengths) >= (SENTENCE + 1) * len(lengths)
    few = 1 < len(first) <= len(lengths) / 2
    return "labelled" if marked or (many and few) else None


def _translations(rows: Rows, path: Path) -> str | None:
    """Two columns in a file whose name has two languages, as in "en-it"."""
    two = all(len(row) == 2 for row in rows.rows)
    return "dictionary" if two and LANGUAGES.search(path.name.lower()) else None


RULES: tuple[Callable[[Rows, Path], str | None], ...] = (
    _named_columns,
    _sts,
    _four_words,
    _links,
    _two_and_a_number,
    _class_and_text,
    _translations,
)
