"""Codes of single bits: signs packed eight to a byte, and the Hamming distances between them.

The distance of two codes is the number of bits in which they differ: the ones in their exclusive or, counted
eight bytes at a time by the processor's own instruction where it has one (LLVM lowers `ctpop` to a few
shifts and additions where it has none).
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel

__all__ = ["count_pairs", "hamming", "nearest_by_hamming", "pack_signs", "table_scores"]

WORD = 8  # bytes that are compared at a time
_ONE = np.uint8(1)


@intrinsic
def popcount(typingctx, bits):  # noqa: ARG001 - the signature is Numba's
    """How many bits of a uint64 are set."""

    def codegen(context, builder, signature, args):  # noqa: ARG001
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


@intrinsic
def word_at(typingctx, codes, row, byte):  # noqa: ARG001
    """The eight bytes of codes[row, byte:byte + 8] as one uint64; the caller has checked that they are there.

    No alignment is assumed: the width of a code is any number of bytes.
    """

    def codegen(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        width = builder.extract_value(array.shape, 1)
        place = builder.add(builder.mul(args[1], width), args[2])
        start = builder.gep(array.data, [place])
        word = ir.IntType(64)
        return builder.load(builder.bitcast(start, word.as_pointer()), align=1)

    if not isinstance(codes, types.Array) or codes.layout != "C" or codes.ndim != 2:
        return None
    return types.uint64(codes, types.intp, types.intp), codegen


@kernel(inline="always")
def distance(a, i, b, j):
    """In how many bits row i of `a` and row j of `b` differ; both uint8, C-contiguous, of one width."""
    width = a.shape[1]
    words = width - width % WORD
    count = np.uint64(0)
    for byte in range(0, words, WORD):
        count += popcount(word_at(a, i, byte) ^ word_at(b, j, byte))
    for byte in range(words, width):
        count += popcount(np.uint64(a[i, byte] ^ b[j, byte]))
    return np.int32(count)


@kernel
def pack_signs(values, thresholds, out):
    """Write to `out` (uint8, (n, ceil(d / 8))) for each value (float32, (n, d)) if it is above its threshold.

    thresholds: float32, (d,). The first value of eight is the highest bit of a byte, as in `np.packbits`; the
    bits beyond the last value are 0, and so is that of a NaN.
    """
    d = values.shape[1]
    for i in range(values.shape[0]):
        for byte in range(out.shape[1]):
            bits = np.uint8(0)
            for j in range(8 * byte, min(8 * byte + 8, d)):
                if values[i, j] > thresholds[j]:
                    bits |= _ONE << np.uint8(7 - (j & 7))
            out[i, byte] = bits


@kernel
def hamming(queries, codes, out):
    """Write to `out` (int32, (m, n)) the distances of queries (uint8, (m, w)) and codes (uint8, (n, w))."""
    for j in range(codes.shape[0]):
        for i in range(queries.shape[0]):
            out[i, j] = distance(queries, i, codes, j)


@kernel
def count_pairs(a, b, out):
    """Write to `out` (int32, (n,)) the distance of each row of `a` (uint8, (n, w)) to the same row of `b`."""
    for i in range(a.shape[0]):
        out[i] = distance(a, i, b, i)


@kernel
def nearest_by_hamming(queries, codes, rows, distances):
    """The k nearest codes of each query, by rising distance, equal ones by rising row.

    A distance is one of 8 w + 1 numbers, so that counting how often each occurs sorts them: two passes over
    the distances and no comparison of rows.

    Reads:
        queries: uint8, (m, w). codes: uint8, (n, w).

    Writes:
        rows: int64, and distances: int32, both (m, k) with k at most n.
    """
    n, k = codes.shape[0], rows.shape[1]
    found = np.empty(n, np.int32)
    places = np.empty(8 * codes.shape[1] + 2, np.int64)
    for i in range(queries.shape[0]):
        for j in range(n):  # apart from the counting, which would keep it from being vectorised
            found[j] = distance(queries, i, codes, j)
        farthest = count_nearest(found, k, places)
        for length in range(1, places.size):
            places[length] += places[length - 1]
        for j in range(n):
            if found[j] <= farthest:
                place = places[found[j]]
                if place < k:
                    rows[i, place], distances[i, place] = j, found[j]
                    places[found[j]] = place + 1


@kernel
def count_nearest(found, k, counts):
    """Write to counts[x + 1] (int64, all distances and one) how many of `found` (int32, (n,)) are x.

    Returns the k-th least. Of distances beyond the k-th least so far some are not counted: almost all
    are, after a few hundred rows, and passing over them is what makes this fast.
    """
    counts[:] = 0
    farthest, held = counts.size - 2, 0
    for j in range(found.size):
        if found[j] <= farthest:
            counts[found[j] + 1] += 1
            held += 1
            while farthest > 0 and held - counts[farthest + 1] >= k:
                held -= counts[farthest + 1]
                farthest -= 1
    return farthest


@kernel
def table_scores(tables, codes, out):
    """Write to `out` (float32, (m, n)) the sum over a code's bytes of what each adds to the score of a query.

    tables: float32, (m, w, 256): what byte w adds where it has each of its 256 values. codes: uint8, (n, w).
    """
    for j in range(codes.shape[0]):
        for i in range(tables.shape[0]):
            total = np.float32(0)
            for byte in range(codes.shape[1]):
                total += tables[i, byte, codes[j, byte]]
            out[i, j] = total
