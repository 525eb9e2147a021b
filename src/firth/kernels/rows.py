"""One vector and chosen rows of a matrix: products, sums and steps where the rows stand.

The products of `tiles` want their operands side by side, which pays when each row that is copied meets many
others. Here it meets one: it is read where it is, once for its score and once for its step, while it is in
the first-level cache. Up to eight rows go together, so that as many sums are under way at a time.

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

__all__ = ["add_at", "dot_at", "dots_at", "exchange_at", "step_at", "sum_at"]


def _starts(context, builder, signature, args, matrix, first, n):
    """The address of the matrix, its width, and where each of n rows begins in it: those that the next
    argument chooses from `first` on."""
    into = context.make_array(signature.args[matrix])(context, builder, args[matrix])
    which = address(context, builder, signature, args, matrix + 1)
    width = builder.extract_value(into.shape, 1)
    rows = [builder.load(builder.gep(which, [builder.add(first, I64(j))])) for j in range(n)]
    return into.data, width, [builder.mul(row, width) for row in rows]


@intrinsic(prefer_literal=True)
def _dots(typing, s, out, x, matrix, chosen, first, n):
    """s[out + first + j] = Σ_k s[x + k] · matrix[chosen[first + j], k] for j < n, a power of two."""
    if not are_literals(n):
        return None
    signature = types.void(s, types.int64, types.int64, matrix, chosen, types.int64, n)
    count = n.literal_value

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        out, x, first = args[1], args[2], args[5]
        data, width, starts = _starts(context, builder, signature, args, 3, first, count)

        def body(k, sums):
            column = builder.mul(k, I64(LANES))
            left = load(builder, base, builder.add(x, column))
            return [
                fused(builder, left, load(builder, data, builder.add(start, column)), total)
                for start, total in zip(starts, sums, strict=True)
            ]

        sums = sum_loop(builder, builder.sdiv(width, I64(LANES)), [constant(0.0)] * count, body)
        store_sums(builder, sums, base, builder.add(out, first))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _step(typing, s, x, total, steps, matrix, chosen, first, n, summed, added):
    """For j < n: if `summed`, s[total:] += s[steps + first + j] · row; if `added`, row += s[steps + first +
    j] · s[x:], where the row is matrix[chosen[first + j]]."""
    if not are_literals(n, summed, added):
        return None
    signature = types.void(s, *[types.int64] * 3, matrix, chosen, types.int64, n, summed, added)
    count, sums, adds = n.literal_value, summed.literal_value, added.literal_value

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        x, total, steps, first = args[1], args[2], args[3], args[6]
        data, width, starts = _starts(context, builder, signature, args, 4, first, count)
        places = [builder.add(builder.add(steps, first), I64(j)) for j in range(count)]
        amounts = [broadcast(builder, builder.load(builder.gep(base, [place]))) for place in places]

        def body(k, _):
            column = builder.mul(k, I64(LANES))
            place = builder.add(total, column)
            left = load(builder, base, builder.add(x, column)) if adds else None
            found = load(builder, base, place) if sums else None
            for start, amount in zip(starts, amounts, strict=True):
                at = builder.add(start, column)
                row = load(builder, data, at)
                if sums:
                    found = fused(builder, amount, row, found)
                if adds:
                    store(builder, fused(builder, amount, left, row), data, at)
            if sums:
                store(builder, found, base, place)
            return []

        sum_loop(builder, builder.sdiv(width, I64(LANES)), [], body)
        return context.get_dummy_value()

    return signature, codegen


# s is float32 scratch, read and written; matrix float32, C-contiguous, a multiple of LANES wide; chosen
# int64, the rows of it that are meant, of which one may be meant more than once.


@kernel
def dots_at(s, out, x, matrix, chosen, n):
    """s[out + j] = Σ_k s[x + k] · matrix[chosen[j], k] for j < n and every column k."""
    j = 0
    while n - j >= 8:
        _dots(s, out, x, matrix, chosen, j, 8)
        j += 8
    if n - j >= 4:
        _dots(s, out, x, matrix, chosen, j, 4)
        j += 4
    if n - j >= 2:
        _dots(s, out, x, matrix, chosen, j, 2)
        j += 2
    if n > j:
        _dots(s, out, x, matrix, chosen, j, 1)


@kernel
def step_at(s, x, total, steps, matrix, chosen, n):
    """For each j < n in turn: s[total:] += s[steps + j] · row, then row += s[steps + j] · s[x:], where the
    row is matrix[chosen[j]]."""
    j = 0
    while n - j >= 8:
        _step(s, x, total, steps, matrix, chosen, j, 8, 1, 1)
        j += 8
    if n - j >= 4:
        _step(s, x, total, steps, matrix, chosen, j, 4, 1, 1)
        j += 4
    if n - j >= 2:
        _step(s, x, total, steps, matrix, chosen, j, 2, 1, 1)
        j += 2
    if n > j:
        _step(s, x, total, steps, matrix, chosen, j, 1, 1, 1)


@kernel
def sum_at(s, total, steps, matrix, chosen, n):
    """s[total:] += Σ_j s[steps + j] · matrix[chosen[j]] for j < n."""
    j = 0
    while n - j >= 8:
        _step(s, total, total, steps, matrix, chosen, j, 8, 1, 0)
        j += 8
    if n - j >= 4:
        _step(s, total, total, steps, matrix, chosen, j, 4, 1, 0)
        j += 4
    if n - j >= 2:
        _step(s, total, total, steps, matrix, chosen, j, 2, 1, 0)
        j += 2
    if n > j:
        _step(s, total, total, steps, matrix, chosen, j, 1, 1, 0)


@kernel
def add_at(s, x, steps, matrix, chosen, n):
    """matrix[chosen[j]] += s[steps + j] · s[x:] for each j < n in turn."""
    j = 0
    while n - j >= 8:
        _step(s, x, x, steps, matrix, chosen, j, 8, 0, 1)
        j += 8
    if n - j >= 4:
        _step(s, x, x, steps, matrix, chosen, j, 4, 0, 1)
        j += 4
    if n - j >= 2:
        _step(s, x, x, steps, matrix, chosen, j, 2, 0, 1)
        j += 2
    if n > j:
        _step(s, x, x, steps, matrix, chosen, j, 1, 0, 1)


@kernel(inline="always")
def dot_at(s, out, x, matrix, chosen, j):
    """s[out + j] = Σ_k s[x + k] · matrix[chosen[j], k] over every column k."""
    _dots(s, out, x, matrix, chosen, j, 1)


@kernel(inline="always")
def exchange_at(s, x, total, steps, matrix, chosen, j):
    """s[total:] += s[steps + j] · row, then row += s[steps + j] · s[x:], where the row is
    matrix[chosen[j]]."""
    _step(s, x, total, steps, matrix, chosen, j, 1, 1, 1)


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference_docvec import add_at, dot_at, dots_at, exchange_at, step_at, sum_at
