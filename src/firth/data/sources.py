"""Where text comes from: files, globs, standard input, strings, token lists; and how it is cut into blocks.

Whatever the source, text becomes blocks of about a megabyte of UTF-8 that end where a line ends. A line
longer than a block is cut at white space and goes on in the next block. Token lists stay what they are.
"""

from __future__ import annotations

import glob
import itertools
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firth.data.compression import read_chunks
from firth.errors import DataError, FormatError

__all__ = ["Lists", "Text", "cut", "expand", "file_chunks", "open_source", "string_chunks", "token_lists"]

Name = str | os.PathLike[str]

BLOCK = 1 << 20
LONGEST_TOKEN = 1 << 26
_END = object()
_BOM = b"\xef\xbb\xbf"
_SPACES = tuple(bytes([c]) for c in (*range(9, 14), *range(28, 32), 32))


@dataclass(frozen=True)
class Text:
    """A source of text, in blocks of UTF-8; see `cut`."""

    blocks: Iterator[memoryview]


@dataclass(frozen=True)
class Lists:
    """A source of token lists."""

    lists: Iterator[list[str]]


def open_source(source: Any) -> Text | Lists:
    """What a source holds, text or token lists. Nothing is read before the result is iterated over.

    Args:
        source: a path, a glob or "-"; many `pathlib.Path`; or an iterable of strings or of token lists.

    Raises:
        DataError: nothing is there, or it is none of these.
    """
    if isinstance(source, (str, os.PathLike)):
        return Text(cut(file_chunks(expand([source]))))
    if isinstance(source, (bytes, bytearray, memoryview, Mapping)) or not isinstance(source, Iterable):
        raise DataError(
            f"text comes as a path, a list of paths or an iterable of strings or token lists, "
            f"not as {type(source).__name__}"
        )
    items = iter(source)
    first = next(items, _END)
    if first is _END:
        raise DataError("the source is empty: it yields no item; a generator that was used once is empty")
    items = itertools.chain([first], items)
    if isinstance(first, str):
        _refuse_file_names(source)
        return Text(cut(string_chunks(items)))
    if isinstance(first, os.PathLike):
        return Text(cut(file_chunks(expand(items))))
    return Lists(token_lists(items))


# --- files ---------------------------------------------------------------------------------------------


def expand(names: Iterable[Name]) -> list[str]:
    """The files that these paths and globs name, the matches of a glob sorted; "-" stands for standard input.

    Raises:
        DataError: a path is missing or a folder, or a glob matches nothing.
    """
    files: list[str] = []
    for position, name in enumerate(names):
        if not isinstance(name, (str, os.PathLike)):
            raise DataError(f"item {position} among the paths is {type(name).__name__}, not a path")
        path = os.fspath(name)
        if path == "-" or _is_file(path):
            files.append(path)
            continue
        matches = sorted(match for match in glob.glob(path, recursive=True) if _is_file(match, quiet=True))  # noqa: PTH207
        if not matches:
            raise DataError(_missing(path))
        files += matches
    return files


