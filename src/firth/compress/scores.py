"""Lengths, cosines and distances as all codecs take them: right for long rows and short, near and far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Bytes, Floats, Scorer
from firth.kernels.topk import SHORTEST, squared_norms
from firth.neighbours import unit_rows

__all__ = [
    "distances",
    "float_scorer",
    "inverse",
    "lengths_of",
    "mean_square",
    "minus_root",
    "power_of",
    "powers_of",
    "scaled",
    "single",
    "squares_of",
]

Doubles: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = Callable[[Bytes], Floats]
"""Codes (b, width) to the rows (b, d), float32, that they stand for."""

_NEAR = 1e-3
"""Of |q|² + |x|²: squared distances below lose digits where they are differences of products in float32."""

_EXPONENT = 120  # of two; inverses are normal float32
_MODERATE = 2.0**40  # products of numbers up to here, and from its inverse on, are as good in float32
_FAINT = 2.0**-80  # of the largest |q|² + |x|²: there float32 products may have vanished


def squares_of(rows: NDArray[Any]) -> Doubles:
    """The squared length of each row (n, d), float64, (n,): no float32 is too long or too short for it."""
    squares = np.empty(len(rows), np.float64)
    squared_norms(np.ascontiguousarray(rows, np.float32), squares)
    return squares


def lengths_of(rows: Floats) -> Doubles:
    """The length of each row (n, d), float64, (n,)."""
    return np.asarray(np.sqrt(squares_of(rows)))


def mean_square(rows: Floats) -> float:
    """The mean squared length of rows."""
    return float(squares_of(rows).mean())


def inverse(lengths: NDArray[Any]) -> Floats:
    """1 / length, float32, and 0 for a row of zeros, whose cosine with anything is 0."""
    found = np.zeros(lengths.shape, np.float32)
    np.divide(1.0, lengths, out=found, where=lengths >= SHORTEST, casting="same_kind")
    return found


def minus_root(squares: NDArray[Any]) -> Floats:
    """Minus the root, float32, of squared distances; of those that rounding made negative, -0.

    What is not finite stays so: a distance that no number holds must not look like none.
    """
    if squares.size and not squares.min() > -np.inf:
        squares = np.where(np.isfinite(squares), squares, np.inf)
    return np.asarray(-np.sqrt(np.maximum(squares, 0.0)), np.float32)


def single(scores: NDArray[Any]) -> Floats:
    """Scores as float32; infinite where they are beyond it, which `Codes.search` refuses in words."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(scores, np.float32)


def power_of(largest: float) -> float:
    """The power of two above a size that is not negative; 1 for 0 and for what is not finite.

    Division by it rounds nothing, and squares of what is left neither overflow nor vanish.
    """
    exponent = int(np.frexp(largest)[1]) if 0 < largest < np.inf else 0
    return 2.0 ** max(-_EXPONENT, min(_EXPONENT, exponent))


def powers_of(rows: NDArray[Any]) -> Doubles:
    """For each row (n, d) the power of two above its largest number, float64, (n, 1); 1 for rows of zeros."""
    largest = np.abs(rows).max(axis=1, initial=0.0, keepdims=True).astype(np.float64)
    largest[~((largest > 0) & (largest < np.inf))] = 0.5
    return np.asarray(np.ldexp(1.0, np.frexp(largest)[1]))


def scaled(weights: NDArray[Any]) -> tuple[Floats, Doubles]:
    """Weights (m, d) as float32 whose products with numbers of moderate size stay within float32.

    Returns:
        The weights, float32, (m, d), and what their products are to be multiplied with, float64, (m, 1):
        powers of two, 1 for all rows that are of moderate size themselves.
    """
    powers = powers_of(weights)
    powers[(powers > 1 / _MODERATE) & (powers < _MODERATE)] = 1.0
    return np.ascontiguousarray(weights / powers, np.float32), powers


def float_scorer(queries: Floats, metric: str, rows: Rows) -> Scorer:
    """The scores of float32 rows that codes stand for.

    Args:
        queries: float32, (m, d). metric: "cosine", "dot" or "euclidean".
        rows: decodes a block of codes.
    """
    if metric == "euclidean":
        return _distances(queries, rows)
    left = unit_rows(queries) if metric == "cosine" else queries

    def products(codes: Bytes) -> Floats:
        right = unit_rows(rows(codes)) if metric == "cosine" else rows(codes)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(left @ right.T)

    return products


def _distances(queries: Floats, rows: Rows) -> Scorer:
    """|q - x|² = |q|² + |x|² - 2 q·x, both less the mean of the queries, in powers of two.

    Far from the origin the terms would be large and the distance small: float32 products have no digits for
    it. The distances of a single query are plain differences.
    """
    if len(queries) == 1:
        return lambda codes: minus_root(_squares_away(rows(codes), queries[0])[None])
    centre = queries.mean(axis=0, dtype=np.float64) if len(queries) else np.zeros(queries.shape[1])
    middle = centre.astype(np.float32)
    with np.errstate(over="ignore"):
        left = queries - middle
    own = squares_of(left)

    def scores(codes: Bytes) -> Floats:
        right = rows(codes)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = right - middle
            others = squares_of(moved)
            unit = power_of(float(np.sqrt(max(own.max(initial=0.0), others.max(initial=0.0)))))
            if 1 / _MODERATE < unit < _MODERATE:
                unit, products = 1.0, left @ moved.T
            else:
                small = np.float32(1 / unit)
                products = (left * small) @ (moved * small).T
        factors = np.full(len(left), 2.0 * unit * unit)
        return distances(products, factors, own, others, queries=queries, rows=lambda some: right[some])

    return scores


def distances(
    products: Floats,
    factors: Doubles,
    own: Doubles,
    others: Doubles,
    *,
    queries: Floats,
    rows: Callable[[NDArray[np.int64]], Floats],
    means: tuple[Doubles, Doubles] | None = None,
) -> Floats:
    """-|q - x| from |q|² + |x|² - 2 q·x; from differences where that has lost its digits.

    These are few: near rows, above all a row that is its own query.

    Args:
        products: float32, (m, b), which times `factors`, (m,), are 2 q·x.
        own: |q|², (m,). others: |x|², (b,); both from whatever point the products are taken from.
        queries: float32, (m, d), as they were given.
        rows: the decoded rows (c, d) of these of the b.
        means: those of queries (m,) and rows (b,), where q and x are what differs from them.

    Returns:
        float32, (m, b); NaN where a term is not finite.
    """
    from firth.kernels.distances import minus_distances

    shape, (many, dim) = products.shape, queries.shape
    scores, counts = np.empty(shape, np.float32), np.empty(many, np.int64)
    middle, centres = means or (np.zeros(many), np.zeros(shape[1]))
    weight = float(dim) if means else 0.0
    largest = own.max(initial=0.0) + others.max(initial=0.0)
    faint = float(_FAINT * largest) if largest < np.inf else 0.0
    minus_distances(products, factors, own, others, middle, centres, weight, _NEAR, faint, scores, counts)
    for query in np.flatnonzero(counts):
        both = own[query] + others
        with np.errstate(over="ignore", invalid="ignore"):
            near = np.square(scores[query], dtype=np.float64) < _NEAR * both
        near = np.flatnonzero(near | (both < faint))
        scores[query, near] = minus_root(_squares_away(rows(near), queries[query]))
    return scores


def _squares_away(rows: Floats, query: Floats) -> Doubles:
    from firth.kernels.distances import squares_away

    squares = np.empty(len(rows), np.float64)
    squares_away(np.ascontiguousarray(rows), np.ascontiguousarray(query), squares)
    return squares
