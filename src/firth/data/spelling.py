"""From the raw tokens of a text to its final ones: UTF-8, Unicode white space, lower case, tokenizer.

All of this concerns the text of a token and not its place, so it is done once for each different raw token,
however often it occurs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.plain import PlainBytes
from firth.data.table import TokenTable
from firth.data.tokenizers import (
    LineEncoder,
    PieceSplitter,
    ReadableTokenizer,
    splits_pieces,
    way_of_reading,
)
from firth.errors import DataError, OptionError
from firth.kernels.signs import WORD
from firth.kernels.text import LINE_END

__all__ = ["Spelling", "Splitting", "Tokenizer", "as_they_are", "check_tokenizer", "spell"]

Tokenizer: TypeAlias = Callable[[str], list[str]] | ReadableTokenizer | LineEncoder | Literal["words"] | None
Splitting: TypeAlias = Callable[[str], list[str]] | PieceSplitter | Literal["words"] | None

_BATCH = 1 << 15  # tokens made into Python strings at a time
_NOT_WORD = re.compile(r"[^\w\n]+")
_SPACE = re.compile(r"[^\S\n]+")


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """What the tokens of a table became.

    Attributes:
        starts, pieces: int64 (n + 1,) and int32: raw row i became the rows pieces[starts[i]:starts[i + 1]].
        counts: int64, one a row of the table: how often it occurs as a final token; 0 for one that is none.
        invalid: how many occurrences of raw tokens were not valid UTF-8 and had bytes replaced by U+FFFD.
    """

    starts: NDArray[np.int64]
    pieces: NDArray[np.int32]
    counts: NDArray[np.int64]
    invalid: int


def check_tokenizer(tokenizer: object) -> None:
    """Raises OptionError unless it is None, "words", a tokenizer or a function."""
    if isinstance(tokenizer, type) and (
        hasattr(tokenizer, "for_reading") or hasattr(tokenizer, "encode_lines")
    ):
        raise OptionError(f"tokenizer is the class {tokenizer.__name__}; make one: {tokenizer.__name__}(…)")
    known = tokenizer is None or tokenizer == "words" or callable(tokenizer)
    if not known and way_of_reading(tokenizer) is None:
        raise OptionError(
            f"tokenizer is None, 'words' or a function from str to a list of str, or one of firth.tokenize, "
            f"not {tokenizer!r}"
        )


def as_they_are(table: TokenTable, *, invalid: int) -> Spelling:
    """The spelling that changes nothing: every token of the table is a final one already."""
    n = len(table)
    starts, pieces = np.arange(n + 1), np.arange(n, dtype=np.int32)
    return Spelling(starts=starts, pieces=pieces, counts=table.counts, invalid=invalid)


def spell(
    table: TokenTable,
    *,
    lowercase: bool,
    tokenizer: Splitting,
    plain: PlainBytes | None = None,
) -> Spelling:
    """Find the final tokens of every raw token of the table; new ones are added to the table.

    Args:
        table: the raw tokens, without ASCII white space in them, and their counts.
        lowercase, tokenizer: see `firth.read_text`; of a tokenizer the part that splits pieces.
        plain: what bytes were respelt while the raw tokens were counted; None if none.

    Returns:
        The final tokens as rows of the same table, which holds raw and final ones then.

    Raises:
        DataError: the tokenizer returns something that is not a list of strings.
    """
    n = len(table)
    raw_counts = table.counts
    if callable(tokenizer):
        rows = np.arange(n)
    else:
        rows = _unsettled(table.strings, plain)
    widths, pieces, invalid = np.ones(n, np.int64), [], 0
    raw = table.strings
    for batch in np.split(rows, range(_BATCH, rows.size, _BATCH)):
        text, bad = _decoded(raw.take(batch))
        invalid += int(raw_counts[batch[bad]].sum())
        found, widths[batch] = _respell(table, text.lower() if lowercase else text, tokenizer)
        pieces.append(found)
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(widths, out=starts[1:])
    return _spelling(len(table), raw_counts, rows, starts, np.concatenate(pieces), invalid)


def _spelling(
    size: int,
    raw_counts: NDArray[np.int64],
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    found: NDArray[np.int32],
    invalid: int,
) -> Spelling:
    """Put the pieces `found` for `rows` between the rows that stay as they are, and count all pieces."""
    changed = np.zeros(raw_counts.size, np.bool_)
    changed[rows] = True
    owner = np.repeat(np.arange(raw_counts.size, dtype=np.int32), np.diff(starts))
    pieces = owner.copy()
    pieces[changed[owner]] = found
    # bincount adds in float64, which is exact up to 2**53 occurrences.
    counts = np.bincount(pieces, weights=raw_counts[owner], minlength=size).astype(np.int64)
    return Spelling(starts=starts, pieces=pieces, counts=counts, invalid=invalid)


def _unsettled(strings: Strings, plain: PlainBytes | None) -> NDArray[np.int64]:
    """The rows of the strings with a byte beyond ASCII, one to be respelt, or one that goes on no word where
    signs are parted from words; the others stay as they are."""
    unsettled = np.arange(256) >= 0x80
    if plain is not None:
        unsettled |= plain.code != np.arange(256)
        if plain.kind is not None:
            unsettled |= plain.kind & WORD == 0
    if not len(strings):
        return np.empty(0, np.int64)
    # reduceat takes a part from each offset to the next; no raw token is empty.
    return np.flatnonzero(np.logical_or.reduceat(unsettled[strings.data], strings.offsets[:-1]))


def _decoded(strings: Strings) -> tuple[str, NDArray[np.bool_]]:
    """The strings one a line, each ended by a newline, and which of them are not valid UTF-8."""
    places = strings.offsets[1:]
    lines = np.insert(strings.data, places, ord("\n")).tobytes()
    bad = np.zeros(len(strings), np.bool_)
    try:
        return lines.decode(), bad
    except UnicodeDecodeError:
        for i, line in enumerate(lines.split(b"\n")[:-1]):
            try:
                line.decode()
            except UnicodeDecodeError:
                bad[i] = True
        return lines.decode("utf-8", "replace"), bad


def _respell(
    table: TokenTable, text: str, tokenizer: Splitting
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The rows of the final tokens of the lines of `text`, and how many each line has."""
    if callable(tokenizer):
        tokens = [_checked(tokenizer, line) for line in text.split("\n")[:-1]]
        strings = Strings.of(token for line in tokens for token in line)
        widths = np.array([len(line) for line in tokens], np.int64)
        return table.add(strings, np.zeros(len(strings), np.int64)), widths
    if splits_pieces(tokenizer):
        text = tokenizer.split_pieces(text)
    elif tokenizer == "words":
        text = _NOT_WORD.sub(" ", text)
    elif not text.isascii():
        text = _SPACE.sub(" ", text)
    ids = table.count(np.frombuffer(text.encode(), np.uint8))
    ends = np.flatnonzero(ids == LINE_END)
    return ids[ids != LINE_END], np.diff(ends, prepend=-1) - 1


def _checked(tokenizer: Callable[[str], list[str]], raw: str) -> list[str]:
    """The tokens of one raw token, without empty ones; Unicode white space splits it first."""
    tokens: list[str] = []
    for chunk in raw.split():
        found = tokenizer(chunk)
        if not isinstance(found, (list, tuple)) or not all(isinstance(token, str) for token in found):
            raise DataError(
                f"the tokenizer must return a list of strings; for {chunk!r} it returned {found!r}"
            )
        tokens += (token for token in found if token)
    return tokens
