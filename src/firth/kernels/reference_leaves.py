"""What the kernels of `leaves`, `lookup` and `lanemasks` compute, in plain NumPy, with the same arguments."""

from __future__ import annotations

import numpy as np

__all__ = ["add_up", "bits_of", "keys_above", "search_leaves", "sums_from"]


def add_up(codes, block, tables):
    """The sum of the table entries that each row of a block names: int64, (64,)."""
    pairs = np.arange(tables.shape[0])[:, None]
    chosen = tables[pairs, 0, codes[block] & 15].astype(np.int64) + tables[pairs, 1, codes[block] >> 4]
    return chosen.sum(axis=0)


def bits_of(chosen):
    """64 bools as the bits of a number, the first the lowest."""
    return int(sum(1 << r for r in np.flatnonzero(chosen).tolist()))


def sums_from(sums, bound):
    """The rows whose sum is at least the bound."""
    return bits_of(sums >= bound)


def keys_above(sums, less, block, step, least):
    """The rows for which step · sum - less is above `least`, all in float32."""
    return bits_of(sums.astype(np.float32) * step - less[block] > least)


def make_tables(query, centres):
    """The products of the parts of a query with their centres, rounded to bytes; base and step."""
    parts, size, _ = centres.shape
    exact = np.zeros((parts, 16), np.float32)
    for j in range(size):
        exact += query[j::size, None] * centres[:, j]
    low = exact.min(axis=1)
    spans = exact.max(axis=1).astype(np.float64) - low
    step = max(spans.max() / 255, spans.sum() / 60_000)
    inverse = np.float32(1 / step if step > 0 else 0)
    entries = np.minimum(255, (exact - low[:, None]) * inverse + np.float32(0.5)).astype(np.uint8)
    return low.astype(np.float64).sum(), step, entries.reshape(parts // 2, 2, 16)


def search_leaves(
    queries, centroids, promise, centres, blocks, rows, order, first, counts, half, allowed, probed, k
):
    """The k highest keys of each query, falling: float32, (m, k), -inf where there are fewer."""
    del counts  # -1 says the same of the places without rows
    keys = np.full((len(queries), k), -np.inf, np.float32)
    for i, query in enumerate(queries):
        products = centroids @ query
        weight = 1 if half.size else np.linalg.norm(query)
        base, step, tables = make_tables(query, centres)
        found = []
        for leaf in np.argsort(-(products + weight * promise), kind="stable")[:probed]:
            for block in order[first[leaf] : first[leaf + 1]]:
                sums = add_up(blocks, block, tables)
                there = rows[block] >= 0
                if allowed.size:
                    there &= allowed[rows[block]]
                values = base + products[leaf] + step * sums[there]
                found.append(values - half[block][there] if half.size else values)
        best = np.sort(np.concatenate([[], *found]))[::-1][:k]
        keys[i, : len(best)] = best
    return keys
