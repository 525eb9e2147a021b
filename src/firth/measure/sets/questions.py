"""`Questions`: analogies, four words a line, in sections that begin with a colon.

The form is that of Mikolov et al. 2013, "Efficient Estimation of Word Representations in Vector Space",
section 4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from firth.errors import DataError, FormatError
from firth.measure.sets.checks import check_tuples
from firth.measure.sets.lines import PathLike, about_comments, lines_of
from firth.measure.sets.testset import TestSet

__all__ = ["Question", "Questions", "read_questions"]

Question: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, kw_only=True)
class Questions(TestSet):
    """Analogy questions: a is to b as c is to d.

    Attributes:
        sections: (name of the section, its questions) in the order of the file.

    Raises:
        DataError: a section is not a name and questions of four strings.
    """

    sections: tuple[tuple[str, tuple[Question, ...]], ...]

    def __post_init__(self) -> None:
        for section in self.sections:
            if not isinstance(section, Sequence) or len(section) != 2 or not isinstance(section[0], str):
                raise DataError(f"{self.name}: a section is its name and its questions, not {section!r:.80}")
            check_tuples(f"{self.name}: questions of {section[0]!r}", section[1], 4)

    def __len__(self) -> int:
        return sum(len(questions) for _, questions in self.sections)


def read_questions(path: PathLike, *, name: str | None = None) -> Questions:
    """Read analogy questions: four words a line, sections that begin with a line ": name".

    Args:
        path: the file. Lines that begin with # and a space are comments. Questions before the first section
            belong to one called "questions".
        name: what to call the set; the file's name if None.

    Raises:
        FormatError: a line has not four words, or there is no question; the message names the line.
    """
    sections: list[tuple[str, list[Question]]] = []
    comments: list[int] = []
    for number, line in lines_of(path, comments):
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
        name=name or Path(path).stem,
        sections=tuple((title, tuple(found)) for title, found in sections),
        note=about_comments(comments),
    )
