"""Which of the 64 rows of a block are good enough, as the bits of one number.

Most blocks hold none, which is then seen at once; of the others only the rows whose bits are set are looked
at one by one.
"""

# ruff: noqa: ARG001 - an intrinsic names its arguments in its signature and meets them in its code

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel
from firth.kernels.lanes import I64, address
from firth.kernels.lookup import BLOCK

__all__ = ["keys_above", "lowest_bit", "sums_from"]

_I16 = ir.IntType(16)
_SUMS = ir.VectorType(_I16, BLOCK)
_KEYS = ir.VectorType(ir.FloatType(), BLOCK)


def _repeated(builder, scalar, kind):
    """A vector of one number, 64 times."""
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), BLOCK), [0] * BLOCK)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), lanes)


def _loaded(builder, base, kind, align):
    """64 numbers from memory."""
    vector = builder.load(builder.bitcast(base, kind.as_pointer()))
    vector.align = align
    return vector


@intrinsic
def _sums_from(typing, sums, bound):
    """See `sums_from`."""

    def codegen(context, builder, signature, args):
        values = _loaded(builder, address(context, builder, signature, args), _SUMS, 2)
        enough = builder.icmp_unsigned(">=", values, _repeated(builder, args[1], _SUMS))
        return builder.bitcast(enough, I64)

    return types.uint64(sums, types.uint16), codegen


@intrinsic
def _keys_above(typing, sums, less, block, step, least):
    """See `keys_above`."""

    def codegen(context, builder, signature, args):
        sums_at, less_at = (address(context, builder, signature, args, which) for which in (0, 1))
        values = builder.uitofp(_loaded(builder, sums_at, _SUMS, 2), _KEYS)
        place = builder.gep(less_at, [builder.mul(args[2], I64(BLOCK))])
        keys = builder.fsub(
            builder.fmul(values, _repeated(builder, args[3], _KEYS)), _loaded(builder, place, _KEYS, 4)
        )
        enough = builder.fcmp_ordered(">", keys, _repeated(builder, args[4], _KEYS))
        return builder.bitcast(enough, I64)

    return types.uint64(sums, less, types.intp, types.float32, types.float32), codegen


@intrinsic
def _lowest_bit(typing, bits):
    """See `lowest_bit`."""

    def codegen(context, builder, signature, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), codegen


@kernel(inline="always")
def sums_from(sums, bound):
    """The rows of a block whose sum (uint16, (64,)) is at least the bound (uint16): bit r for row r."""
    return _sums_from(sums, bound)


@kernel(inline="always")
def keys_above(sums, less, block, step, least):
    """The rows of a block for which step · sum - less is above `least`: bit r for row r.

    Reads: sums: uint16, (64,). less: float32, (B, 64), C-contiguous, and block: below B: its row. step,
        least: float32.
    """
    return _keys_above(sums, less, block, step, least)


@kernel(inline="always")
def lowest_bit(bits):
    """The number of the lowest bit that is set in a uint64 that is not 0."""
    return _lowest_bit(bits)
