"""Text to token ids: split a block of bytes at white space, count the tokens, write their ids.

The tokens met so far live in a *token table*, four arrays that the caller owns and enlarges:

    slots   int64, a power of two: 0, or tag << 32 | row + 1; open addressing with linear probing
    rows    int64, (capacity + 1, 3): where the token starts in `data`, its word, and how often it was met;
            the row after the last one holds only where the next token starts
    data    uint8: the bytes of all tokens one after the other
    used    int64, one number: how many tokens the table holds

Text is read eight bytes at a time, as little-endian numbers. The word of a token is what is left of it after
its whole eights, so that a token of up to seven bytes is its word. The tag is 31 bits of its hash; its low
bits are its slot. A slot thus tells nearly every stranger apart, and the table grows from its slots alone,
without hashing anything again. What else a look-up needs lies in one row, and the rows of frequent words,
which are met early, lie close together. Why the hash takes a key is said in `firth.kernels.hashing`.

A kernel that finds the table full stops in front of the token that does not fit and says where;
the caller makes room and calls it again from there.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.hashing import ended, mixed
from firth.kernels.jit import kernel

__all__ = [
    "LINE_END",
    "PADDING",
    "add_strings",
    "count_text",
    "encode",
    "encoded_size",
    "fill_slots",
    "translate",
]

LINE_END = -1  # stands between the ids of two lines

PADDING = 24  # bytes of white space behind a text, so that eight bytes can be read anywhere

_NEWLINE = 10
_ROW = 0xFFFFFFFF
_ONES = np.uint64(2**64 // 255)  # the number 1 in each of eight bytes
_TOPS, _33S = np.uint64(0x80) * _ONES, np.uint64(33) * _ONES
_1, _3, _7, _56, _63 = (np.uint64(n) for n in (1, 3, 7, 56, 63))


@kernel(inline="always")
def is_space(byte):
    """Whether str.split splits at this ASCII character: tab to carriage return, 28 to 31, space."""
    return byte <= 32 and (byte == 32 or (9 <= byte <= 13) or (28 <= byte <= 31))


@kernel(inline="always")
def load(words, i):
    """Bytes i to i + 8 of a text as one number; `words` (uint64) is the text's memory."""
    shift = np.uint64(i & 7) << _3
    return words[i >> 3] >> shift | words[(i >> 3) + 1] << _1 << (_63 - shift)


@kernel(inline="always")
def marks_of_low_bytes(eight):
    """The top bit of each byte below 33; bytes above such a one may be marked without cause.

    Mycroft's test for zero bytes (1987), as "hasless" in Anderson's Bit Twiddling Hacks.
    """
    return (eight - _33S) & ~eight & _TOPS


@kernel(inline="always")
def first_mark(marks):
    """The number of the lowest marked byte, 0 to 7: the count of the bytes below the lowest bit."""
    return np.int64((((marks - _1) & ~marks) >> _7 & _ONES) * _ONES >> _56)


@kernel
def translate(text, code, out):
    """Write code[byte] for each byte of the text to the beginning of out; all three uint8, code 256 long."""
    for i in range(text.size):
        out[i] = code[text[i]]


@kernel(inline="always")
def find_or_add(text, start, stop, h, word, weight, key, slots, rows, data, used):
    """The row of text[start:stop], new if need be, its count raised by `weight`; -1 if the table is full."""
    tag = np.int64(ended(h, word, key) & np.uint64(0x7FFFFFFF))
    word, length = np.int64(word), stop - start
    mask = slots.size - 1
    slot = tag & mask
    while slots[slot] != 0:
        entry = slots[slot]
        if entry >> 32 == tag:
            row = (entry & _ROW) - 1
            at = rows[row, 0]
            if rows[row, 1] == word and rows[row + 1, 0] - at == length:
                same = True
                for k in range(length & -8):
                    if data[at + k] != text[start + k]:
                        same = False
                        break
                if same:
                    rows[row, 2] += weight
                    return row
        slot = (slot + 1) & mask
    row = used[0]
    end = rows[row, 0]
    if row == rows.shape[0] - 1 or end + length > data.size:
        return np.int64(-1)
    for k in range(length):
        data[end + k] = text[start + k]
    rows[row, 1] = word
    rows[row, 2] = weight
    rows[row + 1, 0] = end + length
    slots[slot] = tag << 32 | row + 1
    used[0] = row + 1
    return row


