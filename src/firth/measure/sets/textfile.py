"""The lines of a file of text, plain or compressed, with their numbers: nothing of them is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from firth.data.compression import read_chunks
from firth.data.textlines import whole_lines
from firth.errors import FormatError
from firth.measure.sets.lines import PathLike

__all__ = ["text_lines"]


def text_lines(path: PathLike) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1, without the line end.

    Other than `firth.measure.sets.lines.lines_of` it knows no comments, since a text may begin with a #, and
    keeps the spaces at both ends.

    Args:
        path: the file; gzip, bzip2, xz and Zstandard are unpacked.

    Raises:
        FormatError: the file is damaged or not UTF-8; the message names the line.
    """
    number = 0
    with Path(path).open("rb") as file:
        for text, _ in whole_lines(read_chunks(file, os.fspath(path))):
            for raw in text.split(b"\n")[:-1]:
                number += 1
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\r")
                except UnicodeDecodeError as error:
                    raise FormatError(f"line {number} is not UTF-8 ({error.reason})", path=path) from error
                if line.strip():
                    yield number, line
