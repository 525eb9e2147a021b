"""GloVe's text format: word2vec's without the first line, so that rows and dim must be found out."""

from __future__ import annotations

import os

from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.rows import parse_rows, strings_for, write_rows
from firth.formats.source import Source
from firth.vectors import Vectors

__all__ = ["read", "write"]

LINES_LOOKED_AT = 100


def read(path: str | os.PathLike[str]) -> Vectors:
    """Read a file of GloVe's text format; it may be compressed with gzip.

    Raises:
        FormatError: the file is empty, or the rows break the rules (see `firth.formats.rows`).
    """
    source = Source(path)
    rows = parse_rows(source, 0, dim=_dim(source), n=None)
    return Vectors(rows.ids, rows.matrix, meta={"source": "glove"})


def write(vectors: Vectors, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write GloVe's text format. Numbers read back as the same float32; columns and meta are left out.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: an id holds a space or a line end, a number is not finite, or there are no rows or no
            numbers.
    """
    if not len(vectors) or not vectors.dim:
        raise DataError(
            "GloVe's text format cannot hold vectors without rows or numbers; write a Firth file instead"
        )
    ids = strings_for(vectors.ids, refused=b" \t\r\n", where="GloVe's text format")
    with replacing(path, force=force) as file:
        write_rows(file, ids, vectors.matrix)


def _dim(source: Source) -> int:
    """How many numbers a row has: the least among the first lines, as a key with spaces adds to its line."""
    dims: list[int] = []
    start = 0
    while start < len(source.bytes) and len(dims) < LINES_LOOKED_AT:
        line, start = source.line(start)
        stripped = line.rstrip(b" \t\r")
        if stripped:
            dims.append(stripped.count(b" ") + stripped.count(b"\t"))
    if not dims or min(dims) == 0:
        raise FormatError("a GloVe file has a key and a number or more in each line", path=source.path)
    return min(dims)
