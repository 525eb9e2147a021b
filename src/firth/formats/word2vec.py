"""word2vec's text format: a line "n dim", then a line a row: the key, and dim numbers after a space each."""

from __future__ import annotations

import os

from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.rows import parse_rows, strings_for, write_rows
from firth.formats.source import COUNTS, Source
from firth.vectors import Vectors

__all__ = ["read", "read_counts", "write"]


def read(path: str | os.PathLike[str]) -> Vectors:
    """Read a file of word2vec's text format; it may be compressed with gzip.

    Raises:
        FormatError: the first line is not "n dim", or the rows break the rules (see `firth.formats.rows`).
    """
    source = Source(path)
    n, dim, start = read_counts(source)
    rows = parse_rows(source, start, dim=dim, n=n)
    return Vectors(rows.ids, rows.matrix, meta={"source": "word2vec"})


def write(vectors: Vectors, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write word2vec's text format. Numbers read back as the same float32; columns and meta are left out.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: an id holds a space or a line end, a number is not finite, or rows have no numbers.
    """
    if not vectors.dim:
        raise DataError("word2vec's text format cannot hold rows without numbers; write a Firth file instead")
    ids = strings_for(vectors.ids, refused=b" \t\r\n", where="word2vec's text format")
    with replacing(path, force=force) as file:
        file.write(b"%d %d\n" % (len(vectors), vectors.dim))
        write_rows(file, ids, vectors.matrix)


def read_counts(source: Source) -> tuple[int, int, int]:
    """n and dim, from the first line, and where the second begins."""
    line, start = source.line(0)
    counts = COUNTS.fullmatch(line)
    if not counts or int(counts[2]) == 0:
        shown = line[:40].decode("utf-8", "backslashreplace")
        raise FormatError(
            f"a word2vec file begins with a line of two numbers, rows and dim; this one with {shown!r}. "
            "Without such a line it may be a GloVe file: format='glove'",
            path=source.path, offset=0,
        )  # fmt: skip
    return int(counts[1]), int(counts[2]), start
