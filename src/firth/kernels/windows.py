"""Sums over the windows of a block by running sums.

All words of a window count alike, so that the sum over it is a difference of two running sums: with S_j the
sum of the rows of the positions before j, the words from l to h but for i add up to (S_{h+1} - S_l) -
(S_{i+1} - S_i), whatever the size of the window. Backwards, a step that is due to each of these words is
written down where the window begins and, taken back, where it ends; a running sum over these notes is what
each word takes.

The intrinsics are made of the pieces in `lanes`. With NUMBA_DISABLE_JIT=1 their NumPy twins serve.
"""

from __future__ import annotations

from collections import namedtuple

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.jit import kernel
from firth.kernels.lanes import I64, LANES, address, broadcast, load, store, sum_loop
from firth.kernels.negative import BLOCK

__all__ = ["Windows", "lay_windows", "reach_of", "share_back", "sum_windows"]

# Running sums, notes, the steps of the hidden vectors, and by how much a word counts in each window.
Windows = namedtuple("Windows", "S D G shares end")


@kernel
def lay_windows(begin, wide, window):
    """Where the parts stand, from `begin` on, a multiple of LANES."""
    rows = BLOCK + 2 * window + 1
    S = begin
    D = S + rows * wide
    G = D + rows * wide
    shares = G + BLOCK * wide
    return Windows(S, D, G, shares, shares + BLOCK)


@kernel
def reach_of(low, high, start, stop):
    """The first and the last position that a window of the block reaches."""
    first, last = np.int64(start), np.int64(stop - 1)
    for i in range(start, stop):
        first, last = min(first, np.int64(low[i])), max(last, np.int64(high[i]))
    return first, last


def _for_columns(builder, width, body):
    """Emit body(column) for each vector of a row."""

    def each(k, _):
        body(builder.mul(k, I64(LANES)))
        return []

    sum_loop(builder, builder.sdiv(width, I64(LANES)), [], each)


@intrinsic
def add_row(typing, s, to, source, matrix, row):
    """s[to:] = s[source:] + matrix[row]."""
    signature = types.void(s, types.int64, types.int64, matrix, types.int64)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        data = context.make_array(signature.args[3])(context, builder, args[3])
        width = builder.extract_value(data.shape, 1)
        begin = builder.mul(args[4], width)

        def body(column):
            before = load(builder, base, builder.add(args[2], column))
            found = load(builder, data.data, builder.add(begin, column))
            store(builder, builder.fadd(before, found), base, builder.add(args[1], column))

        _for_columns(builder, width, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def window_sum(typing, s, x, share, low, high, own, wide):
    """s[x:] = s[share] · ((s[high:] - s[low:]) - (s[own + wide:] - s[own:])), over `wide` floats."""
    signature = types.void(s, *[types.int64] * 6)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        _, x, share, low, high, own, wide = args
        weight = broadcast(builder, builder.load(builder.gep(base, [share])))

        def body(column):
            ends = [
                load(builder, base, builder.add(place, column))
                for place in (high, low, builder.add(own, wide), own)
            ]
            total = builder.fsub(builder.fsub(ends[0], ends[1]), builder.fsub(ends[2], ends[3]))
            store(builder, builder.fmul(weight, total), base, builder.add(x, column))

        _for_columns(builder, wide, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def note(typing, s, g, share, low, high, own, wide):
    """With v = s[share] · s[g:]: s[low:] += v; s[high:] -= v; s[own:] -= v; s[own + wide:] += v, in turn."""
    signature = types.void(s, *[types.int64] * 6)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        _, g, share, low, high, own, wide = args
        weight = broadcast(builder, builder.load(builder.gep(base, [share])))

        def body(column):
            v = builder.fmul(weight, load(builder, base, builder.add(g, column)))
            for place, change in (
                (low, builder.fadd),
                (high, builder.fsub),
                (own, builder.fsub),
                (builder.add(own, wide), builder.fadd),
            ):
                at = builder.add(place, column)
                store(builder, change(load(builder, base, at), v), base, at)

        _for_columns(builder, wide, body)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def take_note(typing, s, noted, following, matrix, row):
    """matrix[row] += s[noted:], and s[following:] += s[noted:]."""
    signature = types.void(s, types.int64, types.int64, matrix, types.int64)

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        data = context.make_array(signature.args[3])(context, builder, args[3])
        width = builder.extract_value(data.shape, 1)
        begin = builder.mul(args[4], width)

        def body(column):
            noted = load(builder, base, builder.add(args[1], column))
            for into, start in ((base, args[2]), (data.data, begin)):
                at = builder.add(start, column)
                store(builder, builder.fadd(load(builder, into, at), noted), into, at)

        _for_columns(builder, width, body)
        return context.get_dummy_value()

    return signature, codegen


@kernel
def sum_windows(s, X, row, w, low, high, start, stop, first, last, near, inputs):
    """The hidden vectors at X, `row` floats apart, with rows of zeros up to BLOCK: s[w.shares + i] times the
    sum of the input rows of the words around each position. near: int64, the words from `first` to
    `last`."""
    wide = inputs.shape[1]
    s[w.S : w.S + wide] = 0.0
    for j in range(last + 1 - first):
        add_row(s, w.S + (j + 1) * wide, w.S + j * wide, inputs, near[j])
    for i in range(start, stop):
        l, h = w.S + (low[i] - first) * wide, w.S + (high[i] + 1 - first) * wide
        window_sum(
            s, X + (i - start) * row, w.shares + i - start, l, h, w.S + (i - first) * wide, np.int64(wide)
        )
    s[X + (stop - start) * row : X + BLOCK * row] = 0.0


@kernel
def share_back(s, w, low, high, start, stop, first, last, near, inputs):
    """The words around each position take s[w.shares + i] times the step at G, straight into the matrix."""
    wide = inputs.shape[1]
    s[w.D : w.D + (last + 2 - first) * wide] = 0.0
    for i in range(start, stop):
        l, h = w.D + (low[i] - first) * wide, w.D + (high[i] + 1 - first) * wide
        g = w.G + (i - start) * wide
        note(s, g, w.shares + i - start, l, h, w.D + (i - first) * wide, np.int64(wide))
    for j in range(last + 1 - first):
        take_note(s, w.D + j * wide, w.D + (j + 1) * wide, inputs, near[j])


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference_objectives import add_row, note, take_note, window_sum
