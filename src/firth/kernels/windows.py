"""Sums over the windows of a block by running sums.

All words of a window count alike, so that the sum over it is a difference of two running sums: with S_j the
sum of the rows of the positions before j, the words from l to h but for i add up to S_{h+1} - S_l
minus the row of i, whatever the size of the window. Backwards, a step that is due to each of these words is
written down where the window begins and, taken back, where it ends; a running sum over these notes is what
each word takes.

The sums run in registers, some vectors wide, through all positions of the block. The intrinsics are made of
the pieces in `lanes`. With NUMBA_DISABLE_JIT=1 their NumPy twins serve.
"""

from __future__ import annotations

from collections import namedtuple

import numba
import numpy as np
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
    load,
    store,
    sum_loop,
)
from firth.kernels.negative import BLOCK
from firth.kernels.tiles import WIDE, strip

__all__ = ["Windows", "lay_windows", "reach_of", "share_back", "sum_windows"]

# Running sums, the steps of the hidden vectors, and by how much a word counts in each window.
Windows = namedtuple("Windows", "S G shares end")


@kernel
def lay_windows(begin, G, window):
    """Where the parts stand, from `begin` on, a multiple of LANES; the steps are at G. Running sums have room
    for one strip, and the next one overwrites them, so that they stay in the first-level cache."""
    rows = BLOCK + 2 * window + 1
    S = begin
    shares = S + rows * WIDE * LANES
    return Windows(S, G, shares, shares + BLOCK)


@kernel
def reach_of(low, high, start, stop):
    """The first and the last position that a window of the block reaches."""
    first, last = np.int64(start), np.int64(stop - 1)
    for i in range(start, stop):
        first, last = min(first, np.int64(low[i])), max(last, np.int64(high[i]))
    return first, last


class _Strip:
    """Some vectors of all rows, in the code of an intrinsic with the arguments of `_arguments`."""

    def __init__(self, context, builder, signature, args, vectors):
        self.builder, self.base = builder, address(context, builder, signature, args)
        _, self.x, self.apart, self._sums, self._shares = args[:5]
        self._ends = [address(context, builder, signature, args, j) for j in (5, 6)]
        self._start, stop, self._first, last = args[7:11]
        self._near = address(context, builder, signature, args, 11)
        inputs = context.make_array(signature.args[12])(context, builder, args[12])
        self.inputs, self._wide = inputs.data, builder.extract_value(inputs.shape, 1)
        self._columns = [builder.add(args[13], I64(v * LANES)) for v in range(vectors)]
        self.before = builder.sub(self._start, self._first)  # words in reach before the block
        self.size = builder.sub(stop, self._start)
        self.reach = builder.add(builder.sub(last, self._first), I64(1))
        self.zeros = [constant(0.0)] * vectors

    def load(self, base, begin):
        """The strip of the row that begins there."""
        return [load(self.builder, base, self.builder.add(begin, column)) for column in self._columns]

    def store(self, vectors, base, begin):
        """Put it there."""
        for vector, column in zip(vectors, self._columns, strict=True):
            store(self.builder, vector, base, self.builder.add(begin, column))

    def _places(self, j):
        """Where the vectors of the j-th running sum are."""
        begin = self.builder.add(self._sums, self.builder.mul(j, I64(len(self.zeros) * LANES)))
        return [self.builder.add(begin, I64(v * LANES)) for v in range(len(self.zeros))]

    def sum(self, j):
        """The j-th running sum."""
        return [load(self.builder, self.base, place) for place in self._places(j)]

    def put_sum(self, vectors, j):
        """Put it there."""
        for vector, place in zip(vectors, self._places(j), strict=True):
            store(self.builder, vector, self.base, place)

    def position(self, i):
        """Where the i-th row at x begins."""
        return self.builder.add(self.x, self.builder.mul(i, self.apart))

    def input(self, j):
        """Where the row of the j-th word in reach begins in the matrix."""
        return self.builder.mul(self.builder.load(self.builder.gep(self._near, [j])), self._wide)

    def window(self, i):
        """Of the words in reach, the first of the i-th window, and the one behind it."""
        place = self.builder.add(self._start, i)
        ends = [self.builder.load(self.builder.gep(end, [place])) for end in self._ends]
        low, high = (self.builder.sub(self.builder.sext(end, I64), self._first) for end in ends)
        return low, self.builder.add(high, I64(1))

    def share(self, i):
        """By how much a word counts in the i-th window."""
        place = self.builder.add(self._shares, i)
        return broadcast(self.builder, self.builder.load(self.builder.gep(self.base, [place])))


def _arguments(s, low, high, near, inputs, n):
    """The arguments of both intrinsics: those of the kernels that call them, a column, and how many vectors
    from there on."""
    return types.void(s, *[types.int64] * 4, low, high, *[types.int64] * 4, near, inputs, types.int64, n)


