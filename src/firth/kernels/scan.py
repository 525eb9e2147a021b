"""Look at every row for a query, or for many, and keep the best, in one pass without a matrix of products.

Two ways to go through the rows, both held in registers and both free of BLAS, whose threads would be beyond
the bound of a run:

- One query: LANES rows at a time, a vector of sums for each, folded into one vector of products. The rows are
  read once from beginning to end, so that the speed is that of the memory.
- Many queries: they lie side by side in panels of LANES × WIDE, and a tile of HEIGHT rows × one panel is
  summed in registers (Goto and van de Geijn 2008, "Anatomy of High-Performance Matrix Multiplication",
  section 6). The rows are read where they lie; only the queries are copied.

A product is the same, bit for bit, wherever its row stands, so equal rows have equal keys. What is kept is a
heap for each query (`topk.replace_root`). The products are rounded: what was kept is to be scored again.
"""

from __future__ import annotations

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic

from firth.kernels.halflanes import load_halves
from firth.kernels.jit import kernel
from firth.kernels.keys import key_of, may_be
from firth.kernels.lanes import (
    I64,
    LANES,
    address,
    are_literals,
    broadcast,
    constant,
    fold_sums,
    fused,
    load,
    store,
    sum_loop,
)
from firth.kernels.tiles import WIDE
from firth.kernels.topk import replace_root

__all__ = [
    "HEIGHT",
    "LANES",
    "PANEL",
    "keep_of_one",
    "keep_of_panels",
    "lay_one",
    "lay_panels",
]

HEIGHT = 6  # rows of a tile: 6 × 4 sums, 4 operands and a spare fit 32 registers, 6 × 2 and 2 fit 16
PANEL = LANES * WIDE
BLOCK = 1 << 15  # floats of the rows that all panels go over before the next rows come: 128 KB


@intrinsic
def _products_of_rows(typing, matrix, start, d, query, steps, out):  # noqa: ARG001 - they come as args
    """out[j] = Σ_k matrix[start + j·d + k] · query[k] for j < LANES; see `lay_one` for the query.

    The matrix is float32, or half floats as their bits, uint16.
    """
    signature = types.void(matrix, types.int64, types.int64, query, types.int64, out)
    take = load_halves if matrix.dtype == types.uint16 else load

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        right = address(context, builder, signature, args, 3)
        into = address(context, builder, signature, args, 5)
        start, d, steps = args[1], args[2], args[4]
        last = builder.sub(d, I64(LANES))

        def sum_of_row(j):
            row = builder.add(start, builder.mul(d, I64(j)))

            def body(k, sums):
                place = builder.mul(k, I64(LANES))
                part = load(builder, right, place)
                over = builder.icmp_signed(">", place, last)  # the last part overlaps the one before
                place = builder.select(over, last, place)
                return [fused(builder, part, take(builder, base, builder.add(row, place)), sums[0])]

            return sum_loop(builder, steps, [constant(0.0)], body)[0]

        # One row after the other: several at once, each with a stream of its own from memory, took two to
        # three times as long, since the processor foresees one stream best.
        sums = [sum_of_row(j) for j in range(LANES)]
        store(builder, fold_sums(builder, sums), into, I64(0))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic(prefer_literal=True)