@kernel
def count_text(text, size, position, written, key, slots, rows, data, used, ids):
    """Count the tokens of text[position:size] and write their rows to `ids`, with LINE_END for each newline.

    Tokens are runs of bytes between ASCII white space (see `is_space`); the end of the text ends a token.

    Args:
        text: uint8, read; a multiple of eight long, with at least PADDING - 7 spaces from `size` on.
        position: where to start, at 0 or at the position that the last call returned.
        written: how many ids are in `ids` already.
        key: uint64, two numbers, the second odd; the same as long as the table lives.
        slots, rows, data, used: the token table, updated.
        ids: int32, at least `size` long, written from `written` on.

    Returns:
        (position, written): the position is `size` when all is done, else that of the token for which the
        table has no room.
    """
    words = text.view(np.uint64)
    i = position
    while i < size:
        byte = text[i]
        if is_space(byte):
            if byte == _NEWLINE:
                ids[written] = LINE_END
                written += 1
            i += 1
            continue
        start = i
        h = key[0]
        while True:
            eight = load(words, i)
            left = 8
            marks = marks_of_low_bytes(eight)
            while marks != 0:
                place = first_mark(marks)
                if is_space(text[i + place]):
                    left = place
                    break
                marks &= marks - _1  # a control character, or marked without cause
            if left < 8:
                break
            h = mixed(h, eight, key)
            i += 8
        word = eight & ((_1 << (np.uint64(left) << _3)) - _1)
        i += left
        row = find_or_add(text, start, i, h, word, 1, key, slots, rows, data, used)
        if row < 0:
            return start, written
        ids[written] = row
        written += 1
    return i, written


@kernel
def add_strings(more, offsets, weights, position, key, slots, rows, data, used, ids):
    """Add the strings of the table (more, offsets) from number `position` on, string i weights[i] times.

    Args:
        more, offsets: uint8 and int64 (n + 1,), read.
        weights: int64, (n,), read.
        position: the string to start with.
        key: see `count_text`.
        slots, rows, data, used: the token table, updated.
        ids: int32, (n,): the row of each string, written.

    Returns:
        n when all is done, else the number of the string for which the table has no room.
    """
    for i in range(position, offsets.size - 1):
        start, stop = offsets[i], offsets[i + 1]
        h, word = key[0], np.uint64(0)
        for k in range(stop - start):
            word |= np.uint64(more[start + k]) << (np.uint64(k & 7) << _3)
            if k & 7 == 7:
                h, word = mixed(h, word, key), np.uint64(0)
        row = find_or_add(more, start, stop, h, word, weights[i], key, slots, rows, data, used)
        if row < 0:
            return i
        ids[i] = row
    return offsets.size - 1


@kernel
def fill_slots(old, slots):
    """Enter the tokens of the slots `old` into the larger, zeroed `slots` (both int64, powers of two)."""
    mask = slots.size - 1
    for entry in old:
        if entry != 0:
            slot = (entry >> 32) & mask
            while slots[slot] != 0:
                slot = (slot + 1) & mask
            slots[slot] = entry


@kernel
def encoded_size(ids, code, starts):
    """How many tokens `encode` writes for these ids (int32)."""
    size = 0
    for i in ids:
        if i >= 0:
            c = code[i]
            if c >= 0:
                size += 1
            elif c < -1:
                size += starts[-2 - c + 1] - starts[-2 - c]
    return size


@kernel
def encode(ids, code, starts, pieces, tokens, lengths):
    """Replace table rows by final token ids, leave out what is dropped, measure the lines.

    Args:
        ids: int32, as `count_text` writes them.
        code: int32, one a row of the table: a final id; -1 for a token that is dropped; -2 - r for one that
            becomes the several tokens pieces[starts[r]:starts[r + 1]].
        starts, pieces: int64 and int32, read.
        tokens: int32, at least encoded_size(...) long, written.
        lengths: int64, at least as long as there are line ends in `ids`: the tokens of each line, written.

    Returns:
        (tokens written, lines ended, tokens of the line that is not ended yet).
    """
    written, lines, line_start = 0, 0, 0
    for i in ids:
        if i < 0:
            lengths[lines] = written - line_start
            lines += 1
            line_start = written
            continue
        c = code[i]
        if c >= 0:
            tokens[written] = c
            written += 1
        elif c < -1:
            for k in range(starts[-2 - c], starts[-2 - c + 1]):
                tokens[written] = pieces[k]
                written += 1
    return written, lines, written - line_start
