"""The bytes of a file to parse: mapped into memory, or decompressed into a temporary file that is."""

from __future__ import annotations

import gzip
import mmap
import os
import re
import tempfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError

__all__ = ["COUNTS", "GZIP_MAGIC", "Source", "read_head"]

GZIP_MAGIC = b"\x1f\x8b"
COUNTS = re.compile(rb"([0-9]{1,18})[ \t]+([0-9]{1,18})[ \t]*")
"""The first line of word2vec's files: rows and dim."""

CHUNK = 1 << 20
MAX_RATIO = 100
FREE_SIZE = 1 << 26
"""A gzip file may decompress to MAX_RATIO times its size, or to FREE_SIZE.

Vectors compress to a third; bombs to a thousandth.
"""


class Source:
    """The bytes of a file, decompressed if it is a gzip file.

    Args:
        path: the file.

    Attributes:
        path: the file, for messages. Offsets in messages about a gzip file count decompressed bytes.
        bytes: the mapped file; has `find` and slices like bytes.
        array: uint8, the same bytes as an array.

    Raises:
        FormatError: the gzip data is damaged, or decompresses to more than 100 times its size.
        OSError: the file cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = path
        self.bytes: mmap.mmap | bytes
        with Path(path).open("rb") as file:
            if file.read(2) == GZIP_MAGIC:
                with tempfile.TemporaryFile() as plain:
                    _decompress(file, plain, path)
                    self.bytes = _mapped(plain)
            else:
                self.bytes = _mapped(file)
        self.array: NDArray[np.uint8] = np.frombuffer(self.bytes, np.uint8)

    def line(self, start: int) -> tuple[bytes, int]:
        """The line that begins at `start`, without its end, and where the next one begins.

        At most 1,000,000 bytes of it.
        """
        stop = self.bytes.find(b"\n", start)
        after = len(self.bytes) if stop < 0 else stop + 1
        line = self.bytes[start : min(len(self.bytes) if stop < 0 else stop, start + 1_000_000)]
        return line.removesuffix(b"\r"), after


def read_head(path: str | os.PathLike[str], size: int) -> bytes:
    """The first bytes of a file, decompressed if it is a gzip file; fewer if it is damaged or has no more."""
    with Path(path).open("rb") as file:
        head = file.read(size)
    if not head.startswith(GZIP_MAGIC):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, size)
    except zlib.error:
        return head


def _mapped(file: BinaryIO) -> mmap.mmap | bytes:
    file.flush()
    if os.fstat(file.fileno()).st_size == 0:  # cannot be mapped
        return b""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _decompress(file: BinaryIO, plain: BinaryIO, path: str | os.PathLike[str]) -> None:
    limit = max(FREE_SIZE, MAX_RATIO * os.fstat(file.fileno()).st_size)
    file.seek(0)
    size = 0
    try:
        with gzip.open(file) as packed:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise FormatError(
                        f"it decompresses to more than {limit:,} bytes, {MAX_RATIO} times its size; "
                        "if you trust it, decompress it with gunzip first",
                        path=path,
                    )
                plain.write(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FormatError(f"the gzip data is damaged: {error}", path=path, offset=file.tell()) from None
