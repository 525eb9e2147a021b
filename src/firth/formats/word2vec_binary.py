"""word2vec's binary format: a line "n dim", then the rows.

A row is the key, a space, dim little-endian float32, and perhaps a newline.
The original program writes the newline, gensim writes none; a reader must take both.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.check import check_strings, check_unique, first_bad_place
from firth.formats.rows import PIECE, strings_for, workers
from firth.formats.source import Source
from firth.formats.word2vec import read_counts
from firth.kernels import wordvectors as kernels
from firth.vectors import Vectors

__all__ = ["read", "write"]


def read(path: str | os.PathLike[str]) -> Vectors:
    """Read a file of word2vec's binary format; it may be compressed with gzip.

    Raises:
        FormatError: the first line is not "n dim", the file ends too early or too late, a row holds NaN or
            infinity, an id occurs twice or is not valid UTF-8.
    """
    source = Source(path)
    n, dim, start = read_counts(source)
    left = len(source.bytes) - start
    if n * (4 * dim + 1) > left:  # each row has at least the space after its key
        raise FormatError(
            f"{n:,} rows of {dim:,} numbers do not fit into the {left:,} bytes that are left",
            path=path,
            offset=start,
        )
    starts, offsets = np.empty(n, np.int64), np.zeros(n + 1, np.int64)
    whole, stop = kernels.scan_binary_rows(source.array, start, 4 * dim, starts, offsets[1:])
    if whole < n:
        raise FormatError(f"the file ends within row {whole} of {n:,}", path=path, offset=stop)
    if source.bytes[stop : stop + 2] not in (b"", b"\n"):
        raise FormatError(f"more bytes follow the last of {n:,} rows", path=path, offset=stop)
    matrix = _copy_rows(source, starts, offsets[1:], dim)
    np.cumsum(offsets, out=offsets)
    data = np.empty(offsets[-1], np.uint8)
    kernels.pack_strings(source.array, starts, offsets, data)
    ids = Strings(data, offsets)
    check_strings(ids, path, starts)
    check_unique(ids, path)
    return Vectors(ids, matrix, meta={"source": "word2vec-binary"})


def _copy_rows(
    source: Source, starts: NDArray[np.int64], lengths: NDArray[np.int64], dim: int
) -> NDArray[np.float32]:
    """The matrix, copied out from between the keys by several threads."""
    n = len(starts)
    bits = np.empty((n, dim), np.uint32)
    borders = np.linspace(0, n, max(1, min(workers(), bits.nbytes // PIECE)) + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers()) as pool:
        copied = [
            pool.submit(kernels.copy_binary_rows, source.array, starts, lengths, first, last, bits)
            for first, last in pairwise(borders)
        ]
        bad = [row for row in (done.result() for done in copied) if row >= 0]
    matrix = bits.view(np.float32)
    if bad:
        row, place = bad[0], int(np.argmin(np.isfinite(matrix[bad[0]])))
        raise FormatError(
            f"row {row}: {matrix[row, place]} at place {place}; drop the row or train again",
            path=source.path, offset=int(starts[row] + lengths[row] + 1 + 4 * place),
        )  # fmt: skip
    return matrix


def write(vectors: Vectors, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write word2vec's binary format, with a newline after each row; columns and meta are left out.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: an id holds a space or a newline, a number is not finite, or rows have no numbers.
    """
    if not vectors.dim:
        raise DataError(
            "word2vec's binary format cannot hold rows without numbers; write a Firth file instead"
        )
    ids = strings_for(vectors.ids, refused=b" \n", where="word2vec's binary format")
    bad = first_bad_place(vectors.matrix)
    if bad is not None:
        raise DataError(f"row {bad[0]} holds a number that is not finite at place {bad[1]}")
    row_bytes = 4 * vectors.dim
    step = max(1, PIECE // row_bytes)
    with replacing(path, force=force) as file:
        file.write(b"%d %d\n" % (len(vectors), vectors.dim))
        for first in range(0, len(vectors), step):
            numbers = vectors.matrix[first : first + step].astype("<f4", copy=False).view(np.uint8)
            offsets = ids.offsets[first : first + len(numbers) + 1]
            out = np.empty(int(offsets[-1] - offsets[0]) + len(numbers) * (row_bytes + 2), np.uint8)
            kernels.join_binary_rows(ids.data, offsets, numbers, out)
            file.write(out.data)
