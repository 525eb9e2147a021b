"""From words on the command line to vectors, keys and files that may be written."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firth.errors import ExistsError, FormatError, OptionError

if TYPE_CHECKING:
    from firth.model import Model
    from firth.vectors import Vectors

__all__ = [
    "as_queries",
    "check_file",
    "check_output",
    "open_model",
    "open_sets",
    "open_vectors",
    "parse_keys",
    "pick_space",
    "text_lines",
]


def open_vectors(path: Path, *, space: str | None = None) -> Vectors:
    """The vectors of a file: the main ones, or those of one space.

    Raises:
        OptionError: there is no such space; the message lists those there are.
    """
    return open_model(path, space=space)[1]


def open_model(path: Path, *, space: str | None = None) -> tuple[Model, Vectors]:
    """The model in a file and its main vectors, or those of one space.

    Raises:
        OptionError: there is no such space; the message lists those there are.
    """
    from firth.model import load

    model = load(path)
    return model, pick_space(model, space, path=path)


def pick_space(model: Model, space: str | None, *, path: Path) -> Vectors:
    """The main vectors of the model in a file, or those of one space.

    Raises:
        OptionError: there is no such space; the message lists those there are.
    """
    if space is None:
        return model.vectors
    if space not in model.spaces:
        raise OptionError(f"{path} has no space {space!r}; it has {', '.join(map(repr, model.spaces))}")
    return model.spaces[space]


def parse_keys(words: Sequence[str], vectors: Vectors) -> list[str] | list[int]:
    """The ids that the words name; the one word "-" stands for the lines of stdin.

    Raises:
        OptionError: the ids are whole numbers and a word is none.
    """
    from firth.data.ids import Integers

    if list(words) == ["-"]:
        words = [line for line in sys.stdin.read().splitlines() if line]
    if not isinstance(vectors.ids, Integers):
        return list(words)
    try:
        return [int(word) for word in words]
    except ValueError as error:
        raise OptionError(f"the ids of these vectors are whole numbers: {error}") from error


def as_queries(keys: Sequence[str] | Sequence[int], vectors: Vectors, model: Model) -> list[Any]:
    """The keys, with vectors in the place of words never seen where the model makes them from n-grams."""
    if "subwords" not in model.spaces or vectors is not model.vectors:
        return list(keys)
    return [key if key in vectors else model.encode([key])[0] for key in keys]


def check_output(path: Path, *, force: bool, format: str | None = None) -> None:
    """Refuse an output that could not be written in the end; called before long work starts.

    Checked is every file that the format writes, such as the keys beside a NumPy matrix.

    Raises:
        ExistsError: a file is there and `force` is not set, or what is there is no regular file.
        OSError: the folder is missing or cannot be written, or a path is a folder.
        OptionError: there is no such format, or none for the suffix of the path.
    """
    from firth.formats import files_written

    for file in files_written(path, format=format):
        check_file(file, force=force)


def check_file(path: Path, *, force: bool) -> None:
    """Refuse one file that could not be written in the end; raises as `check_output`."""
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder; name a file", str(path))
    if path.exists() and not path.is_file():
        raise ExistsError(f"{path} is there and is no regular file; choose another path")
    if path.exists() and not force:
        raise ExistsError(f"{path} is there already; --force overwrites it")
    folder = Path(os.path.realpath(path)).parent  # where a symbolic link points, the file is written
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such folder; make it first", str(folder))
    if not os.access(folder, os.W_OK):
        raise PermissionError(13, "the folder cannot be written", str(folder))


def text_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, cut where a corpus is, at newlines alone; the end of the last makes no line.

    Raises:
        FormatError: the file is not UTF-8.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError(f"is not UTF-8 ({error.reason})", path=path, offset=error.start) from error
    return lines[:-1] if lines[-1] == "" else lines


def open_sets(
    analogies: Sequence[Path] | None, similarities: Sequence[Path] | None
) -> tuple[list[Any], list[Any]]:
    """The sets to measure on: the files given, or else all those of the package.

    Returns:
        Sets of analogies, and sets of graded pairs, as `firth.measure` takes them.

    Raises:
        FormatError: a file is damaged or is not of the kind that it was given as.
    """
    from firth import datasets, measure

    if analogies or similarities:
        questions = [measure.read_questions(path) for path in analogies or ()]
        return questions, [measure.read_pairs(path) for path in similarities or ()]
    return [datasets.google_analogies()], [datasets.wordsim353(), datasets.men()]
