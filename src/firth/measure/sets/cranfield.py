"""Cranfield's three files (Cleverdon 1967): abstracts, questions and judgements, in forms of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from firth.errors import FormatError
from firth.measure.sets.judged import RetrievalSet
from firth.measure.sets.lines import PathLike
from firth.measure.sets.textfile import text_lines

__all__ = ["read_cranfield"]

WHOLE = re.compile("-?[0-9]{1,9}")


def read_cranfield(folder: PathLike, *, name: str = "cranfield") -> RetrievalSet:
    """Read cran.all.1400, cran.qry and cranqrel from a folder.

    A document is its abstract, which begins with its title. The judgements count the questions from 1 in the
    order of their file, whatever ids that gives them. Their codes fall with relevance, from 1, "a complete
    answer", to 4, "of minimum interest"; here they become grades from 4 to 1, and any other code the grade
    -1: judged, and not relevant.

    Raises:
        FormatError: a file is damaged; the message names the line.
    """
    documents: dict[str, str] = {}
    for key, text in _entries(Path(folder) / "cran.all.1400"):
        if key in documents:
            raise FormatError(f"the entry .I {key} stands there twice", path=Path(folder) / "cran.all.1400")
        documents[key] = text
    questions = [text for _, text in _entries(Path(folder) / "cran.qry")]
    judgements: dict[str, dict[str, int]] = {}
    path = Path(folder) / "cranqrel"
    for number, line in text_lines(path):
        cells = line.split()
        if len(cells) != 3 or not all(map(WHOLE.fullmatch, cells)):
            raise FormatError(
                f"line {number} is not of the form 'question document code': {line[:80]!r}", path=path
            )
        question, document, code = str(int(cells[0])), cells[1], int(cells[2])
        if document in judgements.setdefault(question, {}):
            raise FormatError(
                f"line {number}: document {document} stands twice for question {question}", path=path
            )
        judgements[question][document] = 5 - code if 1 <= code <= 4 else -1
    return RetrievalSet(
        name=name,
        citation="Cleverdon 1967, The Cranfield tests on index language devices, Aslib Proceedings 19",
        documents=documents,
        queries={str(place): text for place, text in enumerate(questions, start=1)},
        judgements=judgements,
    )


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """The id of each entry, and the words of its last field, .W, with a space between."""
    key, words, inside = "", list[str](), False
    for number, line in text_lines(path):
        field, rest = line[:2], line[2:].strip()
        if field == ".I":
            if key:
                yield key, " ".join(words)
            if not rest:
                raise FormatError(f"line {number}: an entry has no id", path=path)
            key, words, inside = rest, [], False
        elif not key:
            raise FormatError(
                f"line {number}: an entry was expected to begin with .I, found {line[:80]!r}", path=path
            )
        elif inside:  # to the end of the entry: three texts hold lines that look like fields
            words += line.split()
        else:
            inside = line.strip() == ".W"
    if not key:
        raise FormatError("holds no entries", path=path)
    yield key, " ".join(words)
