"""Named arrays in one sealed safetensors file: the layer under models and checkpoints. See docs/format.md.

write_tensors("state.safetensors", {"inputs": matrix, "step": np.array([7])}, {"note": "epoch 2"}, force=True)
arrays, metadata = read_tensors("state.safetensors", verify=True)
"""

from __future__ import annotations

import json
import math
import mmap
import os
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.strict_json import MAX_ITEMS, JsonError, count_items, parse

__all__ = ["DTYPES", "read_tensors", "write_tensors", "written_by"]

DTYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "F16": "<f2",
    "U32": "<u4", "I32": "<i4", "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8",
}  # fmt: skip
NAMES = {np.dtype(code): name for name, code in DTYPES.items()}

MAX_HEADER = 25_000_000
"""Longer headers are refused: safetensors allows 100 MB, but decoding costs up to eight times the bytes."""

ALIGNMENT = 64
CHUNK = 1 << 22
SEAL = b'{"__metadata__":{"crc32":"{\\"header\\":\\"'
"""How a sealed header begins; the eight digits of its checksum follow."""

NO_DIGITS = "00000000"


def write_tensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, NDArray[Any]],
    metadata: Mapping[str, str] | None = None,
    *,
    force: bool = False,
) -> None:
    """Write arrays as one sealed safetensors file, atomically, without copying those that are C-contiguous.

    Args:
        path: where the file goes.
        tensors: the arrays by name; of the dtypes in DTYPES.
        metadata: more strings by name, kept in the header; "crc32" and "sealed" are taken.
        force: replace a file that is there.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: an array has a dtype that the format does not know, or the header would become longer than
            can be read back.
        OSError: the disk is full, the folder does not exist, …; the old file is as it was, and no other is
            left.
    """
    arrays = {name: _little_endian(name, array) for name, array in tensors.items()}
    # Falling item size keeps every array aligned without holes; sorted() keeps the caller's order within a
    # size.
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    checksums = dict.fromkeys(order, NO_DIGITS)
    header = _header(arrays, order, metadata or {}, checksums)
    if len(header) - 8 > MAX_HEADER:
        raise DataError(
            f"the header would take {len(header):,} bytes; at most {MAX_HEADER:,} can be read back"
        )
    items = count_items(header[8:])
    if items > MAX_ITEMS:
        raise DataError(
            f"the header would hold {items:,} items (numbers, strings, …); at most {MAX_ITEMS:,} can be read "
            "back: shorten the report or meta, or make a column of it"
        )
    with replacing(path, force=force) as file:
        file.write(header)
        for name in order:
            checksum = 0
            for part in _chunks(arrays[name]):
                # A copy, so that checksum and file agree even if another thread writes to the array.
                chunk = bytes(part)
                checksum = zlib.crc32(chunk, checksum)
                file.write(chunk)
            checksums[name] = f"{checksum:08x}"
        file.seek(0)
        file.write(_seal(_header(arrays, order, metadata or {}, checksums)))


def read_tensors(
    path: str | os.PathLike[str], *, verify: bool | Collection[str] = False
) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Map the arrays of a safetensors file into memory; nothing is read but the header.

    Args:
        path: the file.
        verify: read everything once, or the tensors of these names, and compare it with the checksums of the
            seal.

    Returns:
        The arrays by name, read-only and in the order of the file, and the metadata without the seal.

    Raises:
        FormatError: the file is damaged, is no safetensors file, or cannot be verified because it has no
            seal.
    """
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < 10:
            raise FormatError(f"no safetensors file: it has {size} bytes", path=path)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = int.from_bytes(mapped[:8], "little")
    if length > min(MAX_HEADER, size - 8):
        raise FormatError(
            f"the header's length is given as {length:,}; it can be {min(MAX_HEADER, size - 8):,} at most",
            path=path, offset=0,
        )  # fmt: skip
    raw = mapped[: 8 + length]
    checksums = _open_seal(raw, path)
    try:
        header = parse(raw[8:])
        metadata = _strings(header.pop("__metadata__", {}))
        layout = _layout(header, len(mapped) - len(raw))
        if checksums is None and not {"crc32", "sealed"}.isdisjoint(metadata):
            raise JsonError("it has a seal, but not at its beginning")
        expected = {} if checksums is None else _tensor_checksums(metadata, checksums, layout)
    except JsonError as error:
        raise FormatError(f"bad header: {error}", path=path, offset=8) from None
    if verify:
        chosen = layout if isinstance(verify, bool) else [place for place in layout if place[0] in verify]
        _verify(mapped, len(raw), chosen, expected, sealed=checksums is not None, path=path)
    arrays = {name: _view(mapped, len(raw) + begin, dtype, shape) for name, dtype, shape, begin, _ in layout}
    return arrays, {name: text for name, text in metadata.items() if name not in ("crc32", "sealed")}


def written_by() -> dict[str, str]:
    """The versions that a file names as its writer's."""
    import firth

    return {"firth": firth.__version__, "numpy": np.__version__}


# --- writing ------------------------------------------------------------------------------------------------


def _little_endian(name: str, array: NDArray[Any]) -> NDArray[Any]:
    array = np.asarray(array)
    dtype = array.dtype.newbyteorder("<")
    if dtype not in NAMES:
        raise DataError(
            f"the tensor {name!r} has dtype {array.dtype}; a safetensors file holds {', '.join(DTYPES)}"
        )
    # An array that is not contiguous is copied; ascontiguousarray alone would turn shape () into (1,).
    return np.ascontiguousarray(array, dtype=dtype).reshape(array.shape)