@intrinsic(prefer_literal=True)
def _sum_strip(
    typing, s, x, apart, sums, shares, low, high, start, stop, first, last, near, inputs, column, n
):
    """See `sum_windows`."""
    if not are_literals(n):
        return None

    def codegen(context, builder, signature, args):
        strip = _Strip(context, builder, signature, args, n.literal_value)
        strip.put_sum(strip.zeros, I64(0))

        def add(j, sums):
            rows = strip.load(strip.inputs, strip.input(j))
            sums = [builder.fadd(total, row) for total, row in zip(sums, rows, strict=True)]
            strip.put_sum(sums, builder.add(j, I64(1)))
            return sums

        sum_loop(builder, strip.reach, strip.zeros, add)

        def difference(i, _):
            ends = [strip.sum(end) for end in strip.window(i)]
            rows = strip.load(strip.inputs, strip.input(builder.add(strip.before, i)))
            found = [
                builder.fmul(strip.share(i), builder.fsub(builder.fsub(behind, begin), row))
                for begin, behind, row in zip(*ends, rows, strict=True)
            ]
            strip.store(found, strip.base, strip.position(i))
            return []

        sum_loop(builder, strip.size, [], difference)
        return context.get_dummy_value()

    return _arguments(s, low, high, near, inputs, n), codegen


@intrinsic(prefer_literal=True)
def _share_strip(
    typing, s, x, apart, sums, shares, low, high, start, stop, first, last, near, inputs, column, n
):
    """See `share_back`."""
    if not are_literals(n):
        return None

    def codegen(context, builder, signature, args):
        strip = _Strip(context, builder, signature, args, n.literal_value)

        def clear(j, _):
            strip.put_sum(strip.zeros, j)
            return []

        sum_loop(builder, builder.add(strip.reach, I64(1)), [], clear)

        def shared(i):
            return [builder.fmul(strip.share(i), step) for step in strip.load(strip.base, strip.position(i))]

        def note(i, _):
            steps = shared(i)
            for end, change in zip(strip.window(i), (builder.fadd, builder.fsub), strict=True):
                noted = strip.sum(end)
                changed = [change(old, step) for old, step in zip(noted, steps, strict=True)]
                strip.put_sum(changed, end)
            return []

        sum_loop(builder, strip.size, [], note)

        def take(begin, count, due, own):
            """From the words `begin` on, `count` of them, what is due to the first at first; in the block,
            a word is not in its own window."""

            def each(k, due):
                j = builder.add(begin, k)
                noted = strip.sum(j)
                due = [builder.fadd(old, change) for old, change in zip(due, noted, strict=True)]
                steps = (
                    [builder.fsub(all_, mine) for all_, mine in zip(due, shared(k), strict=True)]
                    if own
                    else due
                )
                rows = strip.load(strip.inputs, strip.input(j))
                changed = [builder.fadd(row, step) for row, step in zip(rows, steps, strict=True)]
                strip.store(changed, strip.inputs, strip.input(j))
                return due

            return sum_loop(builder, count, due, each)

        end = builder.add(strip.before, strip.size)
        due = take(I64(0), strip.before, strip.zeros, own=False)
        due = take(strip.before, strip.size, due, own=True)
        take(end, builder.sub(strip.reach, end), due, own=False)
        return context.get_dummy_value()

    return _arguments(s, low, high, near, inputs, n), codegen


@kernel
def sum_windows(s, X, row, w, low, high, start, stop, first, last, near, inputs):
    """The hidden vectors at X, `row` floats apart, with rows of zeros up to BLOCK: s[w.shares + i] times the
    sum of the input rows of the words around each position. near: int64, the words from `first` to
    `last`."""
    v, vectors = 0, inputs.shape[1] // LANES
    while v < vectors:
        n, c = strip(vectors - v), v * LANES
        if n == 4:
            _sum_strip(s, X, row, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 4)
        elif n == 3:
            _sum_strip(s, X, row, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 3)
        elif n == 2:
            _sum_strip(s, X, row, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 2)
        else:
            _sum_strip(s, X, row, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 1)
        v += n
    s[X + (stop - start) * row : X + BLOCK * row] = 0.0


@kernel
def share_back(s, w, low, high, start, stop, first, last, near, inputs):
    """The words around each position take s[w.shares + i] times the step at G, straight into the matrix."""
    v, vectors, wide = 0, inputs.shape[1] // LANES, inputs.shape[1]
    while v < vectors:
        n, c = strip(vectors - v), v * LANES
        if n == 4:
            _share_strip(s, w.G, wide, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 4)
        elif n == 3:
            _share_strip(s, w.G, wide, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 3)
        elif n == 2:
            _share_strip(s, w.G, wide, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 2)
        else:
            _share_strip(s, w.G, wide, w.S, w.shares, low, high, start, stop, first, last, near, inputs, c, 1)
        v += n


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; their twins do the same with NumPy
    from firth.kernels.reference_objectives import share_back, sum_windows
