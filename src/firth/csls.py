"""Neighbours between two spaces by CSLS, which holds it against a row that it is near to everything.

In spaces of many dimensions some rows, the hubs, are among the nearest of very many others. Cross-domain
similarity local scaling (Conneau, Lample, Ranzato, Denoyer and Jégou 2018, "Word Translation without Parallel
Data", ICLR, section 2.3) takes from the similarity of x and y how crowded it is around both:

    CSLS(x, y) = 2 cos(x, y) - r(x) - r(y)

where r(x) is the mean cosine of x with the k rows of the other space that are nearest to it.

Both passes multiply the rows in blocks, one to find r for both sides and one to search, so that two spaces of
100,000 rows need two copies of unit rows and some 20 MB beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.hits import Hits
from firth.kernels.csls import keep_greatest
from firth.kernels.topk import COSINE, exact_scores, keep_best
from firth.neighbours import unit_rows
from firth.options import check_whole

if TYPE_CHECKING:
    from firth.vectors import Vectors

__all__ = ["blocks_of_products", "crowding", "csls_neighbours", "greatest_cosines", "mean_of_found"]

BLOCK = 256  # rows of a block of products
PRODUCTS = 1 << 20  # values of one: 4 MB, which stay in the caches of a current processor
SPARE = 8  # more answers than asked for are scored again exactly, since the first scores are rounded
MOST = 1_000

Floats = NDArray[np.float32]


def csls_neighbours(
    queries: Vectors | NDArray[Any],
    vectors: Vectors,
    *,
    sources: Vectors | NDArray[Any] | None = None,
    k: int = 10,
    topn: int = 10,
    sample: int | None = None,
    seed: int = 1,
) -> Hits:
    """The rows of another space that are nearest to each query by CSLS, exact, best first.

    >>> from firth import Vectors
    >>> rows = np.random.default_rng(0).standard_normal((50, 8))
    >>> words = Vectors([f"w{i}" for i in range(50)], rows)
    >>> csls_neighbours(rows[:2] + 0.1, words, sources=rows, topn=1).ids
    [['w0'], ['w1']]

    Args:
        queries: vectors or float (m, d), mapped into the space of `vectors`.
        vectors: where to search; the metric is the cosine, whatever theirs is. Rows that are not finite are
            no answer.
        sources: all rows of the space that the queries come from, likewise mapped: a row of `vectors` is
            crowded if k of them are near to it. The queries themselves if None, which is right only where
            they are the whole space, or a fair part of it.
        k: how many nearest rows r is the mean of; all where there are fewer.
        topn: how many answers a query at most.
        sample: find r among so many rows of the other side, drawn evenly, instead of all of them; it comes
            out a little lower for all rows alike, and memory and time of the first pass fall in proportion.
        seed: of the sample.

    Returns:
        Hits of m queries, (m, min(topn, len(vectors))); the scores are CSLS, from -4 to 4, equal ones in the
        order of rows.

    Raises:
        DataError: there is no query, the dims differ, or a query is not finite.
        OptionError: an option is outside its range.
    """
    check_whole("topn", topn, 1, 2**31 - 1)
    asked = _rows_of(queries, vectors.dim, "the queries")
    bad = ~np.isfinite(asked).all(axis=1)
    if bad.any():
        raise DataError(f"query {int(np.argmax(bad))} has a value that is not a finite number")
    left, right = unit_rows(asked), unit_rows(vectors.matrix)
    if sources is None:
        all_left = left
    else:
        all_left = unit_rows(_rows_of(sources, vectors.dim, "the sources"))
    if sample is None:
        of_queries, of_rows = crowding(left, right, k=k)
        if sources is not None:
            of_rows = crowding(all_left, right, k=k)[1]
    else:
        of_queries = crowding(left, _drawn(right, sample, seed), k=k)[0]
        of_rows = crowding(_drawn(all_left, sample, seed), right, k=k)[1]
    rows, scores = _nearest(left, right, of_queries, of_rows, min(topn, len(vectors)))
    return Hits(rows, scores, vectors.ids)


def crowding(a: Floats, b: Floats, *, k: int) -> tuple[Floats, Floats]:
    """How crowded it is around each row of two spaces: the mean cosine with the k nearest of the other one.

    Args:
        a, b: float32, (m, d) and (n, d), of length 1; rows that are not finite are nobody's neighbour.
        k: how many are near; all where there are fewer.

    Returns:
        float32, (m,) and (n,); NaN for a row that is not finite.
    """
    of_a, of_b = greatest_cosines(a, b, k=k)
    return mean_of_found(of_a), mean_of_found(of_b)


def greatest_cosines(a: Floats, b: Floats, *, k: int) -> tuple[Floats, Floats]:
    """The k greatest cosines of each row of two spaces with the rows of the other one, in no order.

    Args:
        a, b, k: as in `crowding`.

    Returns:
        float32, (m, min(k, n)) and (n, min(k, m)); -inf where there are fewer.
    """
    k = check_whole("k", k, 1, MOST)
    of_a = np.full((len(a), min(k, len(b))), -np.inf, np.float32)
    of_b = np.full((len(b), min(k, len(a))), -np.inf, np.float32)
    for rows, columns, products in blocks_of_products(a, b):
        keep_greatest(products, of_a[rows], of_b[columns])
    return of_a, of_b


def mean_of_found(greatest: Floats) -> Floats:
    """The mean of what was found for each row (m, k), float32, (m,); NaN for a row without any."""
    there = greatest > -np.inf
    sums = np.where(there, greatest, 0).sum(axis=1, dtype=np.float64)
    counts = there.sum(axis=1)
    means = np.divide(sums, counts, out=np.full(len(greatest), np.nan), where=counts > 0)
    return np.asarray(means, np.float32)


def blocks_of_products(a: Floats, b: Floats) -> Any:
    """The products of the rows of a (m, d) and b (n, d), block by block, in rising order of both.

    Yields:
        The slices of rows and of columns, and the products: float32, in memory that the next block takes.
    """
    held = np.empty(PRODUCTS, np.float32)
    for start in range(0, len(a), BLOCK):
        rows = slice(start, min(start + BLOCK, len(a)))
        left = a[rows]
        step = PRODUCTS // len(left)
        for first in range(0, len(b), step):
            columns = slice(first, min(first + step, len(b)))
            right = b[columns]
            products = held[: len(left) * len(right)].reshape(len(left), len(right))
            with np.errstate(invalid="ignore"):  # of rows that are not finite
                np.matmul(left, right.T, out=products)
            yield rows, columns, products


def _nearest(
    left: Floats, right: Floats, of_left: Floats, of_right: Floats, k: int
) -> tuple[NDArray[np.int64], Floats]:
    """The k best rows of each query by CSLS, int64 (m, k), with their scores, float32."""
    kept = min(k + SPARE, len(right))
    keys = np.full((len(left), kept), -np.inf, np.float32)
    found = np.full((len(left), kept), -1, np.int64)
    none = np.empty((len(left), 0), np.int64)
    twice = np.full(len(right), 2, np.float32)
    for rows, columns, products in blocks_of_products(left, right):
        shift = -of_right[columns]
        keep_best(products, twice[columns], shift, columns.start, none[rows], keys[rows], found[rows])
    cosines = np.empty(found.shape, np.float64)
    exact_scores(left, right, found, COSINE, cosines)
    scores = (2 * cosines - of_left[:, None] - of_right[found]).astype(np.float32)
    scores[found < 0] = -np.inf
    order = np.lexsort((np.where(found < 0, len(right), found), -scores))[:, :k]
    return np.take_along_axis(found, order, 1), np.take_along_axis(scores, order, 1)


def _drawn(rows: Floats, sample: int, seed: int) -> Floats:
    """So many rows, drawn evenly without replacement; all if there are no more."""
    size = check_whole("sample", sample, 1, 2**31 - 1)
    if size >= len(rows):
        return rows
    drawn = np.random.default_rng(seed).choice(len(rows), size, replace=False)
    return rows[np.sort(drawn)]


def _rows_of(given: Any, dim: int, what: str) -> Floats:
    """The matrix of vectors, or an array of rows, as float32, C-contiguous. Raises DataError."""
    rows = np.ascontiguousarray(getattr(given, "matrix", given), dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim or not len(rows):
        raise DataError(f"{what} are of shape {rows.shape}; rows of dim {dim} are needed, at least one")
    return rows
