"""Vector instructions for the kernels that write their own: loads, stores, sums that stay in registers.

An intrinsic of Numba is a function that emits LLVM instructions. The functions here emit the pieces that the
intrinsics in `tiles` are made of. `builder` is where instructions go, `base` the address of an array's first
element, and a position counts float32 elements from there.

LANES, the width of a vector, is chosen for this processor on import. Numba keys its cache by
processor, so that kernels compiled for another width are never loaded.
"""

from __future__ import annotations

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types

__all__ = [
    "I64",
    "LANES",
    "REGISTERS",
    "VECTOR",
    "address",
    "are_literals",
    "broadcast",
    "constant",
    "fold_sums",
    "fused",
    "load",
    "nan_if_strange",
    "polynomial",
    "shuffle",
    "sigma",
    "store",
    "store_sums",
    "sum_loop",
    "total",
]


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


LANES, REGISTERS = _vector_width()

_F32 = ir.FloatType()
I64 = ir.IntType(64)
VECTOR = ir.VectorType(_F32, LANES)
_FUSE = ("contract",)  # a multiplication and an addition may become one fused instruction


def are_literals(*arguments):
    """Whether the types of these arguments are numbers known when compiling."""
    return all(isinstance(argument, types.IntegerLiteral) for argument in arguments)


def address(context, builder, signature, args, which=0):
    """The address of the first element of an array that is an argument of the intrinsic."""
    return context.make_array(signature.args[which])(context, builder, args[which]).data


def load(builder, base, position):
    """A vector from memory, aligned to single floats only."""
    place = builder.bitcast(builder.gep(base, [position]), VECTOR.as_pointer())
    vector = builder.load(place)
    vector.align = 4
    return vector


def store(builder, vector, base, position):
    """A vector to memory."""
    place = builder.bitcast(builder.gep(base, [position]), VECTOR.as_pointer())
    builder.store(vector, place).align = 4


def broadcast(builder, scalar):
    """A vector of one number repeated."""
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return shuffle(builder, one, ir.Constant(VECTOR, ir.Undefined), [0] * LANES)


def fused(builder, a, b, c):
    """a * b + c, in one instruction where the processor has it."""
    return builder.fadd(builder.fmul(a, b, flags=_FUSE), c, flags=_FUSE)


def shuffle(builder, a, b, lanes):
    """The lanes named, counted through a and then b."""
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))


def fold_sums(builder, vectors):
    """A vector with the sums over the lanes of n vectors, n a power of two up to LANES: the j-th at lane
    j · LANES / n, and after each its copies.

    Two vectors are folded into one that holds both halves' sums, which takes half the work of folding each
    alone.
    """
    block = LANES
    while len(vectors) > 1:
        half = block // 2
        lower = [lane for lane in range(2 * LANES) if not lane & half]
        upper = [lane + half for lane in lower]
        vectors = [
            builder.fadd(shuffle(builder, a, b, lower), shuffle(builder, a, b, upper))
            for a, b in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        block = half
    (sums,) = vectors
    while block > 1:
        block //= 2
        sums = builder.fadd(sums, shuffle(builder, sums, sums, [lane ^ block for lane in range(LANES)]))
    return sums


def store_sums(builder, vectors, base, position):
    """Store the sum over the lanes of each of n vectors (n a power of two) side by side."""
    for start in range(0, len(vectors), LANES):
        part = vectors[start : start + LANES]
        sums = fold_sums(builder, part)
        for j in range(len(part)):
            lane = builder.extract_element(sums, ir.Constant(ir.IntType(32), j * (LANES // len(part))))
            builder.store(lane, builder.gep(base, [builder.add(position, I64(start + j))]))


def sum_loop(builder, count, starts, body):
    """Emit `for k in range(count): sums = body(k, sums)`, the sums in registers; returns the last sums."""
    before = builder.block
    loop, after = builder.append_basic_block("tile"), builder.append_basic_block("tiled")
    some = builder.icmp_signed(">", count, I64(0))
    builder.cbranch(some, loop, after)
    builder.position_at_end(loop)
    k = builder.phi(I64)
    k.add_incoming(I64(0), before)
    sums = [builder.phi(VECTOR) for _ in starts]
    for phi, start in zip(sums, starts, strict=True):
        phi.add_incoming(start, before)
    results = body(k, sums)
    following = builder.add(k, I64(1))
    k.add_incoming(following, builder.block)
    for phi, result in zip(sums, results, strict=True):
        phi.add_incoming(result, builder.block)
    last = builder.block
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)
    final = []
    for start, result in zip(starts, results, strict=True):
        phi = builder.phi(VECTOR)
        phi.add_incoming(start, before)
        phi.add_incoming(result, last)
        final.append(phi)
    return final


def constant(value):
    """A vector of one number repeated, known when compiling."""
    return ir.Constant(VECTOR, [value] * LANES)


def polynomial(builder, coefficients, x):
    """A polynomial of x, its highest coefficient first, by Horner's rule."""
    total = constant(coefficients[0])
    for coefficient in coefficients[1:]:
        total = fused(builder, total, x, constant(coefficient))
    return total


# σ(x) = ½ + ½ tanh(x / 2), with tanh(h) by Lambert's continued fraction as h · P(h²) / Q(h²) for |h| ≤ 5.3:
# an error below 2e-5.
_BOUND = 5.3
_OVER = (36.0, 6930.0, 270270.0, 2027025.0)
_UNDER = (1.0, 630.0, 51975.0, 945945.0, 2027025.0)


def sigma(builder, x):
    """σ of each lane; something finite where it is not a number."""
    half = builder.fmul(x, constant(0.5))
    half = builder.select(builder.fcmp_ordered("<", half, constant(_BOUND)), half, constant(_BOUND))
    half = builder.select(builder.fcmp_ordered(">", half, constant(-_BOUND)), half, constant(-_BOUND))
    square = builder.fmul(half, half)
    tanh = builder.fdiv(
        builder.fmul(half, polynomial(builder, _OVER, square)), polynomial(builder, _UNDER, square)
    )
    return fused(builder, tanh, constant(0.5), constant(0.5))


def nan_if_strange(builder, x):
    """NaN if a lane of the vector is infinite or not a number, else 0: one float."""
    return total(builder, builder.fmul(x, constant(0.0)))  # NaN anywhere makes the sum NaN


def total(builder, vector):
    """The sum of the lanes of a vector: one float."""
    while vector.type.count > 1:
        middle = vector.type.count // 2
        vector = builder.fadd(
            shuffle(builder, vector, vector, list(range(middle))),
            shuffle(builder, vector, vector, list(range(middle, 2 * middle))),
        )
    return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))
