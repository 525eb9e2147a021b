"""`read_documents`: text to Sequences that are whole documents with ids, one a line, a string or a file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from firth.data.ids import Integers, Strings
from firth.data.lines import read_lines
from firth.data.sequences import Sequences
from firth.data.sources import Lists, Text, cut, file_chunks, open_source
from firth.data.spelling import Tokenizer
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError

__all__ = ["check_documents", "documents_of", "open_document_source", "read_documents"]


def read_documents(
    source: Any,
    *,
    ids: Any = None,
    lowercase: bool = False,
    tokenizer: Tokenizer = None,
    min_count: int = 1,
    max_size: int | None = None,
    min_length: int = 1,
    keep: Iterable[str] | None = None,
    drop: Iterable[str] | None = None,
    threads: int | None = None,
    work: str | os.PathLike[str] | None = None,
) -> Sequences:
    """Read documents: one a line of a file, a string or a token list, or one a file of a folder.

    >>> documents = read_documents(["to be or not", "", "to do"], ids=["hamlet", "silence", "list"])
    >>> documents
    Sequences(3 of 6 tokens, 5 different)
    >>> documents.ids
    Strings(3: 'hamlet', 'silence', 'list')

    A document is never split and never left out: sequence i is document i, of no token where it is empty or
    where all that it held was dropped.

    Args:
        source: as for `firth.read_text`; or the path of a folder, whose files (also those of the folders
            within, not those whose name begins with a dot) are one document each, in the order of their
            paths.
        ids: unique strings or whole numbers, one a document; None numbers them from 0, and names the files of
            a folder by their paths within it.
        lowercase, tokenizer, min_count, max_size, min_length, keep, drop, threads, work: as for
            `firth.read_text`; min_count is 1 here.

    Returns:
        The documents, with `ids`. Their `report` says what was read and dropped, and how many are empty.

    Raises:
        DataError: the source is missing, empty or of a wrong type, no token is left, or the ids are not one a
            document.
        FormatError: a compressed file is damaged, or text is UTF-16.
        OptionError: an option is outside its range.
    """
    choice = Choice(min_count=min_count, max_size=max_size, min_length=min_length, keep=keep, drop=drop)
    opened, names = open_document_source(source)
    return documents_of(
        opened,
        choice,
        ids=names if ids is None else ids,
        lowercase=lowercase,
        tokenizer=tokenizer,
        threads=threads,
        work=work,
    )


def open_document_source(source: Any) -> tuple[Text | Lists, Strings | None]:
    """What a source of documents holds, one a line or list, and the names of the files of a folder.

    Raises:
        DataError: nothing is there, or it is of a wrong type.
    """
    folder = _folder(source)
    if folder is None:
        return open_source(source), None
    files = _files(folder)
    names = Strings.of(file.relative_to(folder).as_posix() for file in files)
    return Text(cut(_one_line_each(files))), names


def documents_of(
    opened: Text | Lists,
    choice: Choice | Vocabulary,
    *,
    ids: Any = None,
    lowercase: bool = False,
    tokenizer: Tokenizer = None,
    threads: int | None = None,
    work: str | os.PathLike[str] | None = None,
) -> Sequences:
    """The documents of a source that `firth.data.sources` opened; see `read_documents`.

    Args:
        choice: which tokens stay; or a vocabulary: all other tokens are dropped as unknown then, and it is
            no error if nothing is left.
    """
    started = time.perf_counter()
    lines = read_lines(
        opened, lowercase=lowercase, tokenizer=tokenizer, choice=choice, threads=threads, work=work
    )
    offsets = np.zeros(lines.lengths.size + 1, np.int64)
    np.cumsum(lines.lengths, out=offsets[1:])
    report = lines.report | {
        "sequences": lines.lengths.size,
        "empty_documents": int(np.count_nonzero(lines.lengths == 0)),
        "seconds": time.perf_counter() - started,
    }
    ids = Integers(np.arange(lines.lengths.size)) if ids is None else ids
    return Sequences(lines.tokens, offsets, lines.vocabulary, ids=ids, report=report)


def check_documents(sequences: Sequences) -> Sequences:
    """The sequences themselves, if each is a whole document in its place.

    Raises:
        DataError: long lines were split or empty ones left out, so that row i is not document i.
    """
    split, empty = (int(sequences.report.get(name, 0)) for name in ("split_lines", "empty_lines"))
    if sequences.ids is None and (split or empty):
        raise DataError(
            f"these sequences are not whole documents: {split:,} lines were split and {empty:,} empty ones "
            "left out, so that rows would belong to other documents; read them with firth.read_documents"
        )
    return sequences


def _folder(source: Any) -> Path | None:
    """The folder that a source is, by itself or as the only path of a list; None if it is none.

    Raises:
        DataError: a folder is one of several paths.
    """
    paths = list(source) if isinstance(source, (list, tuple)) else [source]
    if isinstance(source, (list, tuple)) and not all(isinstance(path, os.PathLike) for path in paths):
        return None  # strings in a list are texts
    folders = [path for path in paths if isinstance(path, (str, os.PathLike)) and os.path.isdir(path)]  # noqa: PTH112  # any string
    if folders and len(paths) > 1:
        raise DataError(
            f"{os.fspath(folders[0])} is a folder, which is read alone, one document a file; of several "
            "paths each is a file with one document a line"
        )
    return Path(folders[0]) if folders else None


def _files(folder: Path) -> list[Path]:
    """The files within a folder that are not hidden, in the order of their paths.

    Raises:
        DataError: there is none.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not files:
        raise DataError(f"the folder {folder} holds no file")
    return files


def _one_line_each(files: Iterable[Path]) -> Iterator[bytes]:
    """The text of each file as one line."""
    for file in files:
        for chunk in file_chunks([str(file)]):
            yield chunk.replace(b"\n", b" ")
        yield b"\n"