def _header(
    arrays: Mapping[str, NDArray[Any]],
    order: list[str],
    metadata: Mapping[str, str],
    checksums: Mapping[str, str],
) -> bytes:
    """The first 8 + N bytes of the file, with the header's own checksum still zero."""
    crc32 = json.dumps({"header": NO_DIGITS, "tensors": checksums}, separators=(",", ":"))
    header: dict[str, Any] = {"__metadata__": {"crc32": crc32, **metadata, "sealed": "crc32"}}
    begin = 0
    for name in order:
        array = arrays[name]
        end = begin + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    return len(text).to_bytes(8, "little") + text


def _seal(header: bytes) -> bytes:
    place = 8 + len(SEAL)
    return header[:place] + f"{zlib.crc32(header):08x}".encode() + header[place + 8 :]


def _chunks(array: NDArray[Any]) -> Iterator[memoryview]:
    flat = array.reshape(-1).view(np.uint8).data
    return (flat[start : start + CHUNK] for start in range(0, len(flat), CHUNK))


# --- reading ------------------------------------------------------------------------------------------------


def _open_seal(raw: bytes, path: str | os.PathLike[str]) -> str | None:
    """Check the header's checksum; the eight digits of it, or None if the header has no seal."""
    if not raw.startswith(b"{", 8):
        raise FormatError("no safetensors file: the header does not begin with '{'", path=path, offset=8)
    if not raw.startswith(SEAL, 8):
        return None
    place = 8 + len(SEAL)
    digits = raw[place : place + 8]
    blank = raw[:place] + NO_DIGITS.encode() + raw[place + 8 :]
    if f"{zlib.crc32(blank):08x}".encode() != digits:
        raise FormatError("the header is damaged: its checksum does not fit", path=path, offset=place)
    return digits.decode("ascii")


def _strings(metadata: Any) -> dict[str, str]:
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise JsonError("__metadata__ does not map strings to strings")
    return metadata


Place = tuple[str, np.dtype[Any], tuple[int, ...], int, int]  # name, dtype, shape, begin and end in the data


def _layout(header: Mapping[str, Any], data_size: int) -> list[Place]:
    """Where each tensor lies; all of them together cover the data exactly."""
    layout = sorted((_place(name, entry) for name, entry in header.items()), key=lambda place: place[3:])
    at = 0
    for name, _, _, begin, end in layout:
        if begin != at:
            raise JsonError(
                f"the tensor {name!r} begins at {begin} in the data, not at {at} where the last one ends"
            )
        at = end
    if at != data_size:
        raise JsonError(f"the tensors take {at:,} bytes, but the file has {data_size:,} after its header")
    return layout


def _place(name: str, entry: Any) -> Place:
    match entry:
        case {"dtype": str(code), "shape": list(shape), "data_offsets": [int(begin), int(end)]} if (
            len(entry) == 3
        ):
            pass
        case _:
            raise JsonError(f"the tensor {name!r} is not described by dtype, shape and data_offsets")
    if code not in DTYPES:
        raise JsonError(f"the tensor {name!r} has dtype {code!r}; Firth reads {', '.join(DTYPES)}")
    if len(shape) > 8 or not all(type(side) is int and 0 <= side < 2**62 for side in shape):
        raise JsonError(f"the tensor {name!r} has an impossible shape")
    dtype = np.dtype(DTYPES[code])
    if (
        math.prod(side or 1 for side in shape) * dtype.itemsize >= 2**62
    ):  # NumPy refuses it even if a side is 0
        raise JsonError(f"the tensor {name!r} has an impossible shape")
    if not 0 <= begin <= end or math.prod(shape) * dtype.itemsize != end - begin:
        raise JsonError(
            f"the tensor {name!r} of shape {tuple(shape)} and dtype {code} does not take {end - begin} bytes"
        )
    return name, dtype, tuple(shape), begin, end


def _tensor_checksums(metadata: Mapping[str, str], digits: str, layout: list[Place]) -> dict[str, str]:
    """The checksum of each tensor; there must be one for each."""
    match parse(metadata.get("crc32", "")):
        case {"header": str(header), "tensors": dict(tensors)} if header == digits:
            pass
        case _:
            raise JsonError("its seal is broken")
    if metadata.get("sealed") != "crc32" or tensors.keys() != {place[0] for place in layout}:
        raise JsonError("its seal does not fit its tensors")
    return tensors


def _verify(
    mapped: mmap.mmap,
    start: int,
    layout: list[Place],
    expected: Mapping[str, str],
    *,
    sealed: bool,
    path: str | os.PathLike[str],
) -> None:
    if not sealed:
        raise FormatError(
            "it cannot be verified: it has no checksums, since another program wrote it", path=path
        )
    view = memoryview(mapped)
    for name, _, _, begin, end in layout:
        checksum = 0
        for at in range(start + begin, start + end, CHUNK):
            checksum = zlib.crc32(view[at : min(at + CHUNK, start + end)], checksum)
        if f"{checksum:08x}" != expected[name]:
            raise FormatError(
                f"the tensor {name!r} is damaged: its checksum is {checksum:08x}, not {expected[name]!r}",
                path=path, offset=start + begin,
            )  # fmt: skip


def _view(mapped: mmap.mmap, offset: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    count = math.prod(shape)
    if count == 0:  # frombuffer refuses an offset at the very end
        array = np.empty(shape, dtype)
        array.flags.writeable = False
        return array
    array = np.frombuffer(mapped, dtype, count, offset).reshape(shape)
    if not array.flags.aligned:  # only other programs write such files; kernels need aligned arrays
        array = array.copy()
        array.flags.writeable = False
    return array
