"""Lines of text out of blocks of bytes.

A line ends with a newline, or with a carriage return and a newline, as files of Windows have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["lines_of", "split_lines", "whole_lines"]


def whole_lines(blocks: Iterable[memoryview | bytes]) -> Iterator[tuple[bytes, int]]:
    """The text in runs of whole lines, the last one ended by a newline too, each with its size as it came."""
    held: list[bytes] = []  # a line that goes on in the next block
    for block in blocks:
        text = bytes(block)
        end = text.rfind(b"\n") + 1
        if end:
            whole = b"".join([*held, text[:end]])
            yield whole, len(whole)
            held = []
        if text[end:]:
            held.append(text[end:])
    if held:
        whole = b"".join(held)
        yield whole + b"\n", len(whole)


def split_lines(text: str) -> list[str]:
    """The lines of a text; what follows the last newline is one, if there is anything."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def lines_of(text: memoryview | bytes, report: dict[str, int]) -> list[str]:
    """The lines of a text in UTF-8. Bytes that are none become U+FFFD, and lines that have some are added to
    `invalid_utf8_lines` in the report."""
    try:
        return split_lines(str(text, "utf-8"))
    except UnicodeDecodeError:
        report["invalid_utf8_lines"] += sum(not _is_utf8(line) for line in bytes(text).split(b"\n"))
        return split_lines(str(text, "utf-8", "replace"))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
