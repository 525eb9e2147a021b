"""Word vectors as text and as word2vec's binary rows: parsing and printing.

A text row is a key, then `dim` times one separator (a space or a tab) and a number, then perhaps blanks and a
carriage return. A binary row is a key, a space, `dim` float32 and perhaps a newline. Buffers are uint8.

Numbers are read as float32(float64(text)), rounded correctly both times, as Python and NumPy do it. Up to 15
digits this takes one exact multiplication or division (Clinger, How to read floating point numbers
accurately, PLDI 1990). Longer ones are computed to within a few units of float64; in all but about one of
10**7 cases both ends of that interval round to the same float32, and the caller is asked to settle the
others.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = [
    "BAD_NUMBER",
    "DONE",
    "FULL",
    "MAX_PRINTED",
    "TOO_MANY",
    "copy_binary_rows",
    "join_binary_rows",
    "pack_strings",
    "parse_rows",
    "print_rows",
    "scan_binary_rows",
]

DONE, FULL, BAD_NUMBER, TOO_MANY = 0, 1, 2, 3

TAB, NEWLINE, RETURN, SPACE, PLUS, MINUS, POINT, ZERO, SMALL_E = 9, 10, 13, 32, 43, 45, 46, 48, 101

GOOD, HARD, BAD = 0, 1, 2

POWERS = np.array([float(f"1e{i}") for i in range(61)])
"""Powers of ten as float64, (61,); exact up to 10**22, rounded correctly after."""

EXACT_MANTISSA = 1 << 53
MANTISSA_LIMIT = 10**17
MARGIN = 2.0**-50
"""Bounds the relative error of a mantissa of 18 digits times a power of ten: three roundings and the cut."""

MAX_PRINTED = 18
"""The most bytes that a number takes when printed, with the separator before it: " -0.0000123456789"."""


# --- reading ------------------------------------------------------------------------------------------------


@kernel(inline="always")
def is_blank(byte):
    """Whether the byte is a space or a tab."""
    return byte in (SPACE, TAB)


@kernel
def parse_number(buffer, at, stop):
    """Read the number that begins at `at`: [+-] digits [. digits] [e [+-] digits], with a digit before any e.

    Returns (value float32, the position after it, GOOD, HARD or BAD). HARD: the value may be off by one unit
    in the last place. BAD: no number, or one beyond float32.
    """
    negative = False
    if at < stop and (buffer[at] == MINUS or buffer[at] == PLUS):
        negative = buffer[at] == MINUS
        at += 1
    mantissa, exponent, cut = np.int64(0), np.int64(0), False
    first = at
    while at < stop:
        digit = np.int64(buffer[at]) - ZERO
        if digit < 0 or digit > 9:
            break
        if mantissa < MANTISSA_LIMIT:
            mantissa = mantissa * 10 + digit
        else:
            exponent += 1
            cut = True
        at += 1
    digits = at - first
    if at < stop and buffer[at] == POINT:
        at += 1
        first = at
        while at < stop:
            digit = np.int64(buffer[at]) - ZERO
            if digit < 0 or digit > 9:
                break
            if mantissa < MANTISSA_LIMIT:
                mantissa = mantissa * 10 + digit
                exponent -= 1
            else:
                cut = True
            at += 1
        digits += at - first
    if digits == 0:
        return np.float32(0), at, BAD
    if at < stop and (buffer[at] | 32) == SMALL_E:
        at += 1
        falling = False
        if at < stop and (buffer[at] == MINUS or buffer[at] == PLUS):
            falling = buffer[at] == MINUS
            at += 1
        first = at
        power = np.int64(0)
        while at < stop:
            digit = np.int64(buffer[at]) - ZERO
            if digit < 0 or digit > 9:
                break
            power = power * 10 + digit if power < 100_000 else power
            at += 1
        if at == first:
            return np.float32(0), at, BAD
        exponent += -power if falling else power
    value, state = scale(mantissa, exponent, cut)
    return (-value if negative else value), at, state


@kernel(inline="always")
def scale(mantissa, exponent, cut):
    """mantissa × 10**exponent as float32, and GOOD, HARD or BAD.

    `cut`: digits after the mantissa were left out.
    """
    if mantissa == 0:
        return np.float32(0), GOOD
    if exponent < -60 or exponent > 60:
        return np.float32(0), HARD
    value = float(mantissa)
    value = value / POWERS[-exponent] if exponent < 0 else value * POWERS[exponent]
    nearest = np.float32(value)
    if np.isinf(nearest):
        return nearest, HARD
    if not cut and mantissa <= EXACT_MANTISSA and -22 <= exponent <= 22:
        return nearest, GOOD
    low, high = np.float32(value * (1.0 - MARGIN)), np.float32(value * (1.0 + MARGIN))
    return nearest, (GOOD if low == high else HARD)


@kernel
def parse_numbers(buffer, at, stop, out, hard, n_hard, place, keyed):
    """Read out.size numbers from `at` on, each after one blank; without `keyed`, the first follows none.

    `hard`: see parse_rows; `place`: the flat index of out[0] in the matrix. Returns (the position reached,
        n_hard, whether all were read).
    """
    for j in range(out.size):
        begin = at
        if j > 0 or keyed:
            if at >= stop or not is_blank(buffer[at]):
                return at, n_hard, False
            begin += 1
        value, after, state = parse_number(buffer, begin, stop)
        if state == BAD or (after < stop and not is_blank(buffer[after])):
            return begin, n_hard, False
        if state == HARD:
            hard[n_hard, 0] = begin
            hard[n_hard, 1] = after
            hard[n_hard, 2] = place + j
            n_hard += 1
        out[j] = value
        at = after
    return at, n_hard, True


@kernel
def parse_rows(buffer, at, stop, row, last, matrix, key_starts, key_lengths, hard, keyed):
    """Parse rows `row` to `last` - 1 of text from buffer[at:stop].

    Writes matrix (float32, (n, dim)), key_starts and key_lengths (int64, (n,)).

    The key ends at the first blank. If no `dim` numbers follow, it ends `dim` blanks before the end of the
    line: so keys may hold blanks (GloVe has such), but a line with more than `dim` numbers after its first
    blank is refused. Without `keyed` a row begins with its first number, and its key is empty.

    `hard` (int64, (m, 3), m >= dim) receives (start, stop, flat index in matrix) of numbers that the caller
    must settle.

    Returns (status, position, row, how many are hard). FULL: settle the hard numbers and call again from that
    position and row. BAD_NUMBER: at that position there should be a number, or a blank and a number.
    TOO_MANY: the row goes on after its last number.
    """
    dim = matrix.shape[1]
    n_hard = 0
    while row < last:
        if n_hard + dim > hard.shape[0]:
            return FULL, at, row, n_hard
        line_stop = at
        while line_stop < stop and buffer[line_stop] != NEWLINE:
            line_stop += 1
        end = line_stop
        if end > at and buffer[end - 1] == RETURN:
            end -= 1
        while end > at and is_blank(buffer[end - 1]):
            end -= 1
        key_stop = at
        while keyed and key_stop < end and not is_blank(buffer[key_stop]):
            key_stop += 1
        reached, n_now, good = parse_numbers(
            buffer, key_stop, end, matrix[row], hard, n_hard, row * dim, keyed
        )
        if good and reached < end:
            return TOO_MANY, reached, row, n_hard
        if not good:
            if not keyed:
                return BAD_NUMBER, reached, row, n_hard
            key_stop, left = end, dim
            while left > 0 and key_stop > at:
                key_stop -= 1
                left -= is_blank(buffer[key_stop])
            if left > 0:
                return BAD_NUMBER, reached, row, n_hard
            second, n_now, good = parse_numbers(
                buffer, key_stop, end, matrix[row], hard, n_hard, row * dim, True
            )
            if not good:
                return BAD_NUMBER, max(reached, second), row, n_hard
        n_hard = n_now
        key_starts[row] = at
        key_lengths[row] = key_stop - at
        row += 1
        at = line_stop + 1
    return DONE, at, row, n_hard


@kernel
def scan_binary_rows(buffer, at, row_bytes, key_starts, key_lengths):
    """Find the keys of word2vec's binary rows in buffer[at:]: key_starts and key_lengths (int64, (n,)).

    Returns (how many rows are whole, the position after the last of them).
    """
    size = buffer.size
    for row in range(key_starts.size):
        start = at
        if row > 0 and start < size and buffer[start] == NEWLINE:
            start += 1
        stop = start
        while stop < size and buffer[stop] != SPACE:
            stop += 1
        if stop + 1 + row_bytes > size:
            return row, at
        key_starts[row] = start
        key_lengths[row] = stop - start
        at = stop + 1 + row_bytes
    return key_starts.size, at


@kernel
def copy_binary_rows(buffer, key_starts, key_lengths, first, last, bits):
    """Copy the numbers of rows `first` to `last` - 1 into bits (uint32, (n, dim)), as the bits of float32.

    Returns the first row that holds NaN or infinity, or -1.
    """
    dim = bits.shape[1]
    for row in range(first, last):
        start = key_starts[row] + key_lengths[row] + 1
        source = buffer[start : start + 4 * dim]
        bad = False
        for j in range(dim):
            value = (
                np.uint32(source[4 * j])
                | (np.uint32(source[4 * j + 1]) << np.uint32(8))
                | (np.uint32(source[4 * j + 2]) << np.uint32(16))
                | (np.uint32(source[4 * j + 3]) << np.uint32(24))
            )
            bits[row, j] = value
            bad |= (value & np.uint32(0x7F800000)) == np.uint32(0x7F800000)
        if bad:
            return row
    return -1


@kernel
def pack_strings(buffer, starts, offsets, data):
    """Copy n strings from `starts` (int64) in `buffer` to `offsets` (int64, n + 1) in data (uint8)."""
    for row in range(starts.size):
        at, start = starts[row], offsets[row]
        for k in range(offsets[row + 1] - start):
            data[start + k] = buffer[at + k]


# --- writing ------------------------------------------------------------------------------------------------


@kernel
def print_digits(out, at, number, count):
    """Write `number` as `count` decimal digits to out[at:]; the position after them."""
    for k in range(count - 1, -1, -1):
        out[at + k] = ZERO + number % 10
        number //= 10
    return at + count


@kernel
def power_of_ten(value):
    """The exponent e with 10**e <= value < 10**(e + 1), for float64 value from 1e-45 to 1e39."""
    e = np.int64(np.floor(np.log10(value)))
    # log10 is rounded: near a power of ten it may land on the wrong side.
    if e >= 0:
        if value < POWERS[e]:
            return e - 1
        return e + 1 if value >= POWERS[e + 1] else e
    if value * POWERS[-e] < 1.0:
        return e - 1
    return e + 1 if value * POWERS[-e] >= 10.0 else e


@kernel
def shortest(x):
    """The decimal digits × 10**exponent that reads back as the float32 x > 0, as (digits, exponent).

    It has the fewest digits, or in one of 200 cases one or two more, and at most nine.
    """
    value = float(x)
    exponent = power_of_ten(value) - 8
    scaled = value * POWERS[-exponent] if exponent < 0 else value / POWERS[exponent]
    digits = np.int64(np.rint(scaled))  # nine digits always suffice for float32
    while True:
        fewer = (digits + 5) // 10
        if fewer == 0:
            break
        e = exponent + 1
        back = fewer / POWERS[-e] if e < 0 else fewer * POWERS[e]
        if np.float32(back * (1.0 - MARGIN)) != x or np.float32(back * (1.0 + MARGIN)) != x:
            break
        digits, exponent = fewer, e
    while digits % 10 == 0:
        digits //= 10
        exponent += 1
    return digits, exponent


@kernel
def print_number(out, at, x):
    """Write the finite float32 x to out[at:], so that it reads back the same; the position after it."""
    if np.signbit(x):
        out[at] = MINUS
        at += 1
        x = -x
    if x == 0:
        out[at] = ZERO
        return at + 1
    digits, exponent = shortest(x)
    count = 1
    while digits >= np.int64(POWERS[count]):
        count += 1
    point = count + exponent  # where the decimal point stands, counted from the first digit
    if 0 < point <= 9 and exponent >= 0:  # 1200
        at = print_digits(out, at, digits, count)
        return print_digits(out, at, 0, exponent)
    if 0 < point <= 9:  # 1.2
        whole = np.int64(POWERS[-exponent])
        at = print_digits(out, at, digits // whole, point)
        out[at] = POINT
        return print_digits(out, at + 1, digits % whole, -exponent)
    if -4 <= point <= 0:  # 0.0012
        out[at] = ZERO
        out[at + 1] = POINT
        return print_digits(out, at + 2, digits, -exponent)
    whole = np.int64(POWERS[count - 1])  # 1.2e-07
    at = print_digits(out, at, digits // whole, 1)
    if count > 1:
        out[at] = POINT
        at = print_digits(out, at + 1, digits % whole, count - 1)
    out[at] = SMALL_E
    at += 1
    power = point - 1
    out[at] = MINUS if power < 0 else PLUS
    return print_digits(out, at + 1, abs(power), 2)


@kernel
def print_rows(data, offsets, matrix, separator, out):
    """Write rows as text to out (uint8): key, then dim times a separator and a number, then a newline.

    data (uint8), offsets (int64, n + 1): the keys. matrix: float32, (n, dim), finite. Returns the number of
    bytes written. A row takes at most its key + dim × MAX_PRINTED + 1 bytes. With offsets of size 0 rows have
    no keys and no separator before their first number.
    """
    at = 0
    for row in range(matrix.shape[0]):
        if offsets.size:
            for k in range(offsets[row], offsets[row + 1]):
                out[at] = data[k]
                at += 1
        for j in range(matrix.shape[1]):
            if j > 0 or offsets.size:
                out[at] = separator
                at += 1
            at = print_number(out, at, matrix[row, j])
        out[at] = NEWLINE
        at += 1
    return at


@kernel
def join_binary_rows(data, offsets, numbers, out):
    """Write word2vec's binary rows to out (uint8, just fitting): key, space, the bytes of the row, newline.

    data (uint8), offsets (int64, n + 1): the keys. numbers: uint8, (n, 4 × dim): little-endian float32.
    """
    at = 0
    for row in range(numbers.shape[0]):
        for k in range(offsets[row], offsets[row + 1]):
            out[at] = data[k]
            at += 1
        out[at] = SPACE
        at += 1
        out[at : at + numbers.shape[1]] = numbers[row]
        at += numbers.shape[1]
        out[at] = NEWLINE
        at += 1
