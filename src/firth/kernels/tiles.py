"""Small matrix products held in processor registers: the arithmetic inside the training kernels.

The products of a training block are tiny (some 32 × 32 × 100). A BLAS call costs as much as such a product,
and plain loops keep their sums in memory. `tile` keeps ROWS × VECTORS sums in vector registers for the whole
inner loop; `product` covers a matrix with tiles. All operands lie in one float32 scratch array and are named
by the position of their first element, so that a block's data stays in the first-level cache.

The intrinsics write LLVM vector instructions directly, since a loop vectoriser does not find this form.
LANES, the width of a vector, is chosen for this processor when the module is imported. With
NUMBA_DISABLE_JIT=1 plain Python loops serve.

See Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), section 6, for the
register tile.
"""

from __future__ import annotations

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel

__all__ = ["LANES", "dots", "gather", "prefetch", "product", "scatter", "sigmoid", "transpose"]


def _vector_width():
    """Lanes of a float32 vector register, and how many such registers there are."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 16, 32
    if features.get("avx"):
        return 8, 16
    if features.get("neon"):
        return 4, 32
    return 4, 16


LANES, _REGISTERS = _vector_width()
ROWS = 4  # rows of a tile
WIDE = (
    4 if _REGISTERS == 32 else 2
)  # vectors of a tile: ROWS × WIDE sums, WIDE operands and one broadcast fit the registers

_F32 = ir.FloatType()
_I64 = ir.IntType(64)
_VEC = ir.VectorType(_F32, LANES)
_FUSE = ("contract",)  # a multiplication and an addition may become one fused instruction


def _literals(*arguments):
    return all(isinstance(argument, types.IntegerLiteral) for argument in arguments)


def _base(context, builder, signature, args):
    """The address of the first element of the scratch array, args[0]."""
    return context.make_array(signature.args[0])(context, builder, args[0]).data


def _load(builder, base, position):
    address = builder.bitcast(builder.gep(base, [position]), _VEC.as_pointer())
    vector = builder.load(address)
    vector.align = 4
    return vector


def _store(builder, vector, base, position):
    address = builder.bitcast(builder.gep(base, [position]), _VEC.as_pointer())
    builder.store(vector, address).align = 4


def _broadcast(builder, scalar):
    one = builder.insert_element(ir.Constant(_VEC, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        one, ir.Constant(_VEC, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    )


def _fused(builder, a, b, c):
    return builder.fadd(builder.fmul(a, b, flags=_FUSE), c, flags=_FUSE)


def _shuffle(builder, a, b, lanes):
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))


def _store_sums(builder, vectors, base, position):
    """Store the sum over the lanes of each of n vectors (n a power of two) side by side.

    Two vectors are folded into one that holds both halves' sums, which takes half the work of folding each
    alone.
    """
    n, block = len(vectors), LANES
    while len(vectors) > 1:
        half = block // 2
        lower = [lane for lane in range(2 * LANES) if not lane & half]
        upper = [lane + half for lane in lower]
        vectors = [
            builder.fadd(_shuffle(builder, a, b, lower), _shuffle(builder, a, b, upper))
            for a, b in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        block = half
    (total,) = vectors
    step = block
    while step > 1:
        step //= 2
        total = builder.fadd(total, _shuffle(builder, total, total, [lane ^ step for lane in range(LANES)]))
    for j in range(n):
        lane = builder.extract_element(total, ir.Constant(ir.IntType(32), j * block))
        builder.store(lane, builder.gep(base, [builder.add(position, _I64(j))]))


def _sum_loop(builder, count, starts, body):
    """Emit `for k in range(count): sums = body(k, sums)`, the sums in registers; returns the last sums."""
    before = builder.block
    loop, after = builder.append_basic_block("tile"), builder.append_basic_block("tiled")
    some = builder.icmp_signed(">", count, _I64(0))
    builder.cbranch(some, loop, after)
    builder.position_at_end(loop)
    k = builder.phi(_I64)
    k.add_incoming(_I64(0), before)
    sums = [builder.phi(_VEC) for _ in starts]
    for phi, start in zip(sums, starts, strict=True):
        phi.add_incoming(start, before)
    results = body(k, sums)
    following = builder.add(k, _I64(1))
    k.add_incoming(following, builder.block)
    for phi, result in zip(sums, results, strict=True):
        phi.add_incoming(result, builder.block)
    last = builder.block
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)
    final = []
    for start, result in zip(starts, results, strict=True):
        phi = builder.phi(_VEC)
        phi.add_incoming(start, before)
        phi.add_incoming(result, last)
        final.append(phi)
    return final


@intrinsic(prefer_literal=True)
def _tile(typing, s, c, ldc, a, a_row, a_k, b, ldb, depth, rows, vectors, add):
    """s[c + r·ldc + j] (+)= Σ_k s[a + r·a_row + k·a_k] · s[b + k·ldb + j] for r < rows, j < vectors ·
    LANES."""
    if not _literals(rows, vectors, add):
        return None
    n_rows, n_vectors, adds = rows.literal_value, vectors.literal_value, add.literal_value
    signature = types.void(s, *[types.int64] * 8, rows, vectors, add)

    def codegen(context, builder, signature, args):
        base = _base(context, builder, signature, args)
        c, ldc, a, a_row, a_k, b, ldb, depth = args[1:9]
        places = [
            builder.add(builder.add(c, builder.mul(ldc, _I64(r))), _I64(v * LANES))
            for r in range(n_rows)
            for v in range(n_vectors)
        ]
        zero = ir.Constant(_VEC, [0.0] * LANES)
        starts = [_load(builder, base, place) if adds else zero for place in places]
        a_rows = [builder.add(a, builder.mul(a_row, _I64(r))) for r in range(n_rows)]

        def body(k, sums):
            start = builder.add(b, builder.mul(k, ldb))
            column = [_load(builder, base, builder.add(start, _I64(v * LANES))) for v in range(n_vectors)]
            step = builder.mul(k, a_k)
            results = []
            for r in range(n_rows):
                scalar = builder.load(builder.gep(base, [builder.add(a_rows[r], step)]))
                factor = _broadcast(builder, scalar)
                results += [
                    _fused(builder, factor, column[v], sums[r * n_vectors + v]) for v in range(n_vectors)
                ]
            return results

        for place, result in zip(places, _sum_loop(builder, depth, starts, body), strict=True):
            _store(builder, result, base, place)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _dots(typing, s, out, x, y, ldy, vectors, n):
    """s[out + j] = Σ_k s[x + k] · s[y + j·ldy + k] for j < n, over `vectors` · LANES values of k."""
    if not _literals(n):
        return None
    count = n.literal_value
    signature = types.void(s, *[types.int64] * 5, n)

    def codegen(context, builder, signature, args):
        base = _base(context, builder, signature, args)
        out, x, y, ldy, vectors = args[1:6]
        rows = [builder.add(y, builder.mul(ldy, _I64(j))) for j in range(count)]

        def body(k, sums):
            step = builder.mul(k, _I64(LANES))
            left = _load(builder, base, builder.add(x, step))
            return [
                _fused(builder, left, _load(builder, base, builder.add(row, step)), total)
                for row, total in zip(rows, sums, strict=True)
            ]

        sums = _sum_loop(builder, vectors, [ir.Constant(_VEC, [0.0] * LANES)] * count, body)
        _store_sums(builder, sums, base, out)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _transpose_square(typing, s, target, ldt, source, lds):
    """s[target + j·ldt + i] = s[source + i·lds + j] for i, j < LANES, by log2(LANES) rounds of exchanges
    (Eklundh 1972)."""
    signature = types.void(s, *[types.int64] * 4)

    def codegen(context, builder, signature, args):
        base = _base(context, builder, signature, args)
        target, ldt, source, lds = args[1:5]
        rows = [_load(builder, base, builder.add(source, builder.mul(lds, _I64(i)))) for i in range(LANES)]
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
            _store(builder, row, base, builder.add(target, builder.mul(ldt, _I64(j))))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _prefetch(typing, matrix, position):
    """Ask for the cache line that holds element `position` of a flat view of the matrix, for writing."""
    signature = types.void(matrix, types.int64)

    def codegen(context, builder, signature, args):
        base = _base(context, builder, signature, args)
        address = builder.bitcast(builder.gep(base, [args[1]]), ir.IntType(8).as_pointer())
        i32 = ir.IntType(32)
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [address.type], ir.FunctionType(ir.VoidType(), [address.type, i32, i32, i32])
        )
        builder.call(fetch, [address, i32(0), i32(2), i32(1)])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _move(typing, target, to, source, start, add):
    """target[to + j] = source[start + j] for j < LANES, plus what was there if `add`."""
    if not _literals(add):
        return None
    adds = add.literal_value
    signature = types.void(target, types.int64, source, types.int64, add)

    def codegen(context, builder, signature, args):
        into = context.make_array(signature.args[0])(context, builder, args[0]).data
        out_of = context.make_array(signature.args[2])(context, builder, args[2]).data
        vector = _load(builder, out_of, args[3])
        if adds:
            vector = builder.fadd(_load(builder, into, args[1]), vector)
        _store(builder, vector, into, args[1])
        return context.get_dummy_value()

    return signature, codegen


# σ(x) = ½ + ½ tanh(x / 2), with tanh(h) by Lambert's continued fraction as h · P(h²) / Q(h²) for |h| ≤ 5.3:
# an error below 2e-5.
_BOUND = 5.3
_OVER = (36.0, 6930.0, 270270.0, 2027025.0)
_UNDER = (1.0, 630.0, 51975.0, 945945.0, 2027025.0)


@intrinsic(prefer_literal=True)
def _sigmoid(typing, s, place, weights):
    """s[place + j] = s[weights + j] · σ(s[place + j]) for j < LANES; returns NaN if a score was not finite,
    else 0."""
    signature = types.float32(s, types.int64, types.int64)

    def codegen(context, builder, signature, args):
        base = _base(context, builder, signature, args)

        def constant(value):
            return ir.Constant(_VEC, [value] * LANES)

        def polynomial(coefficients, at):
            total = constant(coefficients[0])
            for coefficient in coefficients[1:]:
                total = _fused(builder, total, at, constant(coefficient))
            return total

        x = _load(builder, base, args[1])
        half = builder.fmul(x, constant(0.5))
        half = builder.select(builder.fcmp_ordered("<", half, constant(_BOUND)), half, constant(_BOUND))
        half = builder.select(builder.fcmp_ordered(">", half, constant(-_BOUND)), half, constant(-_BOUND))
        square = builder.fmul(half, half)
        tanh = builder.fdiv(builder.fmul(half, polynomial(_OVER, square)), polynomial(_UNDER, square))
        sigma = _fused(builder, tanh, constant(0.5), constant(0.5))
        _store(builder, builder.fmul(_load(builder, base, args[2]), sigma), base, args[1])
        wrong = builder.fmul(x, constant(0.0))
        while wrong.type.count > 1:  # NaN anywhere makes the sum NaN
            middle = wrong.type.count // 2
            wrong = builder.fadd(
                _shuffle(builder, wrong, wrong, list(range(middle))),
                _shuffle(builder, wrong, wrong, list(range(middle, 2 * middle))),
            )
        return builder.extract_element(wrong, ir.Constant(ir.IntType(32), 0))

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


@kernel
def product(s, c, ldc, a, a_row, a_k, b, ldb, depth, rows, vectors):
    """s[c + r·ldc + j] += Σ_k s[a + r·a_row + k·a_k] · s[b + k·ldb + j] for r < rows, j < vectors · LANES.

    s: float32 scratch, read and written. The left operand may be a transposed one: its strides are free.
    """
    v = 0
    while v < vectors:
        left = vectors - v
        wide = 4 if left == 4 or left > 5 else min(left, 3)
        r = 0
        while r < rows:
            cc, aa, bb = c + r * ldc + v * LANES, a + r * a_row, b + v * LANES
            if rows - r >= 4:
                if wide == 4:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 4, 1)
                elif wide == 3:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 3, 1)
                elif wide == 2:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 2, 1)
                else:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 4, 1, 1)
                r += 4
            else:
                if wide == 4:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 1, 4, 1)
                elif wide == 3:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 1, 3, 1)
                elif wide == 2:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 1, 2, 1)
                else:
                    _tile(s, cc, ldc, aa, a_row, a_k, bb, ldb, depth, 1, 1, 1)
                r += 1
        v += wide


@kernel
def dots(s, out, x, y, ldy, vectors, n):
    """s[out + j] = Σ_k s[x + k] · s[y + j·ldy + k] for j < n: one row against n rows; k runs over vectors ·
    LANES values."""
    j = 0
    while j + 4 <= n:
        _dots(s, out + j, x, y + j * ldy, ldy, vectors, 4)
        j += 4
    while j < n:
        _dots(s, out + j, x, y + j * ldy, ldy, vectors, 1)
        j += 1


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
        _move(s, place + k, matrix, row * wide + k, 0)


@kernel
def scatter(s, place, matrix, row):
    """Add s[place:] to a row of the matrix (float32, C-contiguous, a multiple of LANES wide)."""
    wide = matrix.shape[1]
    for k in range(0, wide, LANES):
        _move(matrix, row * wide + k, s, place + k, 1)


@kernel
def prefetch(matrix, row):
    """Ask for the cache lines (of 16 floats) of a row of the matrix, which will be read and written soon."""
    wide = matrix.shape[1]
    for k in range(0, wide, 16):
        _prefetch(matrix, row * wide + k)


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference import dots, gather, prefetch, product, scatter, sigmoid, transpose
