"""How levels lie in bytes, and how codes of levels are scored without becoming numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firth.compress.codec import Bytes, Floats, Scorer
from firth.compress.scores import distances, inverse, scaled, single
from firth.neighbours import unit_rows

if TYPE_CHECKING:
    from firth.compress.scalar import ScalarCodec

__all__ = [
    "brain_bits",
    "brain_down",
    "brain_floats",
    "brain_up",
    "level_scorer",
    "pack",
    "packed_width",
    "unpack",
]

_FEW = 4  # queries; for more, BLAS on the levels as floats is faster
_LARGEST = np.uint32(0x7F7F_0000)  # the largest finite float32 whose lower half is 0


def packed_width(dim: int, bits: int) -> int:
    """Bytes of the levels of a row."""
    return dim if bits == 8 else -(-dim // 2)


def pack(levels: Bytes) -> Bytes:
    """Levels (n, d) below 16, two in a byte: byte j holds level j, and above it level j + ceil(d / 2).

    Neighbours in a row stay neighbours in the bytes, so that both ways are a few operations on whole rows.
    """
    half = packed_width(levels.shape[1], 4)
    packed = levels[:, :half].copy()
    packed[:, : levels.shape[1] - half] |= levels[:, half:] << 4
    return packed


def unpack(packed: Bytes, dim: int) -> Bytes:
    """The levels (n, d) of `pack`, read-only."""
    levels = np.empty((len(packed), dim), np.uint8)
    half = packed.shape[1]
    np.bitwise_and(packed, 15, out=levels[:, :half])
    np.right_shift(packed[:, : dim - half], 4, out=levels[:, half:])
    levels.flags.writeable = False
    return levels


# --- float32 in two bytes: the upper half, with all of the exponent and 8 bits that count -----------------


def brain_down(numbers: Floats) -> Floats:
    """The largest number of two bytes that is not above each; at least the smallest there is."""
    bits = np.ascontiguousarray(numbers).view(np.uint32)
    inexact = (bits & 0xFFFF) != 0
    away = np.where(inexact & (bits >> 31 == 1), np.uint32(0x1_0000), np.uint32(0))
    size = np.minimum((bits & 0x7FFF_0000) + away, _LARGEST)
    return np.asarray(((bits & 0x8000_0000) | size).view(np.float32))


def brain_up(numbers: Floats) -> Floats:
    """The smallest number of two bytes that is not below each of these, which are not negative."""
    bits = np.ascontiguousarray(np.maximum(numbers, 0)).view(np.uint32)
    return np.asarray(np.minimum((bits + np.uint32(0xFFFF)) & 0xFFFF_0000, _LARGEST).view(np.float32))


def brain_bits(numbers: Floats) -> Bytes:
    """The two bytes, (n, 2), of numbers (n,) whose lower half is 0; the lower byte first."""
    return (numbers.view(np.uint32) >> 16).astype("<u2")[:, None].view(np.uint8)


def brain_floats(pairs: Bytes) -> Floats:
    """The numbers, float32, (n,), of two bytes each, (n, 2)."""
    halves = np.ascontiguousarray(pairs).view("<u2")[:, 0]
    return (halves.astype(np.uint32) << 16).view(np.float32)


# --- scores -------------------------------------------------------------------------------------------------


def level_scorer(codec: ScalarCodec, queries: Floats, metric: str) -> Scorer:
    """Scores of codes from products of queries with levels.

    With x_j = low_j + step_j · c_j, the product q·x is Σ low_j q_j + Σ (step_j q_j) c_j: the scales go into
    the query once, and the levels are multiplied as they are. The same holds for the scales of a row, which
    stand before the sums.

    Args:
        codec: of either kind of scales.
        queries: float32, (m, d). metric: "cosine", "dot" or "euclidean".
    """
    left = np.ascontiguousarray(unit_rows(queries) if metric == "cosine" else queries, np.float32)
    if metric == "euclidean":
        return _distances_by_row(codec, left) if codec.recipe.per == "row" else _distances(codec, left)
    return _by_row(codec, left, metric) if codec.recipe.per == "row" else _by_column(codec, left, metric)


def _by_column(codec: ScalarCodec, left: Floats, metric: str) -> Scorer:
    from firth.kernels.scalar import squares_by_column

    low, step = codec.low, codec.step
    own = single(left @ low.astype(np.float64))[:, None]
    weights, powers = scaled(left * step.astype(np.float64))

    def scores(codes: Bytes) -> Floats:
        levels, first = codec.levels(codes)
        products = _products(levels, first, weights)
        if (powers != 1).any():
            products = single(products * powers)
        with np.errstate(over="ignore", invalid="ignore"):
            products += own
        if metric == "dot":
            return products
        squares = np.empty(len(codes), np.float64)
        squares_by_column(levels, first, low, step, squares)
        products *= inverse(np.sqrt(squares))
        return products

    return scores


def _distances(codec: ScalarCodec, left: Floats) -> Scorer:
    """Both are moved by low, which keeps the digits of distances that are small beside the lengths."""
    from firth.kernels.scalar import squares_by_column

    moved = left.astype(np.float64) - codec.low
    own = np.einsum("ij,ij->i", moved, moved)
    weights, powers = scaled(moved * codec.step)
    factors = 2.0 * powers[:, 0]
    nowhere = np.zeros_like(codec.low)

    def scores(codes: Bytes) -> Floats:
        levels, first = codec.levels(codes)
        squares = np.empty(len(codes), np.float64)
        squares_by_column(levels, first, nowhere, codec.step, squares)
        products = _products(levels, first, weights)
        return distances(
            products, factors, own, squares, queries=left, rows=lambda some: codec.decode_rows(codes[some])
        )

    return scores


def _by_row(codec: ScalarCodec, left: Floats, metric: str) -> Scorer:
    from firth.kernels.scalar import level_sums

    sums = left.sum(axis=1, dtype=np.float64)[:, None]
    weights, powers = scaled(left)
    factors = single(powers)

    def scores(codes: Bytes) -> Floats:
        low, step = codec.row_ends(codes)
        levels, first = codec.levels(codes)
        products = _products(levels, first, weights)
        with np.errstate(over="ignore", invalid="ignore"):
            products *= factors * step
            products += low * single(sums)
        if metric == "dot":
            return products
        count = np.empty((len(codes), 2), np.int64)
        level_sums(levels, first, count)
        begin, many = low.astype(np.float64), step.astype(np.float64)
        squares = codec.dim * begin**2 + 2 * begin * many * count[:, 0] + many**2 * count[:, 1]
        products *= inverse(np.sqrt(np.maximum(squares, 0.0)))
        return products

    return scores


def _distances_by_row(codec: ScalarCodec, left: Floats) -> Scorer:
    """The distance of the means of query and row, and that of what they differ from their means.

    |q - x|² = d (mean q - mean x)² + |q'|² + |x'|² - 2 q'·x' with q' and x' less their means. What all
    numbers have in common is in the first term, which loses no digits. The numbers of q' add up to 0, so that
    the low of a row falls out of q'·x' = step · q'·c.
    """
    from firth.kernels.scalar import level_sums

    means = left.mean(axis=1, dtype=np.float64)
    moved = left - means[:, None]
    own = np.einsum("ij,ij->i", moved, moved)
    weights, powers = scaled(moved)
    factors = 2.0 * powers[:, 0]

    def scores(codes: Bytes) -> Floats:
        low, step = codec.row_ends(codes)
        levels, first = codec.levels(codes)
        count = np.empty((len(codes), 2), np.int64)
        level_sums(levels, first, count)
        many, mean = step.astype(np.float64), count[:, 0] / codec.dim
        products = _products(levels, first, weights)
        with np.errstate(over="ignore", invalid="ignore"):
            products *= step
        return distances(
            products,
            factors,
            own,
            many**2 * (count[:, 1] - codec.dim * mean**2),
            queries=left,
            rows=lambda some: codec.decode_rows(codes[some]),
            means=(means, low + many * mean),
        )

    return scores


def _products(levels: Bytes, first: int, weights: Floats) -> Floats:
    """Products (m, n) of weights (m, d) with levels."""
    if len(weights) > _FEW:
        return np.asarray(weights @ levels[:, first:].astype(np.float32).T)
    from firth.kernels.scalar import level_products

    products = np.empty((len(weights), len(levels)), np.float32)
    level_products(levels, first, weights, products)
    return products
