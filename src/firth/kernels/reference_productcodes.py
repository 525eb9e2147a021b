"""The kernels of `productcodes` again in plain NumPy, where they are easiest to check."""

from __future__ import annotations

import numpy as np

__all__ = ["add_rows", "nearest_parts", "pack", "sum_few", "sum_many", "unpack"]


def nearest_parts(rows, centroids, halves, bounds, first, last, codes):
    """The greatest of x·c - |c|²/2 over the centroids of a part, the lower of equal ones."""
    for part in range(first, last):
        own = slice(bounds[part], bounds[part + 1])
        codes[:, part] = (rows[:, own] @ centroids[own] - halves[part]).argmax(axis=1)


def add_rows(rows, codes, bounds, first, last, sums, counts):
    """Sums and counts of the rows of each centroid, part by part."""
    for part in range(first, last):
        own = slice(bounds[part], bounds[part + 1])
        np.add.at(sums[:, own], codes[:, part], rows[:, own])
        np.add.at(counts[part], codes[:, part], 1)


def pack(codes, bits, packed):
    """The lowest `bits` bits of every code, one after the other."""
    n, parts = codes.shape
    ones = (codes[:, :, None] >> np.arange(bits, dtype=np.uint8)) & 1
    packed[:] = np.packbits(ones.reshape(n, parts * bits), axis=1, bitorder="little")


def unpack(packed, bits, codes):
    """The codes whose bits these are."""
    n, parts = codes.shape
    ones = np.unpackbits(packed, axis=1, count=parts * bits, bitorder="little").reshape(n, parts, bits)
    codes[:] = ones @ (1 << np.arange(bits))


def sum_few(tables, codes, sums):
    """The entries that the codes name, of tables (m, parts, k), summed over the parts: (m, n)."""
    sums[:] = 0
    for part in range(codes.shape[1]):
        sums += tables[:, part, codes[:, part]]


def sum_many(tables, codes, sums):
    """As `sum_few` with the queries last: tables (parts, k, m), sums (n, m)."""
    sums[:] = 0
    for part in range(codes.shape[1]):
        sums += tables[part, codes[:, part]]
