"""Codes of several small numbers: packed into bytes, and scored by sums of table entries.

What a query and the row of a code have in common is a sum over the parts of the code, and for each part there
are only 2^bits possible terms. They are computed once a query and looked up for each row (asymmetric distance
computation, Jégou, Douze and Schmid 2011, section III).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from firth.compress.codec import Bytes, Floats

__all__ = ["Sums", "packed", "table_sums", "unpacked", "width_of"]

Sums: TypeAlias = Callable[[Bytes], Floats]
"""Numbers (b, parts) to sums float32 (m, b)."""


def width_of(parts: int, bits: int) -> int:
    """How many bytes so many parts of so many bits take together."""
    return -(-parts * bits // 8)


def packed(numbers: Bytes, bits: int) -> Bytes:
    """Numbers (n, parts), each below 2^bits, in `width_of(parts, bits)` bytes a row, the first one lowest."""
    if bits == 8:
        return numbers
    from firth.kernels.productcodes import pack

    codes = np.empty((len(numbers), width_of(numbers.shape[1], bits)), np.uint8)
    pack(numbers, bits, codes)
    return codes


def unpacked(codes: Bytes, parts: int, bits: int) -> Bytes:
    """The numbers (n, parts), each below 2^bits, whatever the bytes (n, at least `width_of(parts, bits)`)."""
    if bits == 8:
        return np.ascontiguousarray(codes[:, :parts])
    from firth.kernels.productcodes import unpack

    numbers = np.empty((len(codes), parts), np.uint8)
    unpack(codes, bits, numbers)
    return numbers


def table_sums(tables: Floats) -> Sums:
    """What sums, for each query and row, the entries of the query's tables that the row's numbers name.

    A sum is the same to the bit however many queries and rows are asked for at a time, and equal numbers have
    equal sums.

    Args:
        tables: float32, (m, parts, k).
    """
    from firth.kernels.productcodes import TOGETHER, sum_few, sum_many

    m, parts, k = tables.shape
    # An entry of one query costs a third to a quarter of a vector of entries, which come from farther away.
    if 3 * m < TOGETHER:

        def few(numbers: Bytes) -> Floats:
            sums = np.empty((m, len(numbers)), np.float32)
            sum_few(tables, numbers, sums)
            return sums

        return few

    groups = []
    for start in range(0, m, TOGETHER):
        group = np.zeros((parts, k, TOGETHER), np.float32)
        some = tables[start : start + TOGETHER]
        group[:, :, : len(some)] = np.moveaxis(some, 0, 2)
        groups.append(group)

    def many(numbers: Bytes) -> Floats:
        sums = np.empty((len(groups) * TOGETHER, len(numbers)), np.float32)
        block = np.empty((len(numbers), TOGETHER), np.float32)
        for number, group in enumerate(groups):
            sum_many(group, numbers, block)
            sums[number * TOGETHER : (number + 1) * TOGETHER] = block.T
        return sums[:m]

    return many
