"""Products of unsigned bytes with signed ones, held in vector registers: the arithmetic inside `int8`.

The way to multiply is chosen by what this processor has: VNNI, which adds four products to each sum of 32
bits at once; else the instruction of SSE2 and AVX2 that multiplies pairs of 16 bits (`pmaddwd`); else plain
multiplications of 32 bits, which every processor has. All are exact, so that their answers are the same.
"""

from __future__ import annotations

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.lanes import I64, LANES, address, are_literals, shuffle
from firth.kernels.scan import PANEL

__all__ = ["STEP", "WAYS", "sums_of_rows", "tile_of_rows"]

STEP = 4 * LANES  # bytes of a vector

_I32, _I16 = ir.IntType(32), ir.IntType(16)
_WORDS = ir.VectorType(_I32, LANES)
_PAIRS = ir.VectorType(_I16, 2 * LANES)


def _ways():
    """What this processor can do, best first: "vnni", "pairs" and "plain"."""
    features = llvm.get_host_cpu_features()
    ways = ["plain"]
    if features.get("avx512bw" if LANES == 16 else "avx2" if LANES == 8 else "sse2"):
        ways.insert(0, "pairs")
    if (LANES == 16 and features.get("avx512vnni")) or (LANES == 8 and features.get("avxvnni")):
        ways.insert(0, "vnni")
    return tuple(ways)


WAYS = _ways()


def _whole(value, kind):
    """A vector of one whole number repeated."""
    return ir.Constant(kind, [value] * kind.count)


def _add_vnni(builder, total, row, query):
    name = f"llvm.x86.avx512.vpdpbusd.{32 * LANES}"
    kind = ir.FunctionType(_WORDS, [_WORDS, _WORDS, _WORDS])
    call = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    return builder.call(call, [total, row, query])


def _add_pairs(builder, total, row, query):
    name = {4: "llvm.x86.sse2.pmadd.wd", 8: "llvm.x86.avx2.pmadd.wd", 16: "llvm.x86.avx512.pmaddw.d.512"}
    kind = ir.FunctionType(_WORDS, [_PAIRS, _PAIRS])
    call = builder.module.globals.get(name[LANES]) or ir.Function(builder.module, kind, name[LANES])
    row, query, eight = builder.bitcast(row, _PAIRS), builder.bitcast(query, _PAIRS), _whole(8, _PAIRS)
    even = builder.and_(row, _whole(255, _PAIRS)), builder.ashr(builder.shl(query, eight), eight)
    odd = builder.lshr(row, eight), builder.ashr(query, eight)
    return builder.add(builder.add(total, builder.call(call, even)), builder.call(call, odd))


def _add_plain(builder, total, row, query):
    for shift in range(0, 32, 8):
        left = builder.and_(builder.lshr(row, _whole(shift, _WORDS)), _whole(255, _WORDS))
        right = builder.ashr(builder.shl(query, _whole(24 - shift, _WORDS)), _whole(24, _WORDS))
        total = builder.add(total, builder.mul(left, right))
    return total


def add_products(builder, total, row, query, way):
    """Emit total[j] + Σ_b row[4j + b] · query[4j + b] for each of LANES j: bytes without and with a sign."""
    return {"vnni": _add_vnni, "pairs": _add_pairs, "plain": _add_plain}[way](builder, total, row, query)


def _load(builder, base, position):
    """STEP bytes from memory as words."""
    place = builder.bitcast(builder.gep(base, [position]), _WORDS.as_pointer())
    vector = builder.load(place)
    vector.align = 1
    return vector


def _store(builder, vector, base, position):
    place = builder.bitcast(builder.gep(base, [position]), _WORDS.as_pointer())
    builder.store(vector, place).align = 4


