"""The n-grams of words, as fastText finds and hashes them (Bojanowski et al. 2017, section 3.2).

A word is written between "<" and ">", so that a prefix and a suffix differ from the same letters inside a
word: "where" has the 3-grams "<wh", "whe", "her", "ere", "re>". An n-gram is n code points of Unicode, of
whatever number of bytes; a lone "<" or ">" is none. There is no table of n-grams: each is hashed to one of a
fixed number of *buckets*, and those that share a bucket share a row.

The hash is the 32-bit FNV-1a of the bytes (Fowler, Noll and Vo), with one peculiarity that became the format:
the reference takes bytes as signed, so that those above 127 flip the upper 24 bits of the state as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.jit import kernel

__all__ = ["END_OF_LINE", "compose", "count_ngrams", "fill_buckets", "ngram_table"]

END_OF_LINE = np.frombuffer(b"</s>", np.uint8)
"""fastText's word for the end of a line, the only one without n-grams."""

_BEGIN, _END = 60, 62  # "<" and ">"
_BASIS, _PRIME, _32_BITS = 2166136261, 16777619, 0xFFFFFFFF  # of FNV-1a


def ngram_table(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], *, min_n: int, max_n: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The buckets of all n-grams of n words.

    Args:
        data, offsets: the words' bytes one after the other, and int64 (n + 1,), where each begins.
        min_n, max_n: how many code points an n-gram has; no n-gram fits if max_n is 0 or below min_n.
        buckets: how many there are; 0 if there shall be no n-grams.

    Returns:
        starts, int64 (n + 1,), and found, int32: the n-grams of word i are in the buckets
        found[starts[i] : starts[i + 1]], in the order in which they begin, then by length.
    """
    starts = np.zeros(offsets.size, np.int64)
    if buckets:
        count_ngrams(data, offsets, END_OF_LINE, min_n, max_n, starts)
    found = np.empty(int(starts[-1]), np.int32)
    if found.size:
        fill_buckets(data, offsets, min_n, max_n, buckets, starts, found)
    return starts, found


@kernel
def count_ngrams(data, offsets, none, min_n, max_n, starts):
    """Write to `starts` (int64, n + 1) where the n-grams of each word begin in the list of all.

    data, offsets: uint8 and int64 (n + 1), read. none: uint8, the one word that has no n-grams.
    """
    starts[0] = 0
    for i in range(offsets.size - 1):
        word = data[offsets[i] : offsets[i + 1]]
        points = 2  # "<" and ">"
        for byte in word:
            points += not continues(byte)
        count = 0
        if not same(word, none):
            for n in range(max(1, min_n), min(max_n, points) + 1):
                count += points - n + 1 - 2 * (n == 1)
        starts[i + 1] = starts[i] + count


@kernel
def fill_buckets(data, offsets, min_n, max_n, buckets, starts, found):
    """Write to `found` (int32) the bucket of each n-gram, those of word i from starts[i] to starts[i + 1].

    data, offsets, starts: as in `count_ngrams`; read.
    """
    marked = np.empty(longest(offsets) + 2, np.uint8)
    for i in range(offsets.size - 1):
        at = starts[i]
        if at < starts[i + 1]:
            size = mark(data, offsets[i], offsets[i + 1], marked)
            for first in range(size):
                at = ngrams_from(marked, size, first, min_n, max_n, buckets, found, at)


@kernel
def compose(data, offsets, none, min_n, max_n, buckets, own, used, rows, out):
    """Write to `out` (float32, n × d) the mean of each word's own row and the rows of its n-grams.

    data, offsets, none, min_n, max_n: as in `count_ngrams`; no n-grams if `buckets` is 0. own: float32
    (n, d), the own rows; (0, d) if the words have none. used: int64, ascending, the buckets that have a row
    in `rows` (float32, any number × d); the others count as rows of zeros. A word without any row becomes
    zeros. The matrices need not be aligned. The n-grams are never listed, so long words take no memory.
    """
    marked = np.empty(longest(offsets) + 2, np.uint8)
    found = np.empty(max_n, np.int32)
    for i in range(out.shape[0]):
        total, count = out[i], 0
        total[:] = 0.0
        if own.shape[0]:
            total[:] = own[i]
            count = 1
        size = 0
        if buckets and not same(data[offsets[i] : offsets[i + 1]], none):
            size = mark(data, offsets[i], offsets[i + 1], marked)
        for first in range(size):
            n = ngrams_from(marked, size, first, min_n, max_n, buckets, found, 0)
            count += n
            for k in range(n):
                place = find(used, found[k])
                if place >= 0:
                    row = rows[place]
                    for j in range(total.size):
                        total[j] += row[j]
        if count:
            scale = np.float32(1.0) / np.float32(count)
            for j in range(total.size):
                total[j] *= scale


@kernel
def longest(offsets):
    """The most bytes that a word has."""
    most = 0
    for i in range(offsets.size - 1):
        most = max(most, offsets[i + 1] - offsets[i])
    return most


@kernel
def same(word, other):
    """Whether two words (uint8) are the same."""
    return word.size == other.size and np.all(word == other)


@kernel
def mark(data, start, stop, marked):
    """Write the word data[start:stop] between "<" and ">" to `marked` (uint8); returns its size there."""
    marked[0] = _BEGIN
    for k in range(start, stop):
        marked[1 + k - start] = data[k]
    marked[1 + stop - start] = _END
    return stop - start + 2


@kernel
def ngrams_from(marked, size, first, min_n, max_n, buckets, found, at):
    """Write the buckets of the n-grams that begin at byte `first` to found[at:]; returns where they end.

    The hash of an n-gram is on the way to that of the next longer one.
    """
    if continues(marked[first]):
        return at
    state, stop = np.int64(_BASIS), first
    for n in range(1, max_n + 1):
        if stop == size:
            break
        while True:  # the bytes of one more code point
            byte = np.int64(marked[stop])
            if byte > 127:
                byte |= 0xFFFFFF00  # as the reference's signed char
            state = (state ^ byte) * _PRIME & _32_BITS
            stop += 1
            if stop == size or not continues(marked[stop]):
                break
        if n >= min_n and not (n == 1 and (first == 0 or stop == size)):
            found[at] = state % buckets
            at += 1
    return at


@kernel(inline="always")
def continues(byte):
    """Whether a byte is within a code point of UTF-8, not at its beginning."""
    return byte & 0xC0 == 0x80


@kernel
def find(used, bucket):
    """The place of a bucket among those used (int64, ascending), or -1; at once where all below are used."""
    if bucket < used.size and used[bucket] == bucket:
        return np.int64(bucket)
    low, high = 0, min(used.size, np.int64(bucket))  # the place of a bucket is never above its number
    while low < high:
        middle = (low + high) // 2
        if used[middle] < bucket:
            low = middle + 1
        else:
            high = middle
    return low if low < used.size and used[low] == bucket else -1
