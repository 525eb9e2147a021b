"""Reading compressed bytes: gzip, bzip2, xz and Zstandard, known by their first bytes."""

from __future__ import annotations

import bz2
import importlib
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from firth.errors import FormatError
from firth.extras import require

__all__ = ["SUFFIXES", "read_chunks"]

_CHUNK = 1 << 20
_PACKED = 1 << 14
_MORSEL = 1 << 9  # zstandard's packed bytes at a time; a few of them may become a block of 128 KiB


@dataclass(frozen=True)
class _Codec:
    """A compressed format: how its files begin and are named, a decoder of one member, what that raises."""

    name: str
    magic: bytes
    suffix: str
    decoder: Callable[[], Any]
    errors: tuple[type[Exception], ...]


class _Zstandard:
    """A decoder of the package zstandard with zlib's attributes.

    Its own unpacks all it is given at once, so it is given little: what comes out is 16 MiB at most.
    """

    def __init__(self) -> None:
        package = require("zstandard", extra="zstd")
        self._decoder = package.ZstdDecompressor(max_window_size=2**31).decompressobj()
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        return bool(self._decoder.eof)

    @property
    def unused_data(self) -> bytes:
        unused: bytes = self._decoder.unused_data
        return unused + self.unconsumed_tail

    def decompress(self, packed: bytes, _: int) -> bytes:
        self.unconsumed_tail = packed[_MORSEL:]
        piece: bytes = self._decoder.decompress(packed[:_MORSEL])
        return piece


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        return importlib.import_module("compression.zstd").ZstdDecompressor()
    return _Zstandard()


def _zstd_errors() -> tuple[type[Exception], ...]:
    name = "compression.zstd" if sys.version_info >= (3, 14) else "zstandard"
    module = sys.modules.get(name)
    return () if module is None else (module.ZstdError,)


_CODECS = (
    _Codec("gzip", b"\x1f\x8b", ".gz", lambda: zlib.decompressobj(31), (zlib.error,)),
    _Codec("bzip2", b"BZh", ".bz2", bz2.BZ2Decompressor, (OSError, ValueError)),
    _Codec("xz", b"\xfd7zXZ\x00", ".xz", lzma.LZMADecompressor, (lzma.LZMAError,)),
    _Codec("Zstandard", b"\x28\xb5\x2f\xfd", ".zst", _zstd, ()),
)
SUFFIXES = tuple(codec.suffix for codec in _CODECS)
"""How the names of compressed files end."""


def read_chunks(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The bytes of an open file, unpacked, in pieces of 16 MiB at most, however well they were packed.

    Args:
        file: open for reading bytes.
        name: what to call it in an error; one that ends in .gz, .bz2, .xz or .zst must hold what it promises.

    Raises:
        FormatError: the compressed data are damaged or end too early.
        MissingExtraError: the file is Zstandard and no package for it is installed.
    """
    head = file.read(_PACKED)
    codec = _codec(head, name)
    if codec is None:
        while head:
            yield head
            head = file.read(_CHUNK)
        return
    decoder = None
    try:
        while head:
            if decoder is None:
                head = head.lstrip(b"\0")  # padding between members, as tape and block devices leave it
                if head:
                    decoder = codec.decoder()
            if decoder is not None:
                yield from _unpacked(decoder, head)
                head = decoder.unused_data if decoder.eof else b""
                decoder = None if decoder.eof else decoder
            head = head or file.read(_PACKED)
    except codec.errors + _zstd_errors() as error:
        raise FormatError(
            f"the {codec.name} data are damaged ({error}); fetch or pack the file again", path=name
        ) from error
    if decoder is not None:
        raise FormatError(f"the {codec.name} data end too early; fetch or pack the file again", path=name)


def _unpacked(decoder: Any, packed: bytes) -> Iterator[bytes]:
    """What these bytes unpack to, up to the end of a member, in pieces."""
    while True:
        piece = decoder.decompress(packed, _CHUNK)
        yield piece
        packed = getattr(decoder, "unconsumed_tail", b"")  # bz2 and lzma keep by themselves what is left
        if decoder.eof or not (packed or len(piece) >= _CHUNK):
            return


def _codec(head: bytes, name: str) -> _Codec | None:
    for codec in _CODECS:
        # "BZh" could begin a text; the digit and the block's magic number after it could not.
        if head.startswith(codec.magic) and (
            codec.name != "bzip2" or head[4:10] in (b"1AY&SY", b"\x17rE8P\x90")
        ):
            return codec
    for codec in _CODECS:
        if name.endswith(codec.suffix):
            raise FormatError(f"the name ends in {codec.suffix} but the data are not {codec.name}", path=name)
    return None
