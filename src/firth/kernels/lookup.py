"""Sums of table entries that four-bit codes name: the inner step of a search among product codes.

A block holds the codes of 64 rows so that one instruction looks up one part of many of them at once: the
sixteen entries of a table, a byte each, fit a vector register, and the processor's byte shuffle picks from
it by the low four bits of each lane (André, Kermarrec and Le Scouarnec 2015, "Cache locality is not enough").
Sums are kept in 16 bits, those of even and odd lanes apart.

The layout of a block: uint8, (pairs, 64); the byte [p, r] holds the code of part 2p of row r in its low four
bits and that of part 2p + 1 in its high four.
"""

from __future__ import annotations

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel
from firth.kernels.lanes import I64

__all__ = ["BLOCK", "add_up", "add_up_plain"]

BLOCK = 64  # rows of a block

_I8, _I16, _I32 = ir.IntType(8), ir.IntType(16), ir.IntType(32)
_TABLE = ir.VectorType(_I8, 16)


def _shuffle_of_bytes():
    """The byte shuffle of this processor: its name in LLVM, and how many lanes it has; (None, 0) if none."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512bw"):
        return "llvm.x86.avx512.pshuf.b.512", 64
    if features.get("avx2"):
        return "llvm.x86.avx2.pshuf.b", 32
    if features.get("ssse3"):
        return "llvm.x86.ssse3.pshuf.b.128", 16
    if features.get("neon"):
        return "llvm.aarch64.neon.tbl1.v16i8", 16
    return None, 0


SHUFFLE, WIDTH = _shuffle_of_bytes()


def _repeated(kind, value):
    return ir.Constant(kind, [value] * kind.count)


def _vector_at(builder, base, position, kind):
    """A vector from memory, of any alignment."""
    vector = builder.load(builder.bitcast(builder.gep(base, [position]), kind.as_pointer()))
    vector.align = 1
    return vector


def _indices(values):
    return ir.Constant(ir.VectorType(_I32, len(values)), values)


def _emit_sums(builder, codes, start, tables, pairs):
    """Emit the loop over the pairs of parts; returns for each register its two sums of 16-bit lanes."""
    bytes_kind, words_kind = ir.VectorType(_I8, WIDTH), ir.VectorType(_I16, WIDTH // 2)
    look = builder.module.declare_intrinsic(
        SHUFFLE, (), ir.FunctionType(bytes_kind, [bytes_kind, bytes_kind])
    )
    eight, four, low = _repeated(words_kind, 8), _repeated(bytes_kind, 4), _repeated(bytes_kind, 15)
    spread = _indices([lane % 16 for lane in range(WIDTH)])
    registers = BLOCK // WIDTH
    before = builder.block
    loop, after = builder.append_basic_block("pair"), builder.append_basic_block("pairs")
    builder.branch(loop)
    builder.position_at_end(loop)
    p = builder.phi(I64)
    p.add_incoming(I64(0), before)
    sums = [builder.phi(words_kind) for _ in range(2 * registers)]
    for phi in sums:
        phi.add_incoming(_repeated(words_kind, 0), before)
    table_at = builder.mul(p, I64(32))
    two = [
        builder.shuffle_vector(
            _vector_at(builder, tables, builder.add(table_at, I64(16 * part)), _TABLE),
            ir.Constant(_TABLE, ir.Undefined),
            spread,
        )
        for part in range(2)
    ]
    block_at = builder.add(start, builder.mul(p, I64(BLOCK)))
    results = []
    for register in range(registers):
        packed = _vector_at(builder, codes, builder.add(block_at, I64(register * WIDTH)), bytes_kind)
        both, odd = sums[2 * register], sums[2 * register + 1]
        for table, lanes in zip(two, (builder.and_(packed, low), builder.lshr(packed, four)), strict=True):
            words = builder.bitcast(builder.call(look, [table, lanes]), words_kind)
            both = builder.add(both, words)  # the even byte, and 256 times the odd one
            odd = builder.add(odd, builder.lshr(words, eight))
        results += [both, odd]
    following = builder.add(p, I64(1))
    p.add_incoming(following, loop)
    for phi, result in zip(sums, results, strict=True):
        phi.add_incoming(result, loop)
    builder.cbranch(builder.icmp_signed("<", following, pairs), loop, after)
    builder.position_at_end(after)
    return [
        (builder.sub(results[i], builder.shl(results[i + 1], eight)), results[i + 1])
        for i in range(0, len(results), 2)
    ]


@intrinsic
def _sums_by_shuffle(typingctx, codes, block, tables, pairs, out):  # noqa: ARG001 - the signature is Numba's
    """Sums of the block with this number; see `add_up`. The caller has checked that it is there."""

    def codegen(context, builder, signature, args):
        def data(which):
            return context.make_array(signature.args[which])(context, builder, args[which]).data

        start = builder.mul(builder.mul(args[1], args[3]), I64(BLOCK))
        sums = _emit_sums(builder, data(0), start, data(2), args[3])
        half = WIDTH // 2
        for register, (even, odd) in enumerate(sums):
            for part in range(2):
                lanes = [
                    lane for j in range(part * half // 2, (part + 1) * half // 2) for lane in (j, half + j)
                ]
                mixed = builder.shuffle_vector(even, odd, _indices(lanes))
                at = builder.gep(data(4), [I64(register * WIDTH + part * half)])
                builder.store(mixed, builder.bitcast(at, mixed.type.as_pointer())).align = 2
        return context.get_dummy_value()

    return types.void(codes, types.intp, tables, types.intp, out), codegen


@kernel
def add_up_plain(codes, block, tables, pairs, out):
    """`add_up` for a processor without a byte shuffle."""
    for r in range(BLOCK):
        out[r] = 0
    for p in range(pairs):
        for r in range(BLOCK):
            code = codes[block, p, r]
            out[r] += tables[p, 0, code & 15]
            out[r] += tables[p, 1, code >> 4]


if SHUFFLE is None:
    add_up = add_up_plain
else:

    @kernel(inline="always")
    def add_up(codes, block, tables, pairs, out):
        """Write to `out` the sum of the table entries that each row of a block names.

        Reads:
            codes: uint8, (blocks, pairs, 64), C-contiguous. block: below its length.
            tables: uint8, (pairs, 2, 16), C-contiguous, so small that no sum is above 65,535.
            pairs: how many, at least 1.

        Writes: out: uint16, (64,).
        """
        _sums_by_shuffle(codes, block, tables, pairs, out)
