"""Rows of a byte a number, looked at for one query or for many: a quarter of the memory, and less time.

A row is stored as unsigned bytes, BIAS above its whole numbers from -127 to 127, and a query as signed ones,
because the processors that multiply bytes at once take one of each. What BIAS adds to a product is BIAS times
the sum of the query, the same for every row. The walks over rows are those of `scan`.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.byteproducts import STEP, sums_of_rows, tile_of_rows
from firth.kernels.jit import kernel
from firth.kernels.keys import may_be
from firth.kernels.longlists import LONG, sort_best
from firth.kernels.rerank import insert, score_of
from firth.kernels.scan import HEIGHT, LANES, PANEL
from firth.kernels.topk import COSINE, EUCLIDEAN, replace_root

__all__ = [
    "BIAS",
    "PANEL",
    "STEP",
    "best_of_bytes",
    "bytes_of",
    "from_bytes",
    "keep_of_one",
    "keep_of_panels",
    "lay_one",
    "lay_panels",
    "to_bytes",
    "weigh",
]

BIAS = 128
FINER = 16  # steps of a residual in one of the byte
BLOCK = 1 << 17  # bytes of the rows that all panels go over before the next rows come


@kernel
def to_bytes(rows, codes, finer, scales):
    """Write rows as whole numbers of a byte with a scale each: x ≈ scale · (byte - BIAS + residual).

    The scale is the greatest magnitude of the row over 127, so that nothing is clipped. What rounding to
    whole numbers leaves, up to a half, is kept in sixteenths, a half byte each: it makes the error 16 times
    smaller where a row is looked at closely, and is not read where it is not.

    Reads:
        rows: float32, (n, d), finite.

    Writes:
        codes: uint8, (n, w), w at least d; BIAS, which stands for 0, beyond d.
        finer: uint8, (n, (d + 1) // 2), the earlier number in the lower half, 8 for nothing; or (n, 0), and
            then there is no residual.
        scales: float32, (n,); 0 for a row of zeros.
    """
    n, d = rows.shape
    for i in range(n):
        greatest = np.float32(0)
        for j in range(d):
            greatest = max(greatest, abs(rows[i, j]))
        scale = greatest / np.float32(127)
        if greatest > 0 and scale * np.float32(127) == 0:  # too small for a float32 to be divided
            scale = greatest
        scales[i] = scale
        back = 0.0 if scale == 0 else 1.0 / np.float64(scale)
        for j in range(codes.shape[1]):
            codes[i, j] = BIAS
        for j in range(finer.shape[1]):
            finer[i, j] = 0x88
        for j in range(d):
            exact = rows[i, j] * back
            whole = min(127.0, max(-127.0, np.rint(exact)))
            codes[i, j] = np.uint8(np.int64(whole) + BIAS)
            if finer.shape[1]:
                rest = np.int64(min(7.0, max(-8.0, np.rint((exact - whole) * FINER)))) + 8
                shift = 4 * (j & 1)
                finer[i, j >> 1] = np.uint8((finer[i, j >> 1] & (0xF0 >> shift)) | (rest << shift))


@kernel(inline="always")
def row_of(codes, finer, scales, row, out):
    """Write row `row` as float32 to `out` (d,): see `to_bytes`."""
    scale = np.float32(scales[row])
    if finer.shape[1]:
        for j in range(out.size):
            rest = np.int32((finer[row, j >> 1] >> (4 * (j & 1))) & 15) - 8
            whole = np.int32(codes[row, j]) - BIAS
            out[j] = scale * (np.float32(FINER * whole + rest) * np.float32(1 / FINER))
    else:
        for j in range(out.size):
            out[j] = scale * np.float32(np.int32(codes[row, j]) - BIAS)


@kernel
def from_bytes(codes, finer, scales, chosen, out):
    """Write the chosen rows (int64, (m,)) back as float32 to `out` (m, d)."""
    for i in range(chosen.size):
        row_of(codes, finer, scales, chosen[i], out[i])


@kernel
def weigh(codes, finer, scales, metric, first, weights, out):
    """Write what `keys.weigh` calls the weight of each row from `first` on to weights[first:].

    `out` (d,), float32, is scratch.
    """
    for i in range(first, codes.shape[0]):
        row_of(codes, finer, scales, i, out)
        squares = 0.0
        for j in range(out.size):
            squares += np.float64(out[j]) * np.float64(out[j])
        if metric == EUCLIDEAN:
            weights[i] = squares / 2
        else:
            weights[i] = 0.0 if squares == 0.0 else 1 / np.sqrt(squares)


@kernel
def bytes_of(queries, out, offsets, sizes):
    """Write queries as signed bytes with a scale each.

    Reads:
        queries: float32, (m, d), finite.

    Writes:
        out: int8, (m, w), w at least d; 0 beyond d.
        offsets: int32, (m,): what turns a sum with unsigned bytes into the product.
        sizes: float32, (m,): the scales.
    """
    m, d = queries.shape
    for i in range(m):
        greatest = np.float32(0)
        for k in range(d):
            greatest = max(greatest, abs(queries[i, k]))
        sizes[i] = greatest / np.float32(127)
        back = 0.0 if greatest == 0 else 127.0 / np.float64(greatest)
        total = 0
        for k in range(out.shape[1]):
            whole = np.int64(np.rint(queries[i, k] * back)) if k < d else 0
            out[i, k] = whole
            total += whole
        offsets[i] = -BIAS * total


@kernel
def lay_one(query, out):
    """Lay a query of bytes (w,) out for `keep_of_one`, as `scan.lay_one` does with STEP for LANES."""
    width = query.size
    steps = (width + STEP - 1) // STEP
    for k in range((steps - 1) * STEP):
        out[k] = query[k]
    shift = steps * STEP - width
    for j in range(STEP):
        out[(steps - 1) * STEP + j] = query[width - STEP + j] if j >= shift or steps == 1 else 0


@kernel
def lay_panels(queries, out):
    """Lay queries of bytes (m, w) out for `keep_of_panels`: four numbers of each query side by side.

    Writes:
        out: int8, (panels · w · PANEL,).
    """
    m, width = queries.shape
    for p in range((m + PANEL - 1) // PANEL):
        base = p * width * PANEL
        for j in range(PANEL):
            i = p * PANEL + j
            for k in range(width):
                out[base + (k // 4 * PANEL + j) * 4 + k % 4] = queries[i, k] if i < m else 0


@kernel(inline="always")
def line_of(row, scales, weights, metric):
    """(slope, drop) such that a row's key is product · slope - drop: see `scan.keep_of_one`."""
    if metric == COSINE:
        return scales[row] * weights[row], np.float32(0)
    if metric == EUCLIDEAN:
        return scales[row], weights[row]
    return scales[row], np.float32(0)


@kernel
def keep_of_one(codes, scales, weights, metric, laid, offset, size, allowed, first, last, keys, rows):
    """Take rows `first` to `last` of codes into the heap of one query.

    Reads:
        codes: uint8, (n, w), w at least STEP; scales: float32, (n,), both from `to_bytes`.
        weights, metric, allowed: as in `scan.keep_of_one`.
        laid: the query from `lay_one`; offset, size: of the query, from `bytes_of`.

    Changes:
        keys, rows: as in `scan.keep_of_one`.
    """
    n, width = codes.shape
    steps = laid.size // STEP
    flat = codes.reshape(n * width)
    sums = np.empty(LANES, np.int32)
    copied = np.empty(LANES * width, np.uint8)
    for start in range(first, last, LANES):
        count = min(LANES, last - start)
        if count == LANES:
            sums_of_rows(flat, start * width, width, laid, steps, sums, 0)
        else:
            for j in range(count):
                for k in range(width):
                    copied[j * width + k] = codes[start + j, k]
            for k in range(count * width, LANES * width):
                copied[k] = 0
            sums_of_rows(copied, 0, width, laid, steps, sums, 0)
        better = 0
        least = keys[0]
        if count == LANES:
            for j in range(LANES):
                slope, drop = line_of(start + j, scales, weights, metric)
                better += np.float32(sums[j] + offset) * size * slope - drop > least
        else:
            better = 1
        if better:
            for j in range(count):
                slope, drop = line_of(start + j, scales, weights, metric)
                key = np.float32(sums[j] + offset) * size * slope - drop
                if key > keys[0] and may_be(allowed, start + j):
                    replace_root(keys, rows, key, start + j)


@kernel(inline="always")
def _one_tile(flat, start, width, panels, panel, out, height, vectors):
    """`tile_of_rows` for a number of vectors known at run time."""
    if height == HEIGHT:
        if vectors == 4:
            tile_of_rows(flat, start, width, panels, panel, out, 6, 4, 0)
        elif vectors == 3:
            tile_of_rows(flat, start, width, panels, panel, out, 6, 3, 0)
        elif vectors == 2:
            tile_of_rows(flat, start, width, panels, panel, out, 6, 2, 0)
        else:
            tile_of_rows(flat, start, width, panels, panel, out, 6, 1, 0)
    elif vectors == 4:
        tile_of_rows(flat, start, width, panels, panel, out, 1, 4, 0)
    elif vectors == 3:
        tile_of_rows(flat, start, width, panels, panel, out, 1, 3, 0)
    elif vectors == 2:
        tile_of_rows(flat, start, width, panels, panel, out, 1, 2, 0)
    else:
        tile_of_rows(flat, start, width, panels, panel, out, 1, 1, 0)


@kernel
def keep_of_panels(codes, scales, weights, metric, panels, offsets, sizes, allowed, first, last, keys, rows):
    """Take rows `first` to `last` of codes into the heaps of many queries.

    Reads:
        codes: uint8, (n, w), w a positive multiple of 4; the rest as in `keep_of_one`, of m queries:
        panels: from `lay_panels`; offsets: int32, (m,); sizes: float32, (m,).

    Changes:
        keys: float32, (m, k), and rows: int64, (m, k): as in `scan.keep_of_one`.
    """
    n, width = codes.shape
    m = keys.shape[0]
    flat = codes.reshape(n * width)
    height = max(1, BLOCK // width // HEIGHT) * HEIGHT
    tile = np.zeros(HEIGHT * PANEL, np.int32)
    least, offset, size = np.empty(PANEL, np.float32), np.zeros(PANEL, np.int32), np.zeros(PANEL, np.float32)
    for block in range(first, last, height):
        end = min(last, block + height)
        for query in range(0, m, PANEL):
            count = min(PANEL, m - query)
            vectors = (count + LANES - 1) // LANES
            for j in range(PANEL):
                least[j] = keys[query + j, 0] if j < count else np.inf
                if j < count:
                    offset[j], size[j] = offsets[query + j], sizes[query + j]
            row = block
            while row < end:
                tall = HEIGHT if row + HEIGHT <= end else 1
                _one_tile(flat, row * width, width, panels, query * width, tile, tall, vectors)
                for r in range(tall):
                    slope, drop = line_of(row + r, scales, weights, metric)
                    better = 0
                    for j in range(PANEL):
                        key = np.float32(tile[r * PANEL + j] + offset[j]) * size[j] * slope - drop
                        better += key > least[j]
                    if better == 0 or not may_be(allowed, row + r):
                        continue
                    for j in range(count):
                        key = np.float32(tile[r * PANEL + j] + offset[j]) * size[j] * slope - drop
                        if key > least[j]:
                            replace_root(keys[query + j], rows[query + j], key, row + r)
                            least[j] = keys[query + j, 0]
                row += tall


@kernel
def best_of_bytes(queries, codes, finer, scales, candidates, metric, rows, scores):
    """The best of some candidates of each query, scored with the rows as they were kept.

    As `rerank.best_of`, with what `to_bytes` wrote in the place of the matrix.
    """
    decoded = np.empty(queries.shape[1], np.float32)
    many = rows.shape[1] > LONG
    keys = np.empty(candidates.shape[1] if many else 0, np.float32)
    for i in range(queries.shape[0]):
        squares = 0.0
        for j in range(queries.shape[1]):
            squares += np.float64(queries[i, j]) * np.float64(queries[i, j])
        norm = np.sqrt(squares)
        held = 0
        for c in range(candidates.shape[1]):
            row = candidates[i, c]
            if row < 0:
                continue
            row_of(codes, finer, scales, row, decoded)
            score = np.float32(score_of(queries[i], decoded, metric, norm))
            if many:
                keys[c] = score
            elif score == score:
                held = insert(scores[i], rows[i], held, score, row)
        if many:
            held = sort_best(candidates[i], keys, rows[i], scores[i])
        for c in range(held, rows.shape[1]):
            rows[i, c] = -1
            scores[i, c] = -np.inf
