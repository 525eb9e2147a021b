"""The files of the Embedding Projector: `vectors.tsv`, numbers between tabs, and `metadata.tsv`, the labels.

The metadata file has one label a line; or, if it has more than one column, first a line with the columns'
names. The ids are its first column. A column "counts" of whole numbers becomes the counts; other columns are
not read.
"""

from __future__ import annotations

import os
import re

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.beside import metadata_path
from firth.formats.rows import parse_rows, split_keys, strings_for, write_rows
from firth.formats.source import Source
from firth.vectors import Vectors

__all__ = ["read", "write"]


def read(path: str | os.PathLike[str]) -> Vectors:
    """Read the vectors and their metadata.

    Raises:
        FormatError: a row is not `dim` finite numbers; the metadata is missing, has not one line a row, or
            names an id twice.
    """
    labels = metadata_path(path)
    if not labels.is_file():
        raise FormatError(
            f"its labels are missing: write them to {labels.name} beside it, one a line", path=path
        )
    source, metadata = Source(path), Source(labels)
    line, _ = source.line(0)
    if not line.strip():
        raise FormatError("it begins with an empty line, not with numbers", path=path, offset=0)
    dim = line.rstrip(b" \t").count(b"\t") + line.rstrip(b" \t").count(b" ") + 1
    matrix = parse_rows(source, 0, dim=dim, n=None, keyed=False).matrix
    header, start = metadata.line(0)
    names = header.split(b"\t")
    if len(names) == 1:
        start = 0
    ids = split_keys(metadata, start, n=len(matrix), column_end=b"\t")
    columns = {"counts": _counts(metadata, start, names.index(b"counts"))} if b"counts" in names[1:] else {}
    return Vectors(ids, matrix, columns=columns, meta={"source": "projector"})


def write(vectors: Vectors, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write the vectors and, beside them, the metadata: ids, and counts if they are known.

    Numbers read back as the same float32.

    Raises:
        ExistsError: one of the files is there and `force` is not set.
        DataError: an id holds a tab or a line end, a number is not finite, or there are no rows or no
            numbers.
    """
    if not len(vectors) or not vectors.dim:
        raise DataError(
            "projector files cannot hold vectors without rows or numbers; write a Firth file instead"
        )
    ids = strings_for(vectors.ids, refused=b"\t\r\n", where="a projector metadata file")
    counts = vectors.counts
    with replacing(path, force=force) as file, replacing(metadata_path(path), force=force) as metadata:
        write_rows(file, None, vectors.matrix, separator=b"\t")
        if counts is None:
            metadata.writelines(key.encode() + b"\n" for key in ids)
        else:
            metadata.write(b"id\tcounts\n")
            rows = zip(ids, counts.tolist(), strict=True)
            metadata.writelines(f"{key}\t{count}\n".encode() for key, count in rows)


def _counts(metadata: Source, start: int, column: int) -> NDArray[np.int64]:
    """The whole numbers of a column, int64."""
    counts = []
    for number, line in enumerate(metadata.bytes[start:].removesuffix(b"\n").split(b"\n")):
        fields = line.removesuffix(b"\r").split(b"\t")
        if len(fields) <= column or not re.fullmatch(rb"-?[0-9]{1,18}", fields[column]):
            raise FormatError(
                f"line {number + 2}: the column 'counts' holds no whole number", path=metadata.path
            )
        counts.append(int(fields[column]))
    return np.array(counts, np.int64)
