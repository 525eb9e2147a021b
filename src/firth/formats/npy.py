"""A NumPy matrix, `NAME.npy`, and its keys, `NAME.keys.txt`, one a line."""

from __future__ import annotations

import math
import os
import re

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.beside import keys_path
from firth.formats.check import BLOCK, first_bad_place
from firth.formats.rows import split_keys, strings_for
from firth.formats.source import Source
from firth.vectors import Vectors

__all__ = ["read", "write"]

MAGIC = b"\x93NUMPY"

MAX_HEADER = 10_000
"""NumPy's own limit for a header that it reads without being told to trust the file."""

# NumPy evaluates the header as a Python literal. All that a matrix of floats can say fits this pattern.
HEADER = re.compile(
    r"\{'descr': '([<>])f([248])', 'fortran_order': (True|False), "
    r"'shape': \(([0-9]{1,18}), ([0-9]{1,18})\),? ?\} *\n?"
)


def read(path: str | os.PathLike[str]) -> Vectors:
    """Read a matrix with its keys. A little-endian float32 matrix stays mapped.

    Raises:
        FormatError: the matrix is not two-dimensional of float16, float32 or float64, or does not fill its
            file; the keys are missing, occur twice or are not as many; a number is not finite as float32.
    """
    source = Source(path)
    matrix = _matrix(source)
    bad = first_bad_place(matrix)
    if bad is not None:
        row, place = bad
        raise FormatError(
            f"row {row}: the number at place {place} is not finite as float32; drop the row or train again",
            path=path,
        )
    keys = keys_path(path)
    if not keys.is_file():
        raise FormatError(f"its keys are missing: write them to {keys.name} beside it, one a line", path=path)
    ids = split_keys(Source(keys), 0, n=len(matrix))
    return Vectors(ids, matrix, meta={"source": "npy"})


def write(vectors: Vectors, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write the matrix, float32, and beside it the keys; columns and meta are left out.

    Raises:
        ExistsError: one of the files is there and `force` is not set.
        DataError: an id holds a line end, or a number is not finite.
    """
    ids = strings_for(vectors.ids, refused=b"\r\n", where="a keys file with one key a line")
    bad = first_bad_place(vectors.matrix)
    if bad is not None:
        raise DataError(f"row {bad[0]} holds a number that is not finite at place {bad[1]}")
    with replacing(path, force=force) as file, replacing(keys_path(path), force=force) as keys:
        file.write(_header(vectors.matrix.shape))
        rows = vectors.matrix.astype("<f4", copy=False)
        step = max(1, BLOCK // max(1, rows.shape[1]))
        file.writelines(rows[start : start + step].data for start in range(0, len(rows), step))
        keys.writelines(key.encode() + b"\n" for key in ids)


def _header(shape: tuple[int, ...]) -> bytes:
    """The header of a float32 matrix in version 1.0, filled up so that the data is aligned to 64."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape[0]}, {shape[1]}), }}".encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text) + 1) % 64) + b"\n"
    return MAGIC + b"\x01\x00" + len(text).to_bytes(2, "little") + text


def _matrix(source: Source) -> NDArray[np.float32]:
    data = source.bytes
    width = 2 if data[6:7] == b"\x01" else 4
    if data[:6] != MAGIC or data[6:8] not in (b"\x01\x00", b"\x02\x00", b"\x03\x00") or len(data) < 8 + width:
        raise FormatError("no .npy file of version 1, 2 or 3", path=source.path, offset=0)
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    if start > min(len(data), MAX_HEADER):
        raise FormatError("the header is longer than the file or 10,000 bytes", path=source.path, offset=8)
    header = HEADER.fullmatch(data[8 + width : start].decode("latin-1"))
    if not header:
        raise FormatError(
            "the header does not describe a two-dimensional matrix of float16, float32 or float64",
            path=source.path, offset=8 + width,
        )  # fmt: skip
    dtype = np.dtype(f"{header[1]}f{header[2]}")
    shape = (int(header[4]), int(header[5]))
    if math.prod(shape) * dtype.itemsize != len(data) - start or max(shape) >= 2**48:
        raise FormatError(
            f"a matrix of {shape[0]:,} × {shape[1]:,} {dtype.name} does not take "
            f"the {len(data) - start:,} bytes after the header",
            path=source.path, offset=start,
        )  # fmt: skip
    flat = np.frombuffer(data, dtype, offset=start) if math.prod(shape) else np.empty(0, dtype)
    matrix = flat.reshape(shape, order="F" if header[3] == "True" else "C")
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, which is refused
        return np.require(matrix, np.float32, ["C", "A"])
