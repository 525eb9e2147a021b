"""Half floats in vector registers: their 16 bits loaded and widened to float32.

Processors with F16C or AVX-512 do it in one instruction, which LLVM chooses for `fpext` (so does NEON).
Elsewhere that would call a function for each number; there, the bits of sign, exponent and fraction are moved
to their places in a float32, which then is the number divided by 2^112, for the smallest ones too. (That way
makes the bits of infinity and NaN, which no row of ours has, into finite numbers.)
"""

from __future__ import annotations

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.lanes import LANES, VECTOR, address, are_literals, constant, store

__all__ = ["WAYS", "load_halves", "widen_part"]

_BITS = ir.VectorType(ir.IntType(16), LANES)
_WORDS = ir.VectorType(ir.IntType(32), LANES)


def _ways():
    """What this processor can do, best first: "extend" and "shift"."""
    features = llvm.get_host_cpu_features()
    one = any(features.get(name) for name in ("avx512f", "f16c", "neon"))
    return ("extend", "shift") if one else ("shift",)


WAYS = _ways()


def load_halves(builder, base, position, way=WAYS[0]):
    """LANES half floats from memory, given as their bits, as a vector of float32."""
    vector = builder.load(builder.bitcast(builder.gep(base, [position]), _BITS.as_pointer()))
    vector.align = 2
    if way == "extend":
        return builder.fpext(builder.bitcast(vector, ir.VectorType(ir.HalfType(), LANES)), VECTOR)
    wide = builder.zext(vector, _WORDS)
    size = builder.shl(builder.and_(wide, _repeated(0x7FFF)), _repeated(13))
    sign = builder.shl(builder.and_(wide, _repeated(0x8000)), _repeated(16))
    return builder.fmul(builder.bitcast(builder.or_(size, sign), VECTOR), constant(2.0**112))


def _repeated(value):
    return ir.Constant(_WORDS, [value] * LANES)


@intrinsic(prefer_literal=True)
def widen_part(typing, halves, position, out, way):  # noqa: ARG001 - they come as args
    """out[position : position + LANES] = the half floats there; both one long row; see WAYS for `way`."""
    if not are_literals(way):
        return None
    signature = types.void(halves, types.int64, out, way)
    chosen = WAYS[way.literal_value]

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        into = address(context, builder, signature, args, 2)
        store(builder, load_halves(builder, base, args[1], chosen), into, args[1])
        return context.get_dummy_value()

    return signature, codegen
