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

__all__ = ["count_pairs", "hamming", "pack_signs", "table_scores"]

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
