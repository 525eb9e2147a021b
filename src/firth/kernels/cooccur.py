"""Co-occurrence counts, one row of the table at a time.

The table of how often word j stands near word i is sparse and far larger than a processor's cache, so that
adding each pair where it belongs, in a hash table or a tree, waits for memory at every pair. But one row of
it, dense, does fit: a hundred thousand sums take 800 kB. So the text is indexed first, by a counting sort of
its positions by word; then all places of word i are visited, and what stands around them is added to one
dense row, which comes out sorted, whole, and for the last time. (Multiplying sparse matrices row by row is
done in the same way: Gustavson 1978, "Two Fast Algorithms for Sparse Matrices".)

The sums are whole numbers. Their order then changes nothing, so that neither the number of threads nor the
parts into which a corpus is cut change a bit of the result.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.tiles import prefetch

__all__ = ["LINE", "add_rows", "count_rows", "index_text", "separate"]

LINE = 16  # int32 numbers of a cache line
AHEAD = 12  # places of a word are fetched so long before they are visited: hiding that wait halves the time

_ONE = np.uint64(1)
_PRIME = 67  # the powers of two below 2**64 leave 64 different remainders
_PLACES = np.zeros(_PRIME, np.int64)
_PLACES[[2**k % _PRIME for k in range(64)]] = np.arange(64)


@kernel
def separate(tokens, offsets, text):
    """Write the sequences into `text`, -1 before each of them and in all that is left.

    tokens: int32, the sequences one after the other. offsets: int64, (m + 1,), where each begins in tokens,
        and the end. text: int32, at least tokens + m + 1, written.
    """
    n = 0
    for k in range(offsets.size - 1):
        text[n] = -1
        n += 1
        for p in range(offsets[k], offsets[k + 1]):
            text[n] = tokens[p]
            n += 1
    text[n:] = -1


@kernel
def index_text(text, starts, positions):
    """Sort the positions of the words in `text` by word, and within a word by place.

    text: int32, from `separate`. starts: int64, (vocabulary + 1,), written: where the positions of each word
        begin, and the end. positions: int32, one for each word of the text, written.
    """
    starts[:] = 0
    for word in text:
        if word >= 0:
            starts[word + 1] += 1
    for k in range(1, starts.size):
        starts[k] += starts[k - 1]
    for p in range(text.size):
        word = text[p]
        if word >= 0:  # starts[word] moves to where the next word begins, and is set back below
            positions[starts[word]] = p
            starts[word] += 1
    for k in range(starts.size - 1, 0, -1):
        starts[k] = starts[k - 1]
    starts[0] = 0


@kernel
def count_rows(text, starts, positions, first, last, steps, both, sums, marks, counts, j, values):
    """Count the rows of the words first to last.

    text: int32, a whole number of lines. starts, positions: from `index_text`. steps: int64, (window,): what
        a pair at distance 1, 2, … adds, above 0. both: whether the words after a word count too, or only
        those before it.
    sums: int64, (vocabulary,), marks: uint64, (vocabulary / 64, rounded up,): zeros, and zeros again
        afterwards.
    counts: int64, (last - first,), j: int32, values: int64, written: how many words stand near each word,
        which, in rising order, and the sums. j and values have room for all of them and one more.

    Returns how many words are in j.
    """
    lines = text.reshape(-1, LINE)
    window = steps.size
    n = 0
    for word in range(first, last):
        found = n
        for k in range(starts[word], starts[word + 1]):
            coming = np.int64(positions[min(k + AHEAD, positions.size - 1)])
            for line in range(
                max(coming - window, 0) // LINE, min(coming + window, text.size - 1) // LINE + 1
            ):
                prefetch(lines, line)
            p = positions[k]
            for d in range(window):
                near = text[p - d - 1]
                if near < 0:
                    break
                found = add(sums, near, steps[d], j, found)
            if both:
                for d in range(window):
                    near = text[p + d + 1]
                    if near < 0:
                        break
                    found = add(sums, near, steps[d], j, found)
        take_row(sums, marks, j[n:found], values[n:found])
        counts[word - first] = found - n
        n = found
    return n


@kernel
def add_rows(parts_counts, parts_j, parts_values, sums, marks, counts, j, values):
    """Add up the same rows of several tables.

    parts_counts: int64, (parts, rows): the length of each row in each table. parts_j: int32, parts_values:
        int64: the rows of the first table, then those of the second, …
    The others, and what is returned: as in `count_rows`.
    """
    parts, rows = parts_counts.shape
    starts = np.zeros(parts, np.int64)
    for part in range(1, parts):
        starts[part] = starts[part - 1] + parts_counts[part - 1].sum()
    n = 0
    for row in range(rows):
        found = n
        for part in range(parts):
            for k in range(starts[part], starts[part] + parts_counts[part, row]):
                found = add(sums, parts_j[k], parts_values[k], j, found)
            starts[part] += parts_counts[part, row]
        take_row(sums, marks, j[n:found], values[n:found])
        counts[row] = found - n
        n = found
    return n


@kernel
def add(sums, column, step, j, found):
    """Add to the sum of a column; a new one is noted as j[found]. Returns how many are noted then.

    The note is always written and only sometimes counted: a branch here would be guessed wrongly too often.
    """
    before = sums[column]
    sums[column] = before + step
    j[found] = column
    return found + (before == 0)


@kernel
def take_row(sums, marks, j, values):
    """Put j into rising order, and move the sums of those columns to values."""
    for column in j:
        marks[column >> 6] |= _ONE << np.uint64(column & 63)
    n = 0
    for m in range(marks.size):
        mark = marks[m]
        if mark:
            marks[m] = 0
            while mark:
                lowest = mark & (~mark + _ONE)
                column = 64 * m + _PLACES[np.int64(lowest % np.uint64(_PRIME))]
                mark ^= lowest
                j[n] = column
                values[n] = sums[column]
                sums[column] = 0
                n += 1
