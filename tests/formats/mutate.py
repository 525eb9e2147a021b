"""Files damaged on purpose, with an eye for their structure.

`mutants(format, files)` yields endless (what was done, files) pairs from the files of one good sample. It
begins with every cut that may hurt and goes on at random: the bytes of any file, the numbers and lines of
text, and of a Firth file the header, which is sealed again so that the damage gets past the checksum.
"""

from __future__ import annotations

import itertools
import json
import re
import zlib
from collections.abc import Iterator

import numpy as np

from firth.formats.tensors import SEAL

Files = dict[str, bytes]
Random = np.random.Generator

LENGTHS = [0, 1, -1, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**18]
WORDS = [
    b"",
    b"nan",
    b"-inf",
    b"1e999",
    b"1e-999",
    b"x",
    b"-",
    b".",
    b"1e",
    b"1_0",
    b"0x1p3",
    b"9" * 400,
    b"+-1",
    b" ",
]
BYTES = [
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\0",
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\t",
    b'"',
    b"{",
    b"\xf0\x9f",
]
JUNK = [
    None,
    True,
    -1,
    0,
    1.5,
    2**31,
    2**63,
    10**30,
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
    "words.matrix",
    "F32",
    [0, 0],
]


def mutants(format: str, files: Files, rng: Random) -> Iterator[tuple[str, Files]]:
    """Endless damaged versions of the files of one sample: (what was done, file name -> bytes)."""
    for name, data in files.items():
        for size in sorted({*_borders(data), *(len(data) * i // 64 for i in range(64))}):
            yield f"{name} cut at {size}", {**files, name: data[:size]}
    for name in files:
        yield f"{name} left out", {other: data for other, data in files.items() if other != name}
    damages = [_flip, _flip, _splice, _lines, _number, _word, _no_rows]
    damages += [_native_header] * 8 + [_native_data] if format == "firth" else []
    damages += [_field] * 4 if format == "fasttext" else []
    names = list(files)
    for i in itertools.count():
        name = names[i % len(names)]
        damage = damages[rng.integers(len(damages))]
        yield f"{name} {damage.__name__} #{i}", {**files, name: damage(files[name], rng)}


def _borders(data: bytes) -> set[int]:
    """Where one part of the file ends and another begins, give or take a byte."""
    marks = [match.start() for match in re.finditer(rb"[\n {}\[\]:,]", data)]
    places = [0, 8, *marks[:: max(1, len(marks) // 100)], len(data)]
    return {place + near for place in places for near in (-1, 0, 1) if 0 <= place + near < len(data)}


def _flip(data: bytes, rng: Random) -> bytes:
    """One to three bits the other way round."""
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        damaged[rng.integers(len(damaged))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def _splice(data: bytes, rng: Random) -> bytes:
    """A piece left out, doubled, moved or replaced by bytes that mean something."""
    a, b, c = sorted(rng.integers(0, len(data) + 1, 3).tolist())
    b = min(b, a + 40)
    return [
        data[:a] + data[b:],
        data[:b] + data[a:],
        data[:a] + data[b:c] + data[a:b] + data[c:],
        data[:a] + BYTES[rng.integers(len(BYTES))] + data[a:],
        data[:a] + BYTES[rng.integers(len(BYTES))] + data[a + 1 :],
        data + bytes(rng.integers(0, 256, rng.integers(1, 50), dtype=np.uint8)),
    ][rng.integers(6)]


def _lines(data: bytes, rng: Random) -> bytes:
    """A line left out, doubled, swapped with another, or other line ends."""
    lines = data.split(b"\n")
    i, j = rng.integers(len(lines), size=2).tolist()
    match rng.integers(5):
        case 0:
            del lines[i]
        case 1:
            lines.insert(j, lines[i])
        case 2:
            lines[i], lines[j] = lines[j], lines[i]
        case 3:
            return b"\r\n".join(lines)
        case 4:
            lines[i] = b""
    return b"\n".join(lines)


def _number(data: bytes, rng: Random) -> bytes:
    """A number in the text of the file becomes one more, one less, or one that overflows something."""
    numbers = list(re.finditer(rb"[0-9]+", data))
    if not numbers:
        return _flip(data, rng)
    # The first numbers of a file are its lengths, so they are hit as often as all others together.
    number = numbers[rng.integers(min(len(numbers), 4) if rng.integers(2) else len(numbers))]
    old = int(number[0][:30])
    new = [*LENGTHS, old + 1, old - 1, old * 2][rng.integers(len(LENGTHS) + 3)]
    return data[: number.start()] + str(new).encode() + data[number.end() :]


def _word(data: bytes, rng: Random) -> bytes:
    """A word of the text becomes one that is no number, or hardly one."""
    words = list(re.finditer(rb"[^ \t\n]+", data))
    if not words:
        return data
    word = words[rng.integers(len(words))]
    return data[: word.start()] + WORDS[rng.integers(len(WORDS))] + data[word.end() :]


def _no_rows(data: bytes, rng: Random) -> bytes:
    """The first two numbers beside each other become 0 and a huge one, and nothing follows their line."""
    counts = re.search(rb"[0-9]+([ \t,]+)[0-9]+[^\n]*(\n|\Z)", data)
    if not counts:
        return data
    pair = [b"0", str(LENGTHS[rng.integers(len(LENGTHS))]).encode()]
    pair = [b"0", b"100000000000"] if rng.integers(2) else pair
    pair = pair[::-1] if rng.integers(2) else pair
    return data[: counts.start()] + counts[1].join(pair) + _after_numbers(counts[0])


def _after_numbers(line: bytes) -> bytes:
    return re.sub(rb"\A[0-9]+[ \t,]+[0-9]+", b"", line)


def _field(data: bytes, rng: Random) -> bytes:
    """Another whole number, of four or eight bytes, where a fixed header or a length may stand."""
    at = int(rng.integers(min(len(data), 100) if rng.integers(3) else len(data)))
    size = int(rng.choice([4, 8]))
    old = int.from_bytes(data[at : at + size], "little")
    new = [*LENGTHS, old + 1, old - 1, old * 2][rng.integers(len(LENGTHS) + 3)] % 2 ** (8 * size)
    return (data[:at] + new.to_bytes(size, "little") + data[at + size :])[: len(data)]


# --- the Firth file ---------------------------------------------------------------------------------------


def reseal(header: bytes, data: bytes) -> bytes:
    """A file of this header (JSON) and data; if the header has a seal, its checksum is made right again."""
    raw = len(header).to_bytes(8, "little") + header
    place = 8 + len(SEAL)
    if header.startswith(SEAL):
        raw = raw[:place] + b"00000000" + raw[place + 8 :]
        raw = raw[:place] + f"{zlib.crc32(raw):08x}".encode() + raw[place + 8 :]
    return raw + data


def split(file: bytes) -> tuple[bytes, bytes]:
    """The header and the data of a safetensors file."""
    start = 8 + int.from_bytes(file[:8], "little")
    return file[8:start], file[start:]


def _native_header(file: bytes, rng: Random) -> bytes:
    """Something else in the header or in our entry, under a checksum that fits."""
    header, data = split(file)
    tree = json.loads(header)
    match rng.integers(6):
        case 0:
            _change(tree, rng)
        case 1 | 2:
            name = next(key for key in tree["__metadata__"] if key.startswith("firth"))
            entry = json.loads(tree["__metadata__"][name])
            _change(entry, rng)
            tree["__metadata__"][name] = json.dumps(entry)
        case 3:
            crc32 = json.loads(tree["__metadata__"]["crc32"])
            _change(crc32, rng)
            tree["__metadata__"]["crc32"] = json.dumps(crc32, separators=(",", ":"))
        case 4:
            depth = int(rng.integers(1, 200_000))
            deep = b"[" * depth + b"]" * depth if rng.integers(2) else b'{"a":' * depth + b"1" + b"}" * depth
            return reseal(header.rstrip()[:-1] + b',"deep":' + deep + b"}", data)
        case 5:
            return reseal(_number(header, rng), data)
    return reseal(json.dumps(tree, separators=(",", ":")).encode(), data)


def _change(tree: dict[str, object], rng: Random) -> None:
    """Replace, remove or copy one value somewhere in a JSON object."""
    places: list[tuple[object, object]] = []

    def walk(node: object) -> None:
        for key in (
            list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        ):
            places.append((node, key))
            walk(node[key])  # type: ignore[index]

    walk(tree)
    node, key = places[rng.integers(len(places))]
    other, other_key = places[rng.integers(len(places))]
    match rng.integers(4):
        case 0:
            del node[key]  # type: ignore[attr-defined]
        case 1:
            node[key] = json.loads(json.dumps(other[other_key]))  # type: ignore[index]
        case _:
            node[key] = JUNK[rng.integers(len(JUNK))]  # type: ignore[index]


def _native_data(file: bytes, rng: Random) -> bytes:
    """Some bytes of the data become others; the checksum of the header still fits."""
    header, data = split(file)
    at = int(rng.integers(len(data)))
    piece = [b"\xff" * 8, b"\0" * 8, b"\0\0\xc0\x7f" * 2, (2**62).to_bytes(8, "little")][rng.integers(4)]
    return reseal(header, (data[:at] + piece + data[at + 8 :])[: len(data)])
