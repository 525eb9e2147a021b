"""The step of AdaGrad for one pair of rows, in vector instructions.

AdaGrad (Duchi, Hazan and Singer 2011, "Adaptive Subgradient Methods", its diagonal form)
divides each coordinate's step by the root of the sum of the squares of its steps so far, which is kept beside
the coordinate: a row of a matrix here is `wide` coordinates and then their `wide` sums, so that a row and its
sums lie in neighbouring lines of the cache.

A compiler does not find these loops: it cannot know that the two rows are different memory. With
NUMBA_DISABLE_JIT=1 the NumPy twins serve.
"""

from __future__ import annotations

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel
from firth.kernels.lanes import (
    I64,
    LANES,
    VECTOR,
    address,
    broadcast,
    constant,
    fused,
    load,
    store,
    sum_loop,
    total,
)

__all__ = ["dot", "step"]


@intrinsic
def _dot(typing, left, x, right, y, vectors):
    """Σ_k left[x + k] · right[y + k] for k < vectors · LANES."""
    signature = types.float32(left, types.int64, right, types.int64, types.int64)

    def codegen(context, builder, signature, args):
        a = address(context, builder, signature, args)
        b = address(context, builder, signature, args, 2)

        def body(k, sums):
            at = builder.mul(k, I64(LANES))
            mine = load(builder, a, builder.add(args[1], at))
            theirs = load(builder, b, builder.add(args[3], at))
            return [fused(builder, mine, theirs, sums[0])]

        (found,) = sum_loop(builder, args[4], [constant(0.0)], body)
        return total(builder, found)

    return signature, codegen


@intrinsic
def _step(typing, left, x, right, y, vectors, slope):
    """What `step` says."""
    signature = types.void(left, types.int64, right, types.int64, types.int64, types.float32)

    def codegen(context, builder, signature, args):
        a = address(context, builder, signature, args)
        b = address(context, builder, signature, args, 2)
        root = builder.module.declare_intrinsic(
            f"llvm.sqrt.v{LANES}f32", (), ir.FunctionType(VECTOR, [VECTOR])
        )
        slope, behind = broadcast(builder, args[5]), builder.mul(args[4], I64(LANES))

        def moved(coordinate, sum_of_squares, other):
            """The coordinate and its sum after the step."""
            step = builder.fmul(slope, other)
            shorter = builder.fdiv(step, builder.call(root, [sum_of_squares]))
            return builder.fsub(coordinate, shorter), fused(builder, step, step, sum_of_squares)

        def body(k, _):
            at = builder.mul(k, I64(LANES))
            p, q = builder.add(args[1], at), builder.add(args[3], at)
            p_sum, q_sum = builder.add(p, behind), builder.add(q, behind)
            mine, theirs = load(builder, a, p), load(builder, b, q)
            new, new_sum = moved(mine, load(builder, a, p_sum), theirs)
            store(builder, new, a, p)
            store(builder, new_sum, a, p_sum)
            new, new_sum = moved(theirs, load(builder, b, q_sum), mine)
            store(builder, new, b, q)
            store(builder, new_sum, b, q_sum)
            return []

        sum_loop(builder, args[4], [], body)
        return context.get_dummy_value()

    return signature, codegen


@kernel
def dot(left, x, right, y, vectors):
    """Σ_k left[x + k] · right[y + k] for k < vectors · LANES; left, right: float32, flat."""
    return _dot(left, x, right, y, vectors)


@kernel
def step(left, x, right, y, vectors, slope):
    """A step of AdaGrad down slope · (a · b), a being `vectors` · LANES numbers at left[x:] and b as many at
    right[y:].

    left, right: float32, flat, read and written: the numbers, and behind those of a, and of b, their sums of
    squares. The steps are slope · b and slope · a, each divided by the root of its sum; what they are divided
    by, and the other row, are those from before the step. slope: float32.
    """
    _step(left, x, right, y, vectors, slope)


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only
    from firth.kernels.reference_glove import dot, step
