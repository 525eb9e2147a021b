"""Which tokens a document holds and how often: rows of a sparse matrix straight from token ids.

The rows come out sorted by token without being sorted. A document sets one bit for each token that it holds
in a map of the vocabulary, and one bit a word of that map in a second, smaller map. Going through the bits
that are set, from the lowest on, yields the tokens in order; 64 × 64 tokens without a bit cost one look.
"""

from __future__ import annotations

import math

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["L1", "L2", "count_documents", "map_sizes", "scale_rows", "select_columns", "tally", "weigh"]

L1, L2 = 1, 2
_0, _1, _6, _58, _63 = (np.uint64(n) for n in (0, 1, 6, 58, 63))

# A de Bruijn sequence of order 6: its 64 windows of six bits differ, so that the top bits of its product with
# a power of two tell which one it is (Leiserson, Prokop and Randall 1998, "Using de Bruijn Sequences to Index
# a 1 in a Computer Word").
_DE_BRUIJN = 0x03F79D71B4CB0A89
_PLACE = np.zeros(64, np.int64)
_PLACE[[(_DE_BRUIJN << _bit & 0xFFFFFFFFFFFFFFFF) >> 58 for _bit in range(64)]] = np.arange(64)
_FACTOR = np.uint64(_DE_BRUIJN)


def map_sizes(vocabulary: int) -> tuple[int, int]:
    """How many words (uint64) the map of so many tokens has, and the map of that map."""
    words = -(-vocabulary // 64)
    return words, -(-words // 64)


@kernel(inline="always")
def _lowest(word):
    """The number of the lowest bit that is set in a word (uint64) that is not 0."""
    return _PLACE[((word & (~word + _1)) * _FACTOR) >> _58]


@kernel
def count_documents(tokens, offsets, times, bits, blocks, columns, values, ends):
    """Count the tokens of each document.

    Args:
        tokens: int32, read, each below times.size.
        offsets: int64, (n + 1,): document i is tokens[offsets[i]:offsets[i + 1]].
        times: int32, (vocabulary,), all 0 and left so.
        bits, blocks: uint64, see `map_sizes`, all 0 and left so.
        columns: int32, at least as long as the tokens: the tokens of each document, rising, written.
        values: float32, likewise: how often each occurs, written.
        ends: int64, (n,): where each document's end in columns, written.

    Returns:
        How many were written in all.
    """
    written = 0
    for i in range(offsets.size - 1):
        for k in range(offsets[i], offsets[i + 1]):
            token = np.int64(tokens[k])
            if times[token] == 0:
                bits[token >> 6] |= _1 << np.uint64(token & 63)
                blocks[token >> 12] |= _1 << np.uint64(token >> 6 & 63)
            times[token] += 1
        for b in range(blocks.size):
            left = blocks[b]
            while left != _0:
                word = b << 6 | _lowest(left)
                set_bits = bits[word]
                while set_bits != _0:
                    token = word << 6 | _lowest(set_bits)
                    columns[written] = token
                    values[written] = times[token]
                    times[token] = 0
                    written += 1
                    set_bits &= set_bits - _1
                bits[word] = _0
                left &= left - _1
            blocks[b] = _0
        ends[i] = written
    return written


@kernel
def tally(columns, counts):
    """counts[c] (int64) grows by how often c occurs among the columns (int32)."""
    for c in columns:
        counts[c] += 1


@kernel
def select_columns(starts, columns, values, code):
    """Rename the columns of a sparse matrix, in place; the order within the rows stays.

    Args:
        starts: int64, (n + 1,), where the rows begin; changed.
        columns, values: int32 and float32, changed.
        code: int32, the new number of each column, -1 for one that is left out.

    Returns:
        How many entries are left.
    """
    written = 0
    start = starts[0]
    for i in range(starts.size - 1):
        stop = starts[i + 1]
        for k in range(start, stop):
            c = code[columns[k]]
            if c >= 0:
                columns[written] = c
                values[written] = values[k]
                written += 1
        start = stop
        starts[i + 1] = written
    return written


@kernel
def weigh(starts, columns, values, idf, sublinear, first, last):
    """values[k] becomes tf · idf[columns[k]], where tf is the value, or 1 + ln of it if `sublinear`.

    Args:
        starts, columns: int64 and int32, read; values: float32, changed in the rows first to last.
        idf: float32, one a column.
    """
    for k in range(starts[first], starts[last]):
        tf = 1.0 + math.log(values[k]) if sublinear else np.float64(values[k])
        values[k] = tf * idf[columns[k]]


@kernel
def scale_rows(starts, values, norm, first, last):
    """Give the rows first to last the norm 1; rows of zeros stay.

    Args:
        starts: int64, read; values: float32, changed.
        norm: L1 for Σ|x|, L2 for √Σx², summed in float64.
    """
    for i in range(first, last):
        total = 0.0
        for k in range(starts[i], starts[i + 1]):
            x = np.float64(values[k])
            total += x * x if norm == L2 else abs(x)
        if total > 0:
            scale = 1.0 / math.sqrt(total) if norm == L2 else 1.0 / total
            for k in range(starts[i], starts[i + 1]):
                values[k] = values[k] * scale
