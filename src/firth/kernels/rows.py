"""One row against chosen rows of a matrix: their scores, and a step on both sides, where the rows stand.

The products of `tiles` want their operands side by side, which pays when each row that is copied meets many
others. Here it meets one: it is read where it is, once for the scores and once for the step, while it is in
the first-level cache. CHUNK rows go side by side, so that as many sums are under way at a time.

The intrinsics are made of the pieces in `lanes`. With NUMBA_DISABLE_JIT=1 their NumPy twins serve.
"""

from __future__ import annotations

import numba
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel
from firth.kernels.lanes import (
    I64,
    LANES,
    address,
    are_literals,
    broadcast,
    constant,
    fused,
    load,
    store,
    store_sums,
    sum_loop,
)

__all__ = ["CHUNK", "dots_at", "step_at"]

CHUNK = 8  # rows that are done together; the literals below are written for it


def _starts(context, builder, signature, args, matrix, chosen, first):
    """The address of the matrix, and where each of the CHUNK rows chosen from `first` on begins in it."""
    into = context.make_array(signature.args[matrix])(context, builder, args[matrix])
    which = address(context, builder, signature, args, chosen)
    width = builder.extract_value(into.shape, 1)
    rows = [builder.load(builder.gep(which, [builder.add(first, I64(j))])) for j in range(CHUNK)]
    return into.data, width, [builder.mul(row, width) for row in rows]


@intrinsic
def _dots_at(typing, s, out, x, matrix, chosen, first):
    """s[out + j] = Σ_k s[x + k] · matrix[chosen[first + j], k] for j < CHUNK."""
    signature = types.void(s, types.int64, types.int64, matrix, chosen, types.int64)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        out, x, first = args[1], args[2], args[5]
        data, width, starts = _starts(context, builder, signature, args, 3, 4, first)

        def body(k, sums):
            column = builder.mul(k, I64(LANES))
            left = load(builder, base, builder.add(x, column))
            return [
                fused(builder, left, load(builder, data, builder.add(start, column)), total)
                for start, total in zip(starts, sums, strict=True)
            ]

        sums = sum_loop(builder, builder.sdiv(width, I64(LANES)), [constant(0.0)] * CHUNK, body)
        store_sums(builder, sums, base, out)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _step_at(typing, s, x, total, steps, matrix, chosen, first, frozen):
    """For j < CHUNK: s[total:] += s[steps + j] · row j, and unless `frozen`, row j += s[steps + j] ·
    s[x:]."""
    if not are_literals(frozen):
        return None
    signature = types.void(s, *[types.int64] * 3, matrix, chosen, types.int64, frozen)
    keep = bool(frozen.literal_value)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        x, total, steps = args[1:4]
        data, width, starts = _starts(context, builder, signature, args, 4, 5, args[6])
        step = [
            broadcast(builder, builder.load(builder.gep(base, [builder.add(steps, I64(j))])))
            for j in range(CHUNK)
        ]

        def body(k, sums):
            column = builder.mul(k, I64(LANES))
            left = load(builder, base, builder.add(x, column))
            place = builder.add(total, column)
            found = load(builder, base, place)
            for start, amount in zip(starts, step, strict=True):
                at = builder.add(start, column)
                row = load(builder, data, at)
                found = fused(builder, amount, row, found)
                if not keep:
                    store(builder, fused(builder, amount, left, row), data, at)
            store(builder, found, base, place)
            return sums

        sum_loop(builder, builder.sdiv(width, I64(LANES)), [], body)
        return context.get_dummy_value()

    return signature, codegen


@kernel
def dots_at(s, out, x, matrix, chosen, n):
    """s[out + j] = Σ_k s[x + k] · matrix[chosen[j], k] for j < n and every column k.

    s: float32 scratch, read and written. matrix: float32, C-contiguous, a multiple of LANES wide. chosen:
    int64; n, and its size, are multiples of CHUNK.
    """
    for j in range(0, n, CHUNK):
        _dots_at(s, out + j, x, matrix, chosen, j)


@kernel
def step_at(s, x, total, steps, matrix, chosen, n, frozen):
    """For each j < n in turn: s[total:] += s[steps + j] · row, row += s[steps + j] · s[x:], where the row is
    matrix[chosen[j]], and stays as it is if `frozen`.

    s: float32 scratch, read and written. matrix: as in `dots_at`, written unless frozen. n: as in `dots_at`.
    """
    for j in range(0, n, CHUNK):
        if frozen:
            _step_at(s, x, total, steps + j, matrix, chosen, j, 1)
        else:
            _step_at(s, x, total, steps + j, matrix, chosen, j, 0)


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference_docvec import dots_at, step_at