def _is_file(path: str, *, quiet: bool = False) -> bool:
    """Whether something readable as a file is there: a regular file or a pipe."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return False
    if stat.S_ISDIR(mode):
        if quiet:
            return False
        raise DataError(f"{path} is a folder; name its files, for example {path.rstrip('/')}/*.txt")
    return True


def _missing(path: str) -> str:
    if glob.has_magic(path):
        return f"no file matches {path}"
    if any(c.isspace() for c in path):
        shown = path if len(path) <= 60 else path[:60] + "…"
        return f"there is no file {shown!r}; texts themselves are passed as a list of strings"
    return f"there is no file {path}"


def file_chunks(files: Iterable[str]) -> Iterator[bytes]:
    """The text of these files, one after the other, each without byte order mark and ended by a newline.

    Raises:
        DataError: a file cannot be read.
        FormatError: a file is damaged or is UTF-16.
    """
    for name in files:
        try:
            if name == "-":
                yield from _as_lines(read_chunks(sys.stdin.buffer, "standard input"), "standard input")
            else:
                with open(name, "rb") as file:  # noqa: PTH123
                    yield from _as_lines(read_chunks(file, name), name)
        except OSError as error:
            raise DataError(f"{name} cannot be read: {error.strerror or error}") from error


def _as_lines(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(_BOM):
            break
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FormatError(
            "this is UTF-16; make it UTF-8, for example with: iconv -f UTF-16 -t UTF-8", path=name
        )
    head = head.removeprefix(_BOM)
    last = b"\n"
    for chunk in itertools.chain([head], chunks):
        if chunk:
            last = chunk
            yield chunk
    if not last.endswith(b"\n"):
        yield b"\n"


# --- Python objects ------------------------------------------------------------------------------------


def string_chunks(strings: Iterable[Any]) -> Iterator[bytes]:
    """Each string as one line of UTF-8; newlines within it become spaces.

    A lone surrogate becomes bytes that are not valid UTF-8, and is replaced and counted as such later.

    Raises:
        DataError: an item is not a string.
    """
    held: list[str] = []
    size = 0
    for position, string in enumerate(strings):
        if not isinstance(string, str):
            raise DataError(
                f"item {position} is {type(string).__name__}, not a string like the ones before it"
            )
        held.append(string)
        size += len(string)
        if size >= BLOCK:
            yield from _as_chunks(held)
            held, size = [], 0
    if held:
        yield from _as_chunks(held)


def _as_chunks(strings: list[str]) -> Iterator[bytes]:
    """Strings as lines, made together because one by one they cost more than counting their words."""
    text = "\n".join(strings)
    if text.count("\n") >= len(strings):
        text = "\n".join(string.replace("\n", " ") for string in strings)
    lines = (text + "\n").encode("utf-8", "surrogatepass")
    for start in range(0, len(lines), 2 * BLOCK):  # in one piece, unless one string is very long
        yield lines[start : start + 2 * BLOCK]


def token_lists(lists: Iterable[Any]) -> Iterator[list[str]]:
    """Each item as a list of strings.

    Raises:
        DataError: an item is not a list of strings.
    """
    for position, tokens in enumerate(lists):
        if isinstance(tokens, (str, bytes, Mapping)) or not isinstance(tokens, Iterable):
            raise DataError(
                f"item {position} is {type(tokens).__name__}, not a list of tokens (or a string, for all)"
            )
        checked = list(tokens)
        for place, token in enumerate(checked):
            if not isinstance(token, str):
                raise DataError(
                    f"token {place} of item {position} is {type(token).__name__}, not a string: {token!r:.40}"
                )
        yield checked


def _refuse_file_names(source: Any) -> None:
    """A list of strings is a list of texts; one whose strings all name files was surely meant otherwise."""
    if isinstance(source, (list, tuple)) and all(
        isinstance(name, str) and len(name) < 4096 and _is_file(name, quiet=True) for name in source
    ):
        raise DataError(
            f"these strings name files ({source[0]!r}), and strings are taken as texts: "
            f"to read the files, give pathlib.Path objects"
        )


# --- blocks --------------------------------------------------------------------------------------------


def cut(chunks: Iterable[bytes], *, size: int = BLOCK) -> Iterator[memoryview]:
    """Regroup text into blocks of about `size` bytes that end with a line, or else with white space.

    Args:
        chunks: the text in pieces of any size; its last line ends with a newline.
        size: bytes; blocks are that long or a chunk longer, the last one shorter.

    Raises:
        DataError: 64 MiB hold no white space.
    """
    held: list[bytes] = []
    length = 0
    barren = False  # whether what is held has no white space, so that only the new chunk is searched
    for chunk in chunks:
        held.append(chunk)
        length += len(chunk)
        if length < size:
            continue
        if not barren:
            held = [b"".join(held)]
        end = _last_border(held[-1])
        barren = not end
        if end:
            end += length - len(held[-1])
            block = b"".join(held)
            yield memoryview(block)[:end]
            held = [block[end:]]
            length -= end
        elif length > LONGEST_TOKEN:
            raise DataError(
                f"{length:,} bytes without white space: this is not text of words; tokenize it first"
            )
    if length:
        yield memoryview(b"".join(held))


def _last_border(text: bytes) -> int:
    """Where a block of this text may end: after its last newline, else after its last white space, else 0."""
    return text.rfind(b"\n") + 1 or 1 + max(text.rfind(space) for space in _SPACES)
