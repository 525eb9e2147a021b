"""The second pass: provisional ids become the ids of the vocabulary, lines become sequences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.counting import Part
from firth.data.ordered import ordered_map
from firth.data.spelling import Spelling
from firth.data.tokenfile import TokenFile
from firth.kernels.text import encode, encoded_size

__all__ = ["Code", "Cut", "cut_lines", "encode_parts", "make_code"]


@dataclass(frozen=True, kw_only=True)
class Code:
    """What each raw token is written as; see `firth.kernels.text.encode` for the arrays.

    Attributes:
        raw: int32, one a raw token: a final id, -1 for none, -2 - r for several.
        starts, pieces: int64 and int32: the several ids, pieces[starts[r]:starts[r + 1]].
    """

    raw: NDArray[np.int32]
    starts: NDArray[np.int64]
    pieces: NDArray[np.int32]

    def take(self, rows: NDArray[np.int32]) -> Code:
        """The code of other numbers: number i stands for the raw token rows[i]."""
        return Code(raw=self.raw[rows], starts=self.starts, pieces=self.pieces)


def make_code(spelling: Spelling, chosen: NDArray[np.int64]) -> Code:
    """The code that writes the `chosen` rows of the table as 0, 1, 2, … and leaves out all others.

    Args:
        chosen: int64; -1 is the place of a token that the table does not hold.
    """
    final = np.full(spelling.counts.size, -1, np.int32)
    there = np.flatnonzero(chosen >= 0)
    final[chosen[there]] = there
    pieces = final[spelling.pieces]
    left = pieces >= 0
    before = np.zeros(pieces.size + 1, np.int64)  # how many pieces are left before each
    np.cumsum(left, out=before[1:])
    starts = before[spelling.starts]
    pieces = pieces[left]
    widths = np.diff(starts)
    raw = np.full(widths.size, -1, np.int32)
    one, several = np.flatnonzero(widths == 1), np.flatnonzero(widths > 1)
    raw[one] = pieces[starts[one]]
    raw[several] = -2 - several
    return Code(raw=raw, starts=starts, pieces=pieces)


def encode_parts(
    parts: Sequence[Part],
    provisional: TokenFile,
    codes: Sequence[Code],
    tokens: TokenFile,
    *,
    threads: int,
) -> NDArray[np.int64]:
    """Write the final ids of all parts to `tokens`, in order.

    Args:
        parts: runs of ids in the file `provisional`, in the order of the source.
        codes: one a worker: what its provisional ids are written as.
        tokens: an empty file, written.

    Returns:
        int64, the number of tokens of each line, 0 where none is left.
    """

    def encoded(part: Part) -> tuple[NDArray[np.int32], NDArray[np.int64], int]:
        ids, code = provisional.read(part.start, part.start + part.size), codes[part.worker]
        found = np.empty(encoded_size(ids, code.raw, code.starts), np.int32)
        lengths = np.empty(part.lines, np.int64)
        _, _, rest = encode(ids, code.raw, code.starts, code.pieces, found, lengths)
        return found, lengths, rest

    all_lengths = [np.empty(0, np.int64)]  # which may stay the only one: an empty file has no part
    begun = 0  # tokens of a line that began in an earlier part
    for found, lengths, rest in ordered_map(encoded, parts, threads=threads):
        tokens.append(found)
        if lengths.size:
            lengths[0] += begun
            begun = 0
        begun += rest
        all_lengths.append(lengths)
    return np.concatenate(all_lengths)


@dataclass(frozen=True)
class Cut:
    """Lines made into sequences: the offsets (int64), how many lines were split, and how many were empty."""

    offsets: NDArray[np.int64]
    split: int
    empty: int


def cut_lines(lengths: NDArray[np.int64], max_length: int) -> Cut:
    """Leave out lines of length 0 and split those longer than max_length; the last piece is the rest."""
    filled = lengths[lengths > 0]
    pieces = -(-filled // max_length)
    last = np.cumsum(pieces) - 1
    each = np.full(int(pieces.sum()), max_length, np.int64)
    each[last] = filled - (pieces - 1) * max_length
    offsets = np.zeros(each.size + 1, np.int64)
    np.cumsum(each, out=offsets[1:])
    return Cut(offsets, int(np.count_nonzero(pieces > 1)), lengths.size - filled.size)
