"""Search in the leaves of a tree, whose rows are kept as four-bit codes of what the leaf's centroid leaves.

A row x of leaf l is kept as x̂ = centroid[l] + the centres its codes name, so that q·x̂ is one product with
the centroid, the same for all rows of the leaf, and a sum of M entries of a table that is made once a query.
The table is rounded to bytes (`kernels.lookup`), and only rows that may be among the best so far are looked
at one by one.

    centroids: float32, (L, w). centres: float32, (M, s, 16) with M even and M · s = w.
    blocks: uint8, (B, M / 2, 64): codes as `kernels.lookup` takes them. A block belongs to one leaf.
    rows: int32, (B, 64): the number of the row in each place, -1 where there is none.
    order, first: int32, (B,) and int64, (L + 1,): leaf l has the blocks order[first[l] : first[l + 1]], all
        full but the last. counts: int64, (L,): how many rows it has.
    half: float32, (B, 64): |x̂|² / 2 of the row in each place, for the euclidean order, which is that of
        q·x̂ - |x̂|² / 2; length 0 for products. (It lies beside the codes, since to fetch it by the number of
        the row took four times as long as all the rest.)
    promise: float32, (L,): what is added to q·centroid to order the leaves; for products, |q| times that.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.lanemasks import keys_above, lowest_bit, sums_from
from firth.kernels.lookup import BLOCK, add_up
from firth.kernels.topk import ANY_ORDER

__all__ = ["MOST_PARTS", "half_squares", "pack", "search_leaves", "unpack"]

CENTRES = 16
MOST_PARTS = 8_000
GREATEST = 60_000  # of a sum of rounded entries; the roundings of so many parts leave it below 2**16


@kernel(fastmath=ANY_ORDER)
def rate_leaves(query, centroids, promise, weight, products, rates):
    """Write to `products` (float32, (L,)) those of the query with the centroids, and to `rates` the same with
    `weight` times the promise of each."""
    leaves = centroids.shape[0]
    for leaf in range(0, leaves - leaves % 4, 4):  # four sums at once, none of which waits for another
        a, b, c, d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for j in range(query.size):
            a += query[j] * centroids[leaf, j]
            b += query[j] * centroids[leaf + 1, j]
            c += query[j] * centroids[leaf + 2, j]
            d += query[j] * centroids[leaf + 3, j]
        products[leaf], products[leaf + 1], products[leaf + 2], products[leaf + 3] = a, b, c, d
    for leaf in range(leaves - leaves % 4, leaves):
        total = np.float32(0)
        for j in range(query.size):
            total += query[j] * centroids[leaf, j]
        products[leaf] = total
    for leaf in range(centroids.shape[0]):
        rates[leaf] = products[leaf] + weight * promise[leaf]


@kernel
def keep_greatest(keys, found, held, kept, numbers):
    """Leave of the `held` candidates (keys, found), more than `kept`, the `kept` of the highest keys, in the
    order they have; of equal keys the first.

    The bits of floats, as whole numbers, rise with them (where the negative ones are turned over), and the
    number that so many are not below is found bit by bit. Each step is a count that vector instructions make:
    for a hundred candidates all steps together take as long as a heap takes to exchange five.

    `numbers`: int32, as long as `keys`, scratch. Returns the lowest key that is left.
    """
    bits = keys.view(np.int32)
    for c in range(held):
        numbers[c] = bits[c] ^ ((bits[c] >> 31) & 0x7FFFFFFF)
    low = np.int64(-(2**31))
    for bit in range(31, -1, -1):
        middle = np.int32(low + (1 << bit))
        above = np.int32(0)
        for c in range(held):
            above += numbers[c] >= middle
        if above >= kept:
            low = np.int64(middle)
            if above == kept:
                break
    least, equal = np.int32(low), kept
    for c in range(held):
        equal -= numbers[c] > least
    place = 0
    bound = np.float32(np.inf)
    for c in range(held):
        key, row, number = keys[c], found[c], numbers[c]
        tie = number == least and equal > 0
        equal -= tie
        if place < kept:
            keys[place], found[place] = key, row
        if number > least or tie:
            bound = min(bound, key)
            place += 1
    return bound


@kernel
def best_leaves(rates, chosen, keys, which, numbers):
    """Write to `chosen` (int64, (p,), p at most L) the leaves of the highest rates, the best first; -1 for a
    rate that is not a number. Scratch, of length L: keys float32, which int64, numbers int32."""
    leaves, probed = rates.size, chosen.size
    for leaf in range(leaves):
        keys[leaf] = rates[leaf] if rates[leaf] == rates[leaf] else -np.inf
        which[leaf] = leaf
    if leaves > probed:
        keep_greatest(keys, which, leaves, probed, numbers)
    order = np.argsort(-keys[:probed], kind="mergesort")
    for c in range(probed):
        chosen[c] = which[order[c]] if keys[order[c]] > -np.inf else -1


@kernel
def make_tables(query, centres, exact, tables):
    """The products of the parts of a query with their centres, rounded to bytes.

    Writes: exact: float32, (M, 16), scratch; tables: uint8, (M / 2, 2, 16).
    Returns (base, step): a sum S of entries stands for base + step · S.
    """
    parts, size, _ = centres.shape
    base, widest, together = 0.0, 0.0, 0.0
    for m in range(parts):
        for k in range(CENTRES):
            exact[m, k] = 0
        for j in range(size):
            x = query[m * size + j]
            for k in range(CENTRES):
                exact[m, k] += x * centres[m, j, k]
        low, high = exact[m, 0], exact[m, 0]
        for k in range(1, CENTRES):
            low, high = min(low, exact[m, k]), max(high, exact[m, k])
        base += low
        widest = max(widest, np.float64(high) - low)
        together += np.float64(high) - low
        for k in range(CENTRES):
            exact[m, k] -= low
    step = max(widest / 255.0, together / GREATEST)
    inverse = np.float32(1.0 / step if step > 0 else 0.0)
    for m in range(parts):
        for k in range(CENTRES):
            tables[m >> 1, m & 1, k] = np.uint8(min(255.0, exact[m, k] * inverse + 0.5))
    return base, step


@kernel
def scan_block(sums, block, filled, rows, shift, step, half, allowed, bound, keys, places, held):
    """Put the places (64 · block + r) of the rows of a block, whose sums are known, after the `held`
    candidates (keys, places) if their keys are above the bound.

    There is room for 64; the first `filled` places of the block, at least 1, hold rows. Whose they are is
    asked only for a filter: rows are far from codes in memory. Returns how many are held then.
    """
    if half.shape[0]:
        waiting = keys_above(sums, half, block, np.float32(step), np.float32(bound - shift))
    else:
        least = (bound - shift) / step if step > 0 else -np.inf
        if least > 65_535.0:
            return held
        waiting = sums_from(sums, np.uint16(least) if least > 0 else np.uint16(0))
    waiting &= np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(BLOCK - filled)
    while waiting:
        r = lowest_bit(waiting)
        waiting &= waiting - np.uint64(1)
        if allowed.size and not allowed[rows[block, r]]:
            continue
        key = np.float32(shift + step * sums[r])
        if half.shape[0]:
            key -= half[block, r]
        if key > bound:
            keys[held], places[held] = key, block * BLOCK + r
            held += 1
    return held


@kernel
def search_leaves(
    queries,
    centroids,
    promise,
    centres,
    blocks,
    rows,
    order,
    first,
    counts,
    half,
    allowed,
    probed,
    keys,
    found,
):
    """The rows with the highest keys in the leaves that promise most.

    Reads: queries: float32, (m, w); allowed: bool, (n,), or length 0 where all rows are; probed: how many
        leaves are looked into; the rest as above.

    Writes: keys: float32, (m, k), q·x̂ (less half), and found: int64, (m, k), rows, -1 for none; in no order.
    """
    leaves, parts = centroids.shape[0], centres.shape[0]
    products, rates = np.empty(leaves, np.float32), np.empty(leaves, np.float32)
    chosen = np.empty(probed, np.int64)
    exact, tables = np.empty((parts, CENTRES), np.float32), np.empty((parts // 2, 2, CENTRES), np.uint8)
    sums = np.empty(BLOCK, np.uint16)
    kept = keys.shape[1]
    room = kept + max(kept, 2 * BLOCK)
    many = max(room, leaves)
    near, places, numbers = np.empty(many, np.float32), np.empty(many, np.int64), np.empty(many, np.int32)
    for i in range(queries.shape[0]):
        weight = np.float32(1)
        if half.size == 0:
            squares = 0.0
            for x in queries[i]:
                squares += np.float64(x) * x
            weight = np.float32(np.sqrt(squares))
        rate_leaves(queries[i], centroids, promise, weight, products, rates)
        best_leaves(rates, chosen, near, places, numbers)
        base, step = make_tables(queries[i], centres, exact, tables)
        held, bound = 0, np.float32(-np.inf)
        for leaf in chosen:
            if leaf < 0:  # a rate that is not a number
                continue
            shift, left = base + products[leaf], counts[leaf]
            for place in range(first[leaf], first[leaf + 1]):
                block = order[place]
                if held + BLOCK > room:
                    bound = keep_greatest(near, places, held, kept, numbers)
                    held = kept
                add_up(blocks, block, tables, parts // 2, sums)
                filled = min(left, BLOCK)
                held = scan_block(
                    sums, block, filled, rows, shift, step, half, allowed, bound, near, places, held
                )
                left -= filled
        if held > kept:
            keep_greatest(near, places, held, kept, numbers)
            held = kept
        for c in range(held):
            keys[i, c], found[i, c] = near[c], rows[places[c] // BLOCK, places[c] % BLOCK]
        keys[i, held:], found[i, held:] = -np.inf, -1


@kernel
def pack(codes, halves, row, block, place, blocks, rows, half):
    """Put codes into their places.

    Reads: codes: uint8, (n, M / 2), of part 2p in the low four bits of byte p. halves: float32, (n,), or
        length 0 where there is no half. row: int32, (n,), block: int32, (n,) and place: int32, (n,): the
        number of each row and where it goes.
    Changes: blocks, rows, half.
    """
    for i in range(codes.shape[0]):
        rows[block[i], place[i]] = row[i]
        for p in range(codes.shape[1]):
            blocks[block[i], p, place[i]] = codes[i, p]
        if halves.size:
            half[block[i], place[i]] = halves[i]


@kernel
def unpack(blocks, rows, leaf_of_block, codes, leaves):
    """Write the codes (n, M / 2) and the leaf (int32, (n,)) of every row."""
    for block in range(blocks.shape[0]):
        for r in range(BLOCK):
            row = rows[block, r]
            if row < 0:
                continue
            leaves[row] = leaf_of_block[block]
            for p in range(blocks.shape[1]):
                codes[row, p] = blocks[block, p, r]


@kernel
def half_squares(codes, leaves, centroids, centres, out):
    """Write to `out` (float32, (n,)) half the square of the length of each row that is kept: |x̂|² / 2.

    Reads: codes: uint8, (n, M / 2), packed as above; leaves: int32, (n,).
    """
    parts, size, _ = centres.shape
    for i in range(codes.shape[0]):
        total = 0.0
        for m in range(parts):
            k = (codes[i, m >> 1] >> (4 * (m & 1))) & 15
            for j in range(size):
                x = np.float64(centroids[leaves[i], m * size + j]) + centres[m, j, k]
                total += x * x
        out[i] = total / 2