def _tile_of_rows(typing, matrix, start, d, panels, panel, out, rows, vectors):  # noqa: ARG001
    """out[r·PANEL + j] = Σ_k matrix[start + r·d + k] · panels[panel + k·PANEL + j], r < rows, j < vectors ·
    LANES."""
    if not are_literals(rows, vectors):
        return None
    signature = types.void(matrix, types.int64, types.int64, panels, types.int64, out, rows, vectors)
    height, wide = rows.literal_value, vectors.literal_value

    def codegen(context, builder, signature, args):
        base = address(context, builder, signature, args)
        right = address(context, builder, signature, args, 3)
        into = address(context, builder, signature, args, 5)
        start, d, panel = args[1], args[2], args[4]
        lefts = [builder.add(start, builder.mul(d, I64(r))) for r in range(height)]

        def body(k, sums):
            place = builder.add(panel, builder.mul(k, I64(PANEL)))
            parts = [load(builder, right, builder.add(place, I64(v * LANES))) for v in range(wide)]
            results = []
            for r in range(height):
                left = builder.load(builder.gep(base, [builder.add(lefts[r], k)]))
                left = broadcast(builder, left)
                results += [fused(builder, left, parts[v], sums[r * wide + v]) for v in range(wide)]
            return results

        sums = sum_loop(builder, d, [constant(0.0)] * (height * wide), body)
        for i, total in enumerate(sums):
            store(builder, total, into, I64(i // wide * PANEL + i % wide * LANES))
        return context.get_dummy_value()

    return signature, codegen


@kernel
def lay_one(query, out):
    """Lay a query (d,) out for `keep_of_one`: in vectors of LANES, the last of which ends with the row.

    Where d is no multiple of LANES the last vector begins within the one before; the numbers that were there
    already are 0 in it. d is at least LANES.

    Writes:
        out: float32, (d rounded up to a multiple of LANES,).
    """
    d = query.size
    steps = (d + LANES - 1) // LANES
    for k in range((steps - 1) * LANES):
        out[k] = query[k]
    shift = steps * LANES - d
    for j in range(LANES):
        k = d - LANES + j
        out[(steps - 1) * LANES + j] = query[k] if j >= shift or steps == 1 else 0


@kernel
def lay_panels(queries, out):
    """Lay queries (m, d) out for `keep_of_panels`: panel p holds d × PANEL numbers, those of query
    p · PANEL + j in column j; columns without a query are 0.

    Writes:
        out: float32, (panels · d · PANEL,).
    """
    m, d = queries.shape
    for p in range((m + PANEL - 1) // PANEL):
        base = p * d * PANEL
        for j in range(PANEL):
            i = p * PANEL + j
            for k in range(d):
                out[base + k * PANEL + j] = queries[i, k] if i < m else 0


@kernel
def keep_of_one(matrix, weights, metric, laid, allowed, first, last, keys, rows):
    """Take rows `first` to `last` of a matrix into the heap of one query.

    Reads:
        matrix: float32, or half floats as their bits, uint16, (n, d), d at least LANES; a key that is NaN or
            -inf is never kept.
        weights: float32, (n,), from `keys.weigh`.
        laid: the query from `lay_one`. allowed: bool, (n,), or (0,) for all rows.

    Changes:
        keys: float32, (k,), and rows: int64, (k,): a heap that is always full; -inf and -1 are free places.
    """
    n, d = matrix.shape
    steps = laid.size // LANES
    flat = matrix.reshape(n * d)
    products = np.empty(LANES, np.float32)
    copied = np.empty(LANES * d, matrix.dtype)
    for start in range(first, last, LANES):
        count = min(LANES, last - start)
        if count == LANES:
            _products_of_rows(flat, start * d, d, laid, steps, products)
        else:  # fewer than LANES rows are left: they are copied, so that nothing beyond them is read
            for j in range(count):
                for k in range(d):
                    copied[j * d + k] = matrix[start + j, k]
            for k in range(count * d, LANES * d):
                copied[k] = 0
            _products_of_rows(copied, 0, d, laid, steps, products)
        better = 0
        least = keys[0]
        if count == LANES:
            for j in range(LANES):
                better += key_of(products[j], start + j, weights, metric) > least
        else:
            better = 1
        if better:
            for j in range(count):
                key = key_of(products[j], start + j, weights, metric)
                if key > keys[0] and may_be(allowed, start + j):
                    replace_root(keys, rows, key, start + j)


@kernel(inline="always")
def _one_tile(flat, start, d, panels, panel, out, height, vectors):
    """`_tile_of_rows` for a number of vectors known at run time."""
    if height == HEIGHT:
        if vectors == 4:
            _tile_of_rows(flat, start, d, panels, panel, out, 6, 4)
        elif vectors == 3:
            _tile_of_rows(flat, start, d, panels, panel, out, 6, 3)
        elif vectors == 2:
            _tile_of_rows(flat, start, d, panels, panel, out, 6, 2)
        else:
            _tile_of_rows(flat, start, d, panels, panel, out, 6, 1)
    elif vectors == 4:
        _tile_of_rows(flat, start, d, panels, panel, out, 1, 4)
    elif vectors == 3:
        _tile_of_rows(flat, start, d, panels, panel, out, 1, 3)
    elif vectors == 2:
        _tile_of_rows(flat, start, d, panels, panel, out, 1, 2)
    else:
        _tile_of_rows(flat, start, d, panels, panel, out, 1, 1)


@kernel
def take_tile(tile, height, row, query, count, weights, metric, allowed, least, keys, rows):
    """Take a tile of products (height × PANEL) of rows from `row` on into the heaps of `count` queries.

    `least` (PANEL,) holds the roots of the heaps of these queries and is changed with them; +inf beyond them.
    """
    for r in range(height):
        better = 0
        for j in range(PANEL):
            better += key_of(tile[r * PANEL + j], row + r, weights, metric) > least[j]
        if better == 0 or not may_be(allowed, row + r):
            continue
        for j in range(count):
            key = key_of(tile[r * PANEL + j], row + r, weights, metric)
            if key > least[j]:
                replace_root(keys[query + j], rows[query + j], key, row + r)
                least[j] = keys[query + j, 0]


@kernel
def keep_of_panels(matrix, weights, metric, panels, allowed, first, last, keys, rows):
    """Take rows `first` to `last` of a matrix into the heaps of many queries.

    Reads:
        matrix, weights, metric, allowed: as in `keep_of_one`, for any d.
        panels: the queries from `lay_panels`.

    Changes:
        keys: float32, (m, k), and rows: int64, (m, k): as in `keep_of_one`.
    """
    n, d = matrix.shape
    m = keys.shape[0]
    flat = matrix.reshape(n * d)
    height = max(1, BLOCK // max(1, d) // HEIGHT) * HEIGHT
    tile = np.empty(HEIGHT * PANEL, np.float32)
    tile[:] = -np.inf  # columns that no tile writes
    least = np.empty(PANEL, np.float32)
    for block in range(first, last, height):
        end = min(last, block + height)
        for query in range(0, m, PANEL):
            count = min(PANEL, m - query)
            vectors = (count + LANES - 1) // LANES
            for j in range(PANEL):
                least[j] = keys[query + j, 0] if j < count else np.inf
            row = block
            while row < end:
                tall = HEIGHT if row + HEIGHT <= end else 1
                _one_tile(flat, row * d, d, panels, query * d, tile, tall, vectors)
                take_tile(tile, tall, row, query, count, weights, metric, allowed, least, keys, rows)
                row += tall


if numba.config.DISABLE_JIT:  # intrinsics exist in compiled code only; the twins do the same with NumPy
    from firth.kernels.reference_scan import keep_of_one, keep_of_panels
