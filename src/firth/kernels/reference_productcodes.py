"""The kernels of `productcodes` again in plain NumPy, where they are easiest to check."""

from __future__ import annotations

import numpy as np

__all__ = ["add_rows", "nearest_parts", "pack", "sum_few", "sum_many", "unpack"]


def nearest_parts(rows, centroids, halves, bounds, first, last, codes):
    for part in range(first, last):
        own = slice(bounds[part], bounds[part + 1])
        codes[:, part] = (rows[:, own] @ centroids[own] - halves[part]).argmax(axis=1)


def add_rows(rows, codes, bounds, first, last, sums, counts):
    for part in range(first, last):
        own = slice(bounds[part], bounds[part + 1])
        np.add.at(sums[:, own], codes[:, part], rows[:, own])
        np.add.at(counts[part], codes[:, part], 1)


def pack(codes, bits, packed):
    n, parts = codes.shape
    ones = (codes[:, :, None] >> np.arange(bits, dtype=np.uint8)) & 1
    packed[:] = np.packbits(ones.reshape(n, parts * bits), axis=1, bitorder="little")


def unpack(packed, bits, codes):
    n, parts = codes.shape
    ones = np.unpackbits(packed, axis=1, count=parts * bits, bitorder="little").reshape(n, parts, bits)
    codes[:] = ones @ (1 << np.arange(bits))


def sum_few(tables, codes, sums):
    sums[:] = 0
    for part in range(codes.shape[1]):
        sums += tables[:, part, codes[:, part]]


def sum_many(tables, codes, sums):
    sums[:] = 0
    for part in range(codes.shape[1]):
        sums += tables[part, codes[:, part]]
