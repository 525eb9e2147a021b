"""Sets as they are given, or read from their files, whatever their kind."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import islice
from typing import TypeAlias

from firth.errors import DataError, FormatError
from firth.measure.sets.gradedpairs import GradedPairs, read_pairs
from firth.measure.sets.lines import PathLike, is_number, lines_of
from firth.measure.sets.questions import Questions, read_questions

__all__ = ["EvaluationSet", "given_sets", "read_set"]

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
    start = [line for _, line in islice(lines_of(path), 2)]  # the first of them may be a header
    if not start:
        raise FormatError("holds no pairs and no questions", path=path)
    if start[0].startswith(":"):
        return read_questions(path)
    words = re.split(r"[\s,;]+", start[-1])
    return read_questions(path) if len(words) == 4 and not any(map(is_number, words)) else read_pairs(path)
