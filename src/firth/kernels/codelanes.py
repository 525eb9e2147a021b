"""The two inner loops of `kernels.productcodes` in vector instructions: the nearest of many centroids, and
sums of table entries for as many queries as a vector has lanes.

Left to the compiler, the first took 15 times and the second 5 times as long: it keeps the running maxima and
sums in memory.
"""

# ruff: noqa: ARG001 - an intrinsic names its arguments in its signature and meets them in its code

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.lanes import (
    I64,
    LANES,
    VECTOR,
    address,
    are_literals,
    broadcast,
    constant,
    fused,
    load,
    shuffle,
    store,
    sum_loop,
)

__all__ = ["AT_ONCE", "nearest_of", "sum_entries"]

AT_ONCE = 4  # rows that share the loads of a centroid, and hide each other's latencies

_NUMBERS = ir.Constant(VECTOR, [float(lane) for lane in range(LANES)])


def _fold(builder, vector, better):
    """The best lane of a vector, in every lane, by the predicate of a comparison: ">" or "<"."""
    half = LANES // 2
    while half:
        other = shuffle(builder, vector, vector, [lane ^ half for lane in range(LANES)])
        vector = builder.select(builder.fcmp_ordered(better, other, vector), other, vector)
        half //= 2
    return vector


def _winner(builder, best, at):
    """The number of the greatest score, the lowest of equal ones, int64. Scores of NaN were left out."""
    most = _fold(builder, best, ">")
    far = constant(float(1 << 24))
    lowest = _fold(builder, builder.select(builder.fcmp_ordered("==", best, most), at, far), "<")
    return builder.fptosi(builder.extract_element(lowest, ir.Constant(ir.IntType(32), 0)), I64)


@intrinsic(prefer_literal=True)
def nearest_of(typing, x, place, width, dims, centroids, start, k, halves, half, codes, code, parts, rows):
    """codes[code + r·parts] = the c < k with the greatest
    Σ_j x[place + r·width + j] · centroids[start + j·k + c] - halves[half + c], for r < rows; j < dims.

    Of equal ones it is the lowest. k is a multiple of LANES. All positions count from an array's first
    element. float32, codes uint8.
    """
    if not are_literals(rows):
        return None
    count = rows.literal_value
    at, two, three = types.int64, [types.int64] * 2, [types.int64] * 3
    signature = types.void(x, *three, centroids, *two, halves, at, codes, *two, rows)

    def codegen(context, builder, signature, args):
        base, points, less, out = (address(context, builder, signature, args, at) for at in (0, 4, 7, 9))
        place, width, dims = args[1:4]
        start, k = args[5:7]
        half, code, parts = args[8], args[10], args[11]
        lines = [builder.add(place, builder.mul(width, I64(r))) for r in range(count)]

        def compare(step, state):
            first = builder.mul(step, I64(LANES))
            here = state[-1]

            def multiply(j, sums):
                line = builder.add(builder.add(start, first), builder.mul(j, k))
                right = load(builder, points, line)
                return [
                    fused(builder, broadcast(builder, _scalar(builder, base, row, j)), right, total)
                    for row, total in zip(lines, sums, strict=True)
                ]

            begin = builder.fneg(load(builder, less, builder.add(half, first)))
            scores = sum_loop(builder, dims, [begin] * count, multiply)
            after = []
            for r, score in enumerate(scores):
                more = builder.fcmp_ordered(">", score, state[2 * r])
                after += [
                    builder.select(more, score, state[2 * r]),
                    builder.select(more, here, state[2 * r + 1]),
                ]
            return [*after, builder.fadd(here, constant(float(LANES)))]

        begin = [constant(float("-inf")), _NUMBERS] * count + [_NUMBERS]
        state = sum_loop(builder, builder.sdiv(k, I64(LANES)), begin, compare)
        for r in range(count):
            number = builder.trunc(_winner(builder, state[2 * r], state[2 * r + 1]), ir.IntType(8))
            builder.store(number, builder.gep(out, [builder.add(code, builder.mul(parts, I64(r)))]))
        return context.get_dummy_value()

    return signature, codegen


def _scalar(builder, base, start, j):
    return builder.load(builder.gep(base, [builder.add(start, j)]))


@intrinsic(prefer_literal=True)
def sum_entries(typing, tables, k, codes, code, parts, sums, place, rows):
    """sums[place + r·LANES + lane] = Σ_p tables[(p·k + codes[code + r·parts + p]) · LANES + lane], for
    r < rows, each in the order of p < parts.

    All positions count from an array's first element. float32, codes uint8.
    """
    if not are_literals(rows):
        return None
    count = rows.literal_value
    signature = types.void(tables, types.int64, codes, *[types.int64] * 2, sums, types.int64, rows)

    def codegen(context, builder, signature, args):
        base, names, out = (address(context, builder, signature, args, at) for at in (0, 2, 5))
        k, code, parts, place = args[1], args[3], args[4], args[6]
        lines = [builder.add(code, builder.mul(parts, I64(r))) for r in range(count)]

        def body(p, totals):
            table = builder.mul(p, k)
            after = []
            for line, total in zip(lines, totals, strict=True):
                name = builder.zext(_scalar(builder, names, line, p), I64)
                entry = load(builder, base, builder.mul(builder.add(table, name), I64(LANES)))
                after.append(builder.fadd(total, entry))
            return after

        for r, total in enumerate(sum_loop(builder, parts, [constant(0.0)] * count, body)):
            store(builder, total, out, builder.add(place, I64(r * LANES)))
        return context.get_dummy_value()

    return signature, codegen
