"""Small matrix products held in processor registers: the arithmetic inside the training kernels.

The products of a training block are tiny (some 32 × 32 × 100). A BLAS call costs as much as such a product,
and plain loops keep their sums in memory. A tile keeps ROWS × VECTORS sums in vector registers for the whole
inner loop; `product` covers a matrix with tiles. All operands lie in one float32 scratch array and are named
by the position of their first element, so that a block's data stays in the first-level cache.

The intrinsics write LLVM vector instructions directly (with the pieces in `lanes`), since a loop vectoriser
does not find this form. With NUMBA_DISABLE_JIT=1 their NumPy twins serve.

See Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), section 6, for the
register tile.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel
from firth.kernels.lanes import (
    I64,
    LANES,
    REGISTERS,
    VECTOR,
    address,
    are_literals,
    broadcast,
    constant,
    fused,
    load,
    nan_if_strange,
    polynomial,
    sigma,
    store,
    store_sums,
    sum_loop,
)

__all__ = [
    "LANES",
    "ROWS",
    "WIDE",
    "add_product",
    "dots",
    "exponential",
    "gather",
    "prefetch",
    "prefetch_part",
    "product",
    "sigmoid",
    "strip",
    "transpose",
]

ROWS = 4  # rows of a tile; the literals below are written for it
# Vectors of a tile, so that ROWS × WIDE sums and WIDE + 1 operands fit the registers.
WIDE = 4 if REGISTERS == 32 else 2


def _tile_sums(builder, base, a, a_row, a_k, b, ldb, depth, rows, vectors):
    """Emit Σ_k s[a + r·a_row + k·a_k] · s[b + k·ldb + v·LANES :], a vector for each r < rows, v < vectors."""
    a_rows = [builder.add(a, builder.mul(a_row, I64(r))) for r in range(rows)]

    def body(k, sums):
        start, step = builder.add(b, builder.mul(k, ldb)), builder.mul(k, a_k)
        right = [load(builder, base, builder.add(start, I64(v * LANES))) for v in range(vectors)]
        results = []
        for r in range(rows):
            left = broadcast(builder, builder.load(builder.gep(base, [builder.add(a_rows[r], step)])))
            results += [fused(builder, left, right[v], sums[r * vectors + v]) for v in range(vectors)]
        return results

    return sum_loop(builder, depth, [constant(0.0)] * (rows * vectors), body)


@intrinsic(prefer_literal=True)
def _tile(typing, s, c, ldc, a, a_row, a_k, b, ldb, depth, rows, vectors):
    """s[c + r·ldc + j] = Σ_k s[a + r·a_row + k·a_k] · s[b + k·ldb + j] for r < rows, j < vectors · LANES."""
    if not are_literals(rows, vectors):
        return None
    signature = types.void(s, *[types.int64] * 8, rows, vectors)
    n, wide = rows.literal_value, vectors.literal_value

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        c, ldc = args[1:3]
        sums = _tile_sums(builder, base, *args[3:9], n, wide)
        for i, total in enumerate(sums):
            row = builder.add(c, builder.mul(ldc, I64(i // wide)))
            store(builder, total, base, builder.add(row, I64(i % wide * LANES)))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _tile_added(typing, s, matrix, chosen, first, column, a, a_row, a_k, b, ldb, depth, rows, vectors):
    """matrix[chosen[first + r], column + j] += Σ_k … as in `_tile`. One row after the other, since a row may
    be chosen twice."""
    if not are_literals(rows, vectors):
        return None
    signature = types.void(s, matrix, chosen, *[types.int64] * 8, rows, vectors)
    n, wide = rows.literal_value, vectors.literal_value

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        into = context.make_array(signature.args[1])(context, builder, args[1])
        which = address(context, builder, signature, args, 2)
        first, column = args[3:5]
        sums = _tile_sums(builder, base, *args[5:11], n, wide)
        width = builder.extract_value(into.shape, 1)
        for r in range(n):
            row = builder.load(builder.gep(which, [builder.add(first, I64(r))]))
            start = builder.add(builder.mul(row, width), column)
            for v in range(wide):
                place = builder.add(start, I64(v * LANES))
                store(
                    builder,
                    builder.fadd(load(builder, into.data, place), sums[r * wide + v]),
                    into.data,
                    place,
                )
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _dots(typing, s, out, x, y, ldy, vectors, n):
    """s[out + j] = Σ_k s[x + k] · s[y + j·ldy + k] for j < n, over `vectors` · LANES values of k."""
    if not are_literals(n):
        return None
    count = n.literal_value
    signature = types.void(s, *[types.int64] * 5, n)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        out, x, y, ldy, vectors = args[1:6]
        rows = [builder.add(y, builder.mul(ldy, I64(j))) for j in range(count)]

        def body(k, sums):
            step = builder.mul(k, I64(LANES))
            left = load(builder, base, builder.add(x, step))
            return [
                fused(builder, left, load(builder, base, builder.add(row, step)), total)
                for row, total in zip(rows, sums, strict=True)
            ]

        sums = sum_loop(builder, vectors, [constant(0.0)] * count, body)
        store_sums(builder, sums, base, out)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _transpose_square(typing, s, target, ldt, source, lds):
    """s[target + j·ldt + i] = s[source + i·lds + j] for i, j < LANES, by log2(LANES) rounds of exchanges
    (Eklundh 1972)."""
    signature = types.void(s, *[types.int64] * 4)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        target, ldt, source, lds = args[1:5]
        rows = [load(builder, base, builder.add(source, builder.mul(lds, I64(i)))) for i in range(LANES)]
        half = LANES // 2
        while half:
            low = [lane if not lane & half else LANES + lane - half for lane in range(LANES)]
            high = [lane + half if not lane & half else LANES + lane for lane in range(LANES)]
            masks = [ir.Constant(ir.VectorType(ir.IntType(32), LANES), mask) for mask in (low, high)]
            for i in range(LANES):
                if not i & half:
                    upper, lower = rows[i], rows[i + half]
                    rows[i] = builder.shuffle_vector(upper, lower, masks[0])
                    rows[i + half] = builder.shuffle_vector(upper, lower, masks[1])
            half //= 2
        for j, row in enumerate(rows):
            store(builder, row, base, builder.add(target, builder.mul(ldt, I64(j))))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _prefetch(typing, matrix, position):
    """Ask for the cache line that holds element `position` of a flat view of the matrix, to be written too:
    another thread then gives it up before it is needed."""
    signature = types.void(matrix, types.int64)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        place = builder.bitcast(builder.gep(base, [args[1]]), ir.IntType(8).as_pointer())
        i32 = ir.IntType(32)
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [place.type], ir.FunctionType(ir.VoidType(), [place.type, i32, i32, i32])
        )
        builder.call(fetch, [place, i32(0), i32(2), i32(1)])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _copy(typing, target, to, source, start):
    """target[to + j] = source[start + j] for j < LANES."""
    signature = types.void(target, types.int64, source, types.int64)

    def codegen(context, builder, signature, args):
        into = address(context, builder, signature, args)
        out_of = address(context, builder, signature, args, 2)
        store(builder, load(builder, out_of, args[3]), into, args[1])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _sigmoid(typing, s, place, weights):
    """s[place + j] = s[weights + j] · σ(s[place + j]) for j < LANES; returns NaN if a score was not finite,
    else 0."""
    signature = types.float32(s, types.int64, types.int64)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        x = load(builder, base, args[1])
        weight = load(builder, base, args[2])
        store(builder, builder.fmul(weight, sigma(builder, x)), base, args[1])
        return nan_if_strange(builder, x)

    return signature, codegen


@kernel
def sigmoid(s, place, n, weights, stride):
    """s[place + k] = s[weights + (k mod stride)] · σ(s[place + k]) for k < n.

    n and stride are rounded up to multiples of LANES. Returns 0, or NaN if one of the n scores was infinite
    or not a number.
    """
    strange = np.float32(0.0)
    for k in range(0, n, LANES):
        strange += _sigmoid(s, place + k, weights + k % stride)
    return strange


# exp(x) = 2ᵗ for t = x / ln 2, as 2 to the nearest whole number times 2 to the rest by its Taylor series: an
# error below 3e-6 of the value. Outside ±87 it is taken as at the border.
_ROUND = 1.5 * 2**23  # added and taken away again, it leaves a whole number
_POWERS = tuple(math.log(2) ** k / math.factorial(k) for k in range(5, -1, -1))


@intrinsic
def _exponential(typing, s, place):
    """s[place + j] = exp(s[place + j]) for j < LANES; returns NaN if one was not finite, else 0."""
    signature = types.float32(s, types.int64)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        x = load(builder, base, args[1])
        t = builder.select(builder.fcmp_ordered("<", x, constant(87.0)), x, constant(87.0))
        t = builder.select(builder.fcmp_ordered(">", t, constant(-87.0)), t, constant(-87.0))
        t = builder.fmul(t, constant(1 / math.log(2)))
        whole = builder.fsub(builder.fadd(t, constant(_ROUND)), constant(_ROUND))
        rest = polynomial(builder, _POWERS, builder.fsub(t, whole))
        integers = ir.VectorType(ir.IntType(32), LANES)
        exponent = builder.shl(builder.fptosi(whole, integers), ir.Constant(integers, [23] * LANES))
        scaled = builder.add(builder.bitcast(rest, integers), exponent)
        store(builder, builder.bitcast(scaled, VECTOR), base, args[1])
        return nan_if_strange(builder, x)

    return signature, codegen


@kernel
def exponential(s, place, n):
    """s[place + k] = exp(s[place + k]) for k < n, n rounded up to a multiple of LANES.

    Returns 0, or NaN if one of the numbers was infinite or not a number.
    """
    strange = np.float32(0.0)
    for k in range(0, n, LANES):
        strange += _exponential(s, place + k)
    return strange


@kernel(inline="always")
def strip(vectors):
    """How many vectors the next tile is wide when so many are left: never one alone after a full tile."""
    if vectors <= WIDE:
        return vectors
    return WIDE if WIDE < 3 or vectors > WIDE + 1 else WIDE - 1


@kernel
def product(s, c, ldc, a, a_row, a_k, b, ldb, depth, rows, vectors):
    """s[c + r·ldc + j] = Σ_k s[a + r·a_row + k·a_k] · s[b + k·ldb + j] for r < rows, j < vectors · LANES.

    s: float32 scratch, read and written; the result overlaps no operand. The strides of the left operand are
    free, so that it may be a transposed one. rows is a multiple of ROWS.
    """
    v = 0
    while v < vectors:
        wide = strip(vectors - v)
        for r in range(0, rows, ROWS):
            cc, aa, bb = c + r * ldc + v * LANES, a + r * a_row, b + v * LANES
            if wide == 4:
                _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 4)
            elif wide == 3:
                _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 3)
            elif wide == 2:
                _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 2)
            else:
                _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 1)
        v += wide


@kernel
def add_product(s, matrix, chosen, first, rows, a, a_row, a_k, b, ldb, depth):
    """matrix[chosen[first + r], j] += Σ_k s[a + r·a_row + k·a_k] · s[b + k·ldb + j] for r < rows and every
    column j.

    s: float32 scratch, read. matrix: float32, C-contiguous, a multiple of LANES wide; the chosen rows (int64)
    are read and written; a row may be chosen more than once.
    """
    v, vectors = 0, matrix.shape[1] // LANES
    while v < vectors:
        wide = strip(vectors - v)
        column, bb = v * LANES, b + v * LANES
        r = 0
        while r + ROWS <= rows:
            f, aa = first + r, a + r * a_row
            if wide == 4:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 4, 4)
            elif wide == 3:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 4, 3)
            elif wide == 2:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 4, 2)
            else:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 4, 1)
            r += ROWS
        while r < rows:
            f, aa = first + r, a + r * a_row
            if wide == 4:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 1, 4)
            elif wide == 3:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 1, 3)
            elif wide == 2:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 1, 2)
            else:
                _tile_added(s, matrix, chosen, f, column, aa, a_row, a_k, bb, ldb, depth, 1, 1)
            r += 1
        v += wide


@kernel
def dots(s, out, x, y, ldy, vectors, n):
    """s[out + j] = Σ_k s[x + k] · s[y + j·ldy + k] for j < n, k < vectors · LANES: one row against n rows.

    Four rows are done at a time; where n is no multiple of ROWS, up to three values after the n are written
    too, and mean nothing.
    """
    for j in range(0, n, ROWS):
        _dots(s, out + j, x, y + j * ldy, ldy, vectors, 4)


@kernel
def transpose(s, target, ldt, source, lds, rows, columns):
    """s[target + j·ldt + i] = s[source + i·lds + j] for i < rows, j < columns, both multiples of LANES."""
    for i in range(0, rows, LANES):
        for j in range(0, columns, LANES):
            _transpose_square(s, target + j * ldt + i, ldt, source + i * lds + j, lds)


@kernel
def gather(s, place, matrix, row):
    """Copy a row of the matrix (float32, C-contiguous, a multiple of LANES wide) to s[place:]."""
    wide = matrix.shape[1]
    for k in range(0, wide, LANES):
        _copy(s, place + k, matrix, row * wide + k)


@kernel
def prefetch(matrix, row):
    """Ask for the cache lines (of 16 floats) of a row of the matrix, which will be read and written soon."""
    wide = matrix.shape[1]
    for k in range(0, wide, 16):
        _prefetch(matrix, row * wide + k)


@kernel
def prefetch_part(matrix, row, first, last):
    """Ask for the cache lines of the elements first to last of a row of the matrix (C-contiguous)."""
    wide, step = matrix.shape[1], 64 // matrix.itemsize
    for k in range(first, last, step):
        _prefetch(matrix, row * wide + k)


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference import (
        add_product,
        dots,
        exponential,
        gather,
        prefetch,
        product,
        sigmoid,
        transpose,
    )
    from firth.kernels.reference_counts import prefetch_part
