"""The first pass: count the raw tokens of a source and write a provisional id for each."""

from __future__ import annotations

import queue
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.ordered import ordered_map
from firth.data.plain import PlainBytes
from firth.data.table import TokenTable
from firth.data.tokenfile import TokenFile
from firth.kernels.text import LINE_END

__all__ = ["Counted", "Part", "count_lists", "count_text"]

_LIST_PART = 1 << 18  # ids of token lists written at a time


@dataclass(frozen=True)
class Part:
    """A run of the source: `size` provisional ids from `start` on in the file, `lines` of them line ends.

    The ids are in the numbers of one worker.
    """

    start: int
    size: int
    lines: int
    worker: int


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What the first pass found.

    Attributes:
        table: the different raw tokens and their counts.
        rows: one int32 array a worker: the row in `table` of each of its provisional ids.
        parts: the runs of provisional ids in the order of the source.
        tokens, lines: how many there were.
        size: how many bytes of text there were; 0 for token lists.
        invalid: how many tokens UTF-8 could not hold and were changed; text is checked later, see `spell`.
        more: what else was counted, by name.
    """

    table: TokenTable
    rows: list[NDArray[np.int32]]
    parts: list[Part]
    tokens: int
    lines: int
    size: int = 0
    invalid: int = 0
    more: dict[str, int] = field(default_factory=dict)


def count_text(
    blocks: Iterable[memoryview], ids: TokenFile, *, plain: PlainBytes | None, threads: int
) -> Counted:
    """Count blocks of text (UTF-8 that ends where a token does) on several threads.

    Args:
        plain: what bytes are respelt on the way; None for none.

    Each worker has a table, and so provisional ids, of its own; the tables are merged at the end. Nothing is
    shared, so nothing waits.
    """
    tables = [TokenTable() for _ in range(threads)]
    idle: queue.SimpleQueue[int] = queue.SimpleQueue()
    for worker in range(threads):
        idle.put(worker)
    size = 0

    def measured() -> Iterator[memoryview]:
        nonlocal size
        for block in blocks:
            size += len(block)
            yield block

    def count(block: memoryview) -> Part:
        worker = idle.get()
        try:
            code = None if plain is None else plain.code_for(block)
            kind = None if plain is None else plain.kind
            found = tables[worker].count(np.frombuffer(block, np.uint8), code, kind=kind)
            return Part(ids.append(found), found.size, int((found == LINE_END).sum()), worker)
        finally:
            idle.put(worker)

    parts = list(ordered_map(count, measured(), threads=threads))
    table, rows = _merged(tables)
    lines = sum(part.lines for part in parts)
    return Counted(
        table=table, rows=rows, parts=parts, tokens=int(table.counts.sum()), lines=lines, size=size
    )


def _merged(tables: list[TokenTable]) -> tuple[TokenTable, list[NDArray[np.int32]]]:
    """All tables in one, the first, and where the rows of each of them are in it. Empties the list."""
    tables.reverse()
    table = tables.pop()
    rows: list[NDArray[np.int32]] = [np.arange(len(table), dtype=np.int32)]
    while tables:
        other = tables.pop()  # gone, and its memory with it, at the next turn
        rows.append(table.add(other.strings, other.counts))
    return table, rows


def count_lists(lists: Iterable[list[str]], ids: TokenFile) -> Counted:
    """Count tokens that are Python strings already; a line end follows each list."""
    number: dict[str, int] = {}
    counts = array("q")
    parts: list[Part] = []
    waiting = array("i")

    def write() -> None:
        found = np.array(waiting, np.int32)
        parts.append(Part(ids.append(found), found.size, int((found == LINE_END).sum()), 0))
        del waiting[:]

    for tokens in lists:
        for token in tokens:
            i = number.setdefault(token, len(counts))
            if i == len(counts):
                counts.append(0)
            counts[i] += 1
            waiting.append(i)
        waiting.append(LINE_END)
        if len(waiting) >= _LIST_PART:
            write()
    write()
    times = np.array(counts, np.int64)
    strings, changed = _encodable(list(number))
    table = TokenTable()
    rows = table.add(Strings.of(strings), times)
    return Counted(
        table=table,
        rows=[rows],
        parts=parts,
        tokens=int(times.sum()),
        lines=sum(part.lines for part in parts),
        invalid=int(times[changed].sum()),
    )


def _encodable(tokens: list[str]) -> tuple[list[str], list[int]]:
    """The tokens with U+FFFD for lone surrogates, which UTF-8 cannot hold, and which of them had such."""
    changed = []
    for i, token in enumerate(tokens):
        try:
            token.encode()
        except UnicodeEncodeError:
            tokens[i] = token.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
            changed.append(i)
    return tokens, changed