def _loop(builder, count, n, body):
    """`lanes.sum_loop` over vectors of whole numbers."""
    before = builder.block
    loop, after = builder.append_basic_block("bytes"), builder.append_basic_block("summed")
    builder.branch(loop)
    builder.position_at_end(loop)
    k = builder.phi(I64)
    k.add_incoming(I64(0), before)
    sums = [builder.phi(_WORDS) for _ in range(n)]
    for phi in sums:
        phi.add_incoming(_whole(0, _WORDS), before)
    results = body(k, sums)
    following = builder.add(k, I64(1))
    k.add_incoming(following, builder.block)
    for phi, result in zip(sums, results, strict=True):
        phi.add_incoming(result, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
    builder.position_at_end(after)
    return results


def _folded(builder, vectors):
    """A vector with the sum over the lanes of the j-th of LANES vectors at lane j; see `lanes.fold_sums`."""
    block = LANES
    while len(vectors) > 1:
        half = block // 2
        lower = [lane for lane in range(2 * LANES) if not lane & half]
        upper = [lane + half for lane in lower]
        vectors = [
            builder.add(shuffle(builder, a, b, lower), shuffle(builder, a, b, upper))
            for a, b in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        block = half
    return vectors[0]


@intrinsic(prefer_literal=True)
def sums_of_rows(typing, codes, start, width, query, steps, out, way):  # noqa: ARG001 - they come as args
    """out[j] = Σ_k codes[start + j·width + k] · query[k] for j < LANES; steps is at least 1."""
    if not are_literals(way):
        return None
    signature = types.void(codes, types.int64, types.int64, query, types.int64, out, way)
    chosen = WAYS[way.literal_value]

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        right = address(context, builder, signature, args, 3)
        into = address(context, builder, signature, args, 5)
        start, width, steps = args[1], args[2], args[4]
        last = builder.sub(width, I64(STEP))

        def sum_of_row(j):
            row = builder.add(start, builder.mul(width, I64(j)))

            def body(k, sums):
                place = builder.mul(k, I64(STEP))
                part = _load(builder, right, place)
                over = builder.icmp_signed(">", place, last)
                place = builder.select(over, last, place)
                left = _load(builder, base, builder.add(row, place))
                return [add_products(builder, sums[0], left, part, chosen)]

            return _loop(builder, steps, 1, body)[0]

        sums = [sum_of_row(j) for j in range(LANES)]
        _store(builder, _folded(builder, sums), into, I64(0))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def tile_of_rows(typing, codes, start, width, panels, panel, out, rows, vectors, way):  # noqa: ARG001
    """out[r·PANEL + j] = Σ_k codes[start + r·width + k] · panels[panel + (k // 4 · PANEL + j) · 4 + k % 4]
    for r < rows, j < vectors · LANES; width is a positive multiple of 4."""
    if not are_literals(rows, vectors, way):
        return None
    signature = types.void(codes, types.int64, types.int64, panels, types.int64, out, rows, vectors, way)
    height, wide, chosen = rows.literal_value, vectors.literal_value, WAYS[way.literal_value]

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        right = address(context, builder, signature, args, 3)
        into = address(context, builder, signature, args, 5)
        start, width, panel = args[1], args[2], args[4]
        lefts = [builder.add(start, builder.mul(width, I64(r))) for r in range(height)]
        empty = ir.Constant(_WORDS, ir.Undefined)

        def body(k, sums):
            place = builder.add(panel, builder.mul(k, I64(4 * PANEL)))
            parts = [_load(builder, right, builder.add(place, I64(v * STEP))) for v in range(wide)]
            results = []
            for r in range(height):
                word = builder.gep(base, [builder.add(lefts[r], builder.mul(k, I64(4)))])
                word = builder.load(builder.bitcast(word, _I32.as_pointer()))
                word.align = 1
                left = builder.insert_element(empty, word, _I32(0))
                left = shuffle(builder, left, empty, [0] * LANES)
                results += [
                    add_products(builder, sums[r * wide + v], left, parts[v], chosen) for v in range(wide)
                ]
            return results

        sums = _loop(builder, builder.sdiv(width, I64(4)), height * wide, body)
        for i, total in enumerate(sums):
            _store(builder, total, into, I64(i // wide * PANEL + i % wide * LANES))
        return context.get_dummy_value()

    return signature, codegen
