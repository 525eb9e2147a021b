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

from firth.data.blocks import Block, blocks
from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.extras import require
from firth.kernels.lines import spell_lines

__all__ = ["check_packing", "lines_of", "packed"]

_LEVEL = 3  # of Zstandard: 200 MB/s, and smaller files than gzip's


def lines_of(sequences: Sequences, *, threads: int = 1) -> Iterator[bytes]:
    """The text of the sequences in pieces of some MB: tokens separated by spaces, one sequence a line."""
    keys = sequences.vocabulary.keys
    widths = np.diff(keys.offsets) + 1

    def text(block: Block) -> bytes:
        tokens, offsets = block
        empty = np.count_nonzero(np.diff(offsets) == 0)
        out = np.empty(int(widths[tokens].sum()) + empty, np.uint8)
        spell_lines(keys.data, keys.offsets, tokens, offsets, out)
        return out.tobytes()

    return ordered_map(text, blocks(sequences), threads=threads)


def check_packing(name: str | os.PathLike[str]) -> None:
    """Refuse a name that ends in .zst where no package for that is installed; called before long work starts.

    Raises:
        MissingExtraError: there is none.
    """
    if os.fspath(name).endswith(".zst") and sys.version_info < (3, 14):
        require("zstandard", extra="zstd")


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
