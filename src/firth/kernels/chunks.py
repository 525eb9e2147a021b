"""Lines of text to chunks: cut in front of a space that follows something else, and number the chunks.

A chunk is a run of white space and what follows it, up to the next space: "to  be or" is "to", "  be" and
" or". No rule of a subword tokenizer that splits at white space looks across such a cut, so whatever the
tokens of a chunk are, they are the same each time it occurs.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.hashing import mixed
from firth.kernels.jit import kernel
from firth.kernels.text import LINE_END, find_or_add, first_mark, load, marks_of_low_bytes

__all__ = ["count_chunks", "expand", "expanded_size"]

_SPACE = 32
_1, _3 = np.uint64(1), np.uint64(3)


@kernel(inline="always")
def may_cut_after(text, start, p):
    """Whether text[start:p], not empty, ends with something that no tokenizer takes for white space.

    Control characters count as white space here, and so do U+180E and U+FEFF, which once were: a cut too few
    costs a little speed, one too many would be wrong.
    """
    last = text[p - 1]
    if last < 0x80:
        return last > _SPACE
    if p - start >= 2 and text[p - 2] == 0xC2:
        return last != 0x85 and last != 0xA0
    if p - start < 3:
        return True
    first, middle = text[p - 3], text[p - 2]
    if first == 0xE1:
        return not (middle == 0x9A and last == 0x80) and not (middle == 0xA0 and last == 0x8E)
    if first == 0xE2 and middle == 0x80:
        return last > 0x8F and not (0xA8 <= last <= 0xAF)
    if first == 0xE2 and middle == 0x81:
        return last != 0x9F
    if first == 0xE3:
        return not (middle == 0x80 and last == 0x80)
    return not (first == 0xEF and middle == 0xBB and last == 0xBF)


@kernel
def count_chunks(text, starts, stops, line, position, written, key, slots, rows, data, used, ids):
    """Number the chunks of lines of text; see `firth.kernels.text` for the table that they are kept in.

    Args:
        text: uint8, read; UTF-8, a multiple of eight long, with at least PADDING - 7 bytes behind the last
            line.
        starts, stops: int64, (n,): line i is text[starts[i]:stops[i]]; read.
        line, position: where to begin: 0 and starts[0], or what the last call returned.
        written: how many ids are in `ids` already.
        key: uint64, two numbers, the second odd; the same as long as the table lives.
        slots, rows, data, used: the token table, updated.
        ids: int32, at least as long as there are bytes and lines, written from `written` on: the row of each
            chunk, and LINE_END after each line.

    Returns:
        (line, position, written): line is n when all is done, else the table has no room for the chunk there.
    """
    words = text.view(np.uint64)
    while line < starts.size:
        stop = stops[line]
        i = position
        while i < stop:
            start = i
            h = key[0]
            while True:
                eight = load(words, i)
                left = min(8, stop - i)
                marks = marks_of_low_bytes(eight)
                while marks != 0:
                    place = first_mark(marks)
                    p = i + place
                    if p >= stop:
                        break
                    if text[p] == _SPACE and p > start and may_cut_after(text, start, p):
                        left = place
                        break
                    marks &= marks - _1
                if left < 8:
                    break
                h = mixed(h, eight, key)
                i += 8
            word = eight & ((_1 << (np.uint64(left) << _3)) - _1)
            i += left
            row = find_or_add(text, start, i, h, word, 1, key, slots, rows, data, used)
            if row < 0:
                return line, start, written
            ids[written] = row
            written += 1
        ids[written] = LINE_END
        written += 1
        line += 1
        if line < starts.size:
            position = starts[line]
    return line, position, written


@kernel
def expanded_size(ids, starts):
    """How many pieces `expand` writes for these ids (int32); see there."""
    size = 0
    for i in ids:
        if i >= 0:
            size += starts[i + 1] - starts[i]
    return size


@kernel
def expand(ids, starts, pieces, out, lengths):
    """Write the pieces of each chunk, one after the other.

    Args:
        ids: int32, read: rows of chunks, LINE_END after each line.
        starts, pieces: int64 and int32, read: row r is made of pieces[starts[r]:starts[r + 1]].
        out: int32, expanded_size(ids, starts) long, written.
        lengths: int64, one a line, written: how many pieces it has.
    """
    written, line, begun = 0, 0, 0
    for i in ids:
        if i < 0:
            lengths[line] = written - begun
            line += 1
            begun = written
            continue
        for k in range(starts[i], starts[i + 1]):
            out[written] = pieces[k]
            written += 1
