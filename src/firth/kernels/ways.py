"""A few words against the nodes of a way: their scores, and the steps of both sides where the rows stand.

The group is small (GROUP words at most) and the rows are used twice, so that nothing is copied: `score_way`
holds a tile of dot products in registers and turns it into steps at once, and `step_way` holds a strip of all
words of the group in registers while it goes once through the nodes, which so are read and written once.

A place says where the row of a node is: place k ≥ 0 is row k of `nodes`, place k < 0 row -1 - k of `top`, the
thread's own copies. The intrinsics are made of the pieces in `lanes`. With NUMBA_DISABLE_JIT=1 their NumPy
twins serve.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic, register_jitable
from numpy.typing import NDArray

from firth.kernels.jit import kernel
from firth.kernels.lanes import (
    I64,
    LANES,
    REGISTERS,
    address,
    are_literals,
    broadcast,
    constant,
    fold_sums,
    fused,
    load,
    shuffle,
    sigma,
    store,
    sum_loop,
    total,
)

__all__ = ["GROUP", "SPARE", "line_of", "pave", "score_way", "step_way"]

GROUP = 4  # words, as many as the fewest LANES; the literals below are written for it
SPARE = LANES  # floats
STRIP = (
    2 if REGISTERS == 32 else 1
)  # vectors of a strip, so that twice as many for each word fit the registers


def pave(
    points: NDArray[np.int64], codes: NDArray[np.uint8], first: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The places and turns of ways.

    points: int64, codes: uint8: from `huffman.walk`. first: the first node that threads have copies of.

    Returns places: int32, and turns: float32, 1 for code 0 and 0 for code 1, and LANES more, since whole
    vectors are read.
    """
    places = np.where(points < first, points, first - 1 - points).astype(np.int32)
    turns = np.zeros(codes.size + LANES, np.float32)
    turns[: codes.size] = codes == 0
    return places, turns


@register_jitable
def line_of(n):
    """How far apart the steps of two nodes are for so many words: a power of two."""
    return n if n < 3 else 4


def _node(context, builder, signature, args, nodes, k):
    """Emit the address of the row of the k-th node of a way; the arguments from `nodes` on are nodes, top,
    places and where in places the way begins."""
    matrices = [
        context.make_array(signature.args[nodes + j])(context, builder, args[nodes + j]) for j in (0, 1)
    ]
    which = address(context, builder, signature, args, nodes + 2)
    place = builder.sext(builder.load(builder.gep(which, [builder.add(args[nodes + 3], k)])), I64)
    own = builder.icmp_signed("<", place, I64(0))
    base = builder.select(own, matrices[1].data, matrices[0].data)
    row = builder.select(own, builder.not_(place), place)
    return builder.gep(base, [builder.mul(row, builder.extract_value(matrices[0].shape, 1))])


def _rows(context, builder, signature, args, matrix, chosen, n):
    """Emit the addresses of n rows of the argument `matrix`; the arguments from `chosen` on are the chosen
    rows and the first of them."""
    into = context.make_array(signature.args[matrix])(context, builder, args[matrix])
    which = address(context, builder, signature, args, chosen)
    width = builder.extract_value(into.shape, 1)
    rows = [builder.load(builder.gep(which, [builder.add(args[chosen + 1], I64(j))])) for j in range(n)]
    return [builder.gep(into.data, [builder.mul(row, width)]) for row in rows], width


