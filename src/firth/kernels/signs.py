"""Part the signs of ASCII from the words they stand beside, before the tokens of a text are counted.

"(word)," is three different signs around a word that is there a thousand times already. Parted first, such
pieces need no rule of their own, and the table of different pieces becomes half as large. What a byte may do
is one of these bits; a byte without any, such as those beyond ASCII, leaves its piece to whoever splits
pieces.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.text import is_space

__all__ = ["CLOSES", "OPENS", "SIGN", "STOP", "WORD", "part_signs"]

WORD = 1  # goes on a word
SIGN = 2  # is a token of its own in a piece of words and such signs alone
OPENS = 4  # is a token of its own at the beginning of every piece, if a byte of ASCII follows
CLOSES = 8  # is a token of its own at the end of every piece
STOP = 16  # so is this one, but behind a single byte of a word, which may be an abbreviation


@kernel
def part_signs(text, code, kind, out):
    """Write code[byte] for each byte of the text, with spaces around the signs that are tokens for certain.

    Args:
        text: uint8, read; its pieces are the runs between ASCII white space, and its end ends a piece.
        code: uint8, (256,): what each byte is written as; white space as white space, and nothing else so.
        kind: uint8, (256,): the bits above for each byte.
        out: uint8, at least twice as long as the text, written.

    Returns:
        How many bytes were written.
    """
    # Most bytes are of words or white space. So the text is first marked, eight bytes are looked at together,
    # and what lies between two pieces with a mark is copied as it is: 1.6 times as fast as byte by byte.
    spaces, odd = np.zeros(256, np.bool_), np.zeros(256, np.uint8)
    for byte in range(256):
        spaces[byte] = is_space(byte)
        odd[byte] = not (spaces[byte] or kind[byte] & WORD)
    marks = np.zeros((text.size + 7) // 8 * 8, np.uint8)
    for i in range(text.size):
        marks[i] = odd[text[i]]
    eights = marks.view(np.uint64)
    n = done = 0
    for k in range(eights.size):
        if eights[k] == 0:
            continue
        for i in range(8 * k, 8 * k + 8):
            if marks[i] == 0 or i < done:
                continue
            start, stop = i, i + 1
            while start > done and not spaces[text[start - 1]]:
                start -= 1
            while stop < text.size and not spaces[text[stop]]:
                stop += 1
            n = copy(text, code, done, start, out, n)
            n = part_piece(text, code, kind, start, stop, out, n)
            done = stop
    return copy(text, code, done, text.size, out, n)


@kernel
def copy(text, code, start, stop, out, n):
    """Write text[start:stop] from out[n] on; returns where it ends."""
    for k in range(stop - start):
        out[n + k] = code[text[start + k]]
    return n + stop - start


@kernel
def part_piece(text, code, kind, start, stop, out, n):
    """Write the piece text[start:stop] with spaces around its signs from out[n] on; returns where it ends."""
    last = end_of_core(text, kind, start, stop)
    first = start_of_core(text, kind, start, last)
    for k in range(start, first):
        out[n] = code[text[k]]
        out[n + 1] = 32
        n += 2
    n = part_core(text, code, kind, first, last, out, n)
    for k in range(last, stop):
        out[n] = 32
        out[n + 1] = code[text[k]]
        n += 2
    return n


@kernel(inline="always")
def end_of_core(text, kind, start, stop):
    """Where the closing signs at the end of a piece begin."""
    last = stop
    while last > start:
        bits = kind[text[last - 1]]
        if not (bits & CLOSES or (bits & STOP and last - start > 1 and may_stop(text, kind, start, last))):
            break
        last -= 1
    return last


@kernel(inline="always")
def may_stop(text, kind, start, last):
    """Whether the full stop text[last - 1] stands behind a sign of ASCII or two bytes of words."""
    before = text[last - 2]
    if kind[before] & WORD:
        return last - start > 2 and kind[text[last - 3]] & WORD != 0
    return before < 128


@kernel(inline="always")
def start_of_core(text, kind, start, last):
    """Where the opening signs at the beginning of a piece end."""
    first = start
    while first < last and kind[text[first]] & OPENS and (first + 1 == last or text[first + 1] < 128):
        first += 1
    return first


@kernel(inline="always")
def part_core(text, code, kind, first, last, out, n):
    """Write a piece without the signs around it from out[n] on; returns where it ends."""
    plain = True
    for k in range(first, last):
        if kind[text[k]] & (WORD | SIGN) == 0:
            plain = False
            break
    for k in range(first, last):
        if plain and kind[text[k]] & SIGN:
            if k > first and kind[text[k - 1]] & WORD:
                out[n] = 32
                n += 1
            out[n] = code[text[k]]
            out[n + 1] = 32
            n += 2
        else:
            out[n] = code[text[k]]
            n += 1
    return n
