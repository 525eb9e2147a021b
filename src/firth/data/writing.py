"""Sequences back as text, one a line, plain or compressed."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from firth.data.blocks import blocks
from firth.data.sequences import Sequences
from firth.extras import require

__all__ = ["lines_of", "packed"]

_LEVEL = 3  # of Zstandard: 200 MB/s, and smaller files than gzip's


def lines_of(sequences: Sequences) -> Iterator[bytes]:
    """The text of the sequences in pieces of some MB: tokens separated by spaces, one sequence a line."""
    keys = sequences.vocabulary.keys
    for tokens, offsets in blocks(sequences):
        yield _spelt(keys.data, keys.offsets, tokens, offsets)


def _spelt(
    data: NDArray[np.uint8], bounds: NDArray[np.int64], tokens: NDArray[np.int32], offsets: NDArray[np.int64]
) -> bytes:
    """Tokens as the strings data[bounds[token]:bounds[token + 1]], each followed by a space or a line end."""
    lengths = np.diff(bounds)[tokens] + 1
    ends = np.zeros(tokens.size + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    # One byte too many is taken for each token, and then overwritten by what separates it from the next.
    places = np.repeat(bounds[:-1][tokens] - ends[:-1], lengths) + np.arange(ends[-1])
    text = np.append(data, 0)[places].astype(np.uint8)
    text[ends[1:] - 1] = ord(" ")
    filled = offsets[1:][np.diff(offsets) > 0]
    text[ends[filled] - 1] = ord("\n")
    if filled.size < offsets.size - 1:  # empty sequences are empty lines
        empty = np.flatnonzero(np.diff(offsets) == 0)
        text = np.insert(text, ends[offsets[empty]], np.uint8(ord("\n")))
    return bytes(text.data)


@contextmanager
def packed(file: BinaryIO, name: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write to that compresses as its name says (.gz, .bz2, .xz, .zst) into an open one.

    Raises:
        MissingExtraError: the name ends in .zst and no package for it is installed.
    """
    suffix = os.fspath(name).rpartition(".")[2]
    if suffix == "gz":
        # Without a name and a time in its header, equal text makes equal files.
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as out:
            yield cast("IO[bytes]", out)
    elif suffix == "bz2":
        with bz2.BZ2File(file, "wb") as out:
            yield cast("IO[bytes]", out)
    elif suffix == "xz":
        with lzma.LZMAFile(file, "wb") as out:
            yield cast("IO[bytes]", out)
    elif suffix == "zst":
        with _zstd(file) as out:
            yield out
    else:
        yield file


def _zstd(file: BinaryIO) -> Any:
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").ZstdFile(file, "wb", level=_LEVEL)
    package = require("zstandard", extra="zstd")
    return package.ZstdCompressor(level=_LEVEL).stream_writer(file, closefd=False)