@intrinsic(prefer_literal=True)
def _score(typing, s, p, rate, words, chosen, first, nodes, top, places, way, turns, steps, n):
    """See `score_way`. A tile holds the sums of n words and as many nodes as fill a vector of scores."""
    if not are_literals(n):
        return None
    signature = types.float32(
        s, types.int64, types.float32, words, chosen, types.int64, nodes, top, places, types.int64, turns,
        types.int64, n,
    )  # fmt: skip
    count = n.literal_value
    line = line_of(count)
    per = LANES // line

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        codes = address(context, builder, signature, args, 10)
        p, way, steps = args[1], args[9], args[11]
        rate = broadcast(builder, args[2])
        hidden, width = _rows(context, builder, signature, args, 3, 4, count)
        vectors, last = builder.sdiv(width, I64(LANES)), builder.sub(steps, I64(1))

        def tile(number, strange):
            k = builder.mul(number, I64(per))
            on_way = []
            for i in range(per):
                place = builder.add(k, I64(i))
                place = builder.select(builder.icmp_signed("<", place, last), place, last)
                on_way.append(_node(context, builder, signature, args, 6, place))

            def body(v, sums):
                column = builder.mul(v, I64(LANES))
                x = [load(builder, row, column) for row in hidden]
                found = []
                for i, node in enumerate(on_way):
                    row = load(builder, node, column)
                    found += [fused(builder, row, x[j], sums[i * count + j]) for j in range(count)]
                return found

            sums = sum_loop(builder, vectors, [constant(0.0)] * (per * count), body)
            spread = [constant(0.0)] * LANES
            for i in range(per):
                spread[i * line : i * line + count] = sums[i * count : (i + 1) * count]
            scores = fold_sums(builder, spread)
            turn = load(builder, codes, builder.add(way, k))
            turn = shuffle(builder, turn, turn, [lane // line for lane in range(LANES)])
            change = builder.fmul(rate, builder.fsub(turn, sigma(builder, scores)))
            store(builder, change, base, builder.add(p, builder.mul(k, I64(line))))
            return [fused(builder, scores, constant(0.0), strange[0])]  # NaN if a score is not finite

        tiles = builder.sdiv(builder.add(steps, I64(per - 1)), I64(per))
        (strange,) = sum_loop(builder, tiles, [constant(0.0)], tile)
        return total(builder, strange)

    return signature, codegen


@intrinsic(prefer_literal=True)
def _step(typing, s, p, words, chosen, first, into, nodes, top, places, way, steps, column, n, vectors):
    """See `step_way`: a strip of all rows, so many vectors wide, from a column on."""
    if not are_literals(n, vectors):
        return None
    signature = types.void(
        s, types.int64, words, chosen, types.int64, into, nodes, top, places, *[types.int64] * 3, n, vectors
    )
    count, wide = n.literal_value, vectors.literal_value
    line = line_of(count)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        p, steps = args[1], args[10]
        columns = [builder.add(args[11], I64(v * LANES)) for v in range(wide)]
        hidden, _ = _rows(context, builder, signature, args, 2, 3, count)
        x = [[load(builder, row, column) for column in columns] for row in hidden]

        def body(k, sums):
            node = _node(context, builder, signature, args, 6, k)
            rows = [load(builder, node, column) for column in columns]
            changed, found = rows, []
            here = builder.add(p, builder.mul(k, I64(line)))
            for j in range(count):
                amount = broadcast(builder, builder.load(builder.gep(base, [builder.add(here, I64(j))])))
                found += [fused(builder, amount, rows[v], sums[j * wide + v]) for v in range(wide)]
                changed = [fused(builder, amount, x[j][v], changed[v]) for v in range(wide)]
            for row, column in zip(changed, columns, strict=True):
                store(builder, row, node, column)
            return found

        sums = sum_loop(builder, steps, [constant(0.0)] * (count * wide), body)
        taking, _ = _rows(context, builder, signature, args, 5, 3, count)
        for j, row in enumerate(taking):  # in turn: a word may stand twice in a group
            for v, column in enumerate(columns):
                taken = builder.fadd(load(builder, row, column), sums[j * wide + v])
                store(builder, taken, row, column)
        return context.get_dummy_value()

    return signature, codegen


# s: float32 scratch. words: float32 matrix; chosen: int64, rows of it; the group are the n ≤ GROUP from
# `first` on. nodes, top: float32 matrices. places, turns: from `pave`; the way is the `steps` of them from
# `way` on. All matrices are C-contiguous and equally wide, a multiple of LANES.


@kernel
def score_way(s, p, rate, words, chosen, first, n, nodes, top, places, turns, way, steps):
    """s[p + k·line_of(n) + j] = rate · (turn - σ(node · word)) for the k-th node of the way and the j-th word
    of the group. Up to SPARE floats behind them are written too, and mean nothing.

    Returns 0, or NaN if a score was infinite or not a number.
    """
    if n == 1:
        return _score(s, p, rate, words, chosen, first, nodes, top, places, way, turns, steps, 1)
    if n == 2:
        return _score(s, p, rate, words, chosen, first, nodes, top, places, way, turns, steps, 2)
    if n == 3:
        return _score(s, p, rate, words, chosen, first, nodes, top, places, way, turns, steps, 3)
    return _score(s, p, rate, words, chosen, first, nodes, top, places, way, turns, steps, 4)


@kernel
def step_way(s, p, words, chosen, first, n, into, nodes, top, places, way, steps):
    """With V the rows of the way, X those of the group, and P the steps from `score_way`: V += P X, and
    into[chosen] += Pᵀ V, on the right V and X as they were before. into: `words`, or a matrix of its form."""
    column = 0
    while column + STRIP * LANES <= nodes.shape[1]:
        if n == 1:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 1, STRIP)
        elif n == 2:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 2, STRIP)
        elif n == 3:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 3, STRIP)
        else:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 4, STRIP)
        column += STRIP * LANES
    while column < nodes.shape[1]:
        if n == 1:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 1, 1)
        elif n == 2:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 2, 1)
        elif n == 3:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 3, 1)
        else:
            _step(s, p, words, chosen, first, into, nodes, top, places, way, steps, column, 4, 1)
        column += LANES


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference_objectives import score_way, step_way
