"""Neighbours between two spaces by CSLS, which holds it against a row that it is near to everything.

In spaces of many dimensions some rows, the hubs, are among the nearest of very many others. Cross-domain
similarity local scaling (Conneau, Lample, Ranzato, Denoyer and Jégou 2018, "Word Translation without Parallel
Data", ICLR, section 2.3) takes from the similarity of x and y how crowded it is around both:

    CSLS(x, y) = 2 cos(x, y) - r(x) - r(y)

where r(x) is the mean cosine of x with the k rows of the other space that are nearest to it.

Two passes multiply the rows in blocks, one to find r for both sides and one to search, so that two spaces of
100,000 rows need a copy of unit rows each, and some 10 MB beside them. The threads share the blocks; how many
there are changes no bit of the result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.hits import Hits
from firth.kernels.csls import LANES, keep_greatest, multiply, place
from firth.kernels.topk import COSINE, exact_scores, keep_best
from firth.neighbours import directions
from firth.options import check_whole
from firth.run import Run

if TYPE_CHECKING:
    from firth.vectors import Vectors

__all__ = [
    "best_rows",
    "crowding",
    "csls_neighbours",
    "each_block",
    "greatest_cosines",
    "mean_of_found",
    "threads_for",
]

ROWS, COLUMNS = 1024, 256  # of a block of products: 1 MB, which stays in the second-level cache of a core
SPARE = 8  # more answers than asked for are scored again exactly, since the first scores are rounded
MOST = 1_000

Floats = NDArray[np.float32]
Look: TypeAlias = Callable[[int, slice, slice, Floats], None]


def csls_neighbours(
    queries: Vectors | NDArray[Any],
    vectors: Vectors,
    *,
    sources: Vectors | NDArray[Any] | None = None,
    k: int = 10,
    topn: int = 10,
    sample: int | None = None,
    seed: int = 1,
    threads: int | None = None,
) -> Hits:
    """The rows of another space that are nearest to each query by CSLS, exact, best first.

    >>> from firth import Vectors
    >>> rows = np.random.default_rng(0).standard_normal((50, 8))
    >>> words = Vectors([f"w{i}" for i in range(50)], rows)
    >>> csls_neighbours(rows[:2] + 0.1, words, sources=rows, topn=1).ids
    [['w0'], ['w1']]

    Args:
        queries: vectors or float (m, d), mapped into the space of `vectors`.
        vectors: where to search; the metric is the cosine, whatever theirs is. Rows that are not
            finite, or zero, have no direction and are no answer; a query without one has none.
        sources: all rows of the space that the queries come from, likewise mapped: a row of `vectors` is
            crowded if k of them are near to it. The queries themselves if None, which is right only where
            they are the whole space, or a fair part of it.
        k: how many nearest rows r is the mean of; all where there are fewer.
        topn: how many answers a query at most.
        sample: find r among so many rows of the other side, drawn evenly, instead of all of them; it comes
            out a little lower for all rows alike, and memory and time of the first pass fall in proportion.
        seed: of the sample.
        threads: how many work; None takes every core.

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
    left, right = directions(asked), directions(vectors.matrix)
    if sources is None:
        all_left = left
    else:
        all_left = directions(_rows_of(sources, vectors.dim, "the sources"))
    if sample is None:
        of_queries, of_rows = crowding(left, right, k=k, threads=threads)
        if sources is not None:
            of_rows = crowding(all_left, right, k=k, threads=threads)[1]
    else:
        of_queries = crowding(left, _drawn(right, sample, seed), k=k, threads=threads)[0]
        of_rows = crowding(_drawn(all_left, sample, seed), right, k=k, threads=threads)[1]
    rows, scores = _nearest(left, right, of_queries, of_rows, min(topn, len(vectors)), threads)
    return Hits(rows, scores, vectors.ids)


def crowding(a: Floats, b: Floats, *, k: int, threads: int | None = None) -> tuple[Floats, Floats]:
    """How crowded it is around each row of two spaces: the mean cosine with the k nearest of the other one.

    Args:
        a, b: float32, (m, d) and (n, d), of length 1; rows that are not finite are nobody's neighbour.
        k: how many are near; all where there are fewer.
        threads: how many work; None takes every core.

    Returns:
        float32, (m,) and (n,); NaN for a row that is not finite.
    """
    of_a, of_b = greatest_cosines(a, b, k=k, threads=threads)
    return mean_of_found(of_a), mean_of_found(of_b)


def greatest_cosines(a: Floats, b: Floats, *, k: int, threads: int | None = None) -> tuple[Floats, Floats]:
    """The k greatest cosines of each row of two spaces with the rows of the other one, rising.

    Args:
        a, b, k, threads: as in `crowding`.

    Returns:
        float32, (m, min(k, n)) and (n, min(k, m)); -inf where there are fewer.
    """
    k, count = check_whole("k", k, 1, MOST), threads_for(len(a), threads)
    of_a = np.full((len(a), min(k, len(b))), -np.inf, np.float32)
    of_b = np.full((count, len(b), min(k, len(a))), -np.inf, np.float32)

    def look(thread: int, rows: slice, columns: slice, products: Floats) -> None:
        keep_greatest(products, of_a[rows], of_b[thread, columns])

    each_block(a, b, look, threads=count)
    of_a.sort(axis=1)
    return of_a, _greatest_of_all(of_b)


def _greatest_of_all(of_threads: Floats) -> Floats:
    """The k greatest of what several threads kept for each row (t, n, k), rising, (n, k)."""
    t, n, k = of_threads.shape
    kept = np.sort(of_threads.transpose(1, 0, 2).reshape(n, t * k), axis=1)
    return np.ascontiguousarray(kept[:, t * k - k :])


def mean_of_found(greatest: Floats) -> Floats:
    """The mean of what was found for each row (m, k), float32, (m,); NaN for a row without any."""
    there = greatest > -np.inf
    sums = np.where(there, greatest, 0).sum(axis=1, dtype=np.float64)
    counts = there.sum(axis=1)
    means = np.divide(sums, counts, out=np.full(len(greatest), np.nan), where=counts > 0)
    return np.asarray(means, np.float32)


def threads_for(m: int, threads: int | None = None) -> int:
    """How many threads have something to do with m rows: at most so many, or one for every core."""
    if threads is None:
        threads = Run().worker_count
    return max(1, min(check_whole("threads", threads, 1, 1_024), -(-m // ROWS)))


def each_block(a: Floats, b: Floats, look: Look, *, threads: int) -> None:
    """Multiply the rows of a (m, d) with those of b (n, d) and look at the products, block by block.

    The threads take the next rows of `a` in turn, and go through all of b with them. What is kept for a row
    is therefore written by one thread alone; what is kept for a column needs a place for each thread.

    Args:
        a, b: float32, C-contiguous.
        look: called with the number of the thread, the slices of rows and of columns, and the products,
            float32, C-contiguous, in memory that the next block takes.
        threads: how many, see `threads_for`.
    """
    waiting = deque(range(0, len(a), ROWS))

    def work(thread: int) -> None:
        scratch = np.empty((ROWS + COLUMNS) * a.shape[1] + ROWS * COLUMNS, np.float32)
        while True:
            try:
                start = waiting.popleft()
            except IndexError:
                return
            rows = slice(start, min(start + ROWS, len(a)))
            place(a[rows], scratch)
            for first in range(0, len(b), COLUMNS):
                columns = slice(first, min(first + COLUMNS, len(b)))
                look(thread, rows, columns, _products(rows.stop - start, b[columns], scratch))

    with ThreadPoolExecutor(threads) as pool:
        try:
            for done in [pool.submit(work, thread) for thread in range(threads)]:
                done.result()
        finally:
            waiting.clear()  # after Ctrl-C or an error the threads end with the rows they are at


def _products(m: int, b: Floats, scratch: Floats) -> Floats:
    """The products of m rows that were placed in the scratch with rows b (c, d), float32, (m, c)."""
    height, width = -(-m // 4) * 4, -(-len(b) // LANES) * LANES
    multiply(height, b, scratch)
    start = (height + width) * b.shape[1]
    products = scratch[start : start + height * width].reshape(height, width)
    return np.ascontiguousarray(products[:m, : len(b)])


def best_rows(
    a: Floats, b: Floats, *, k: int, shift: Floats | None = None, threads: int | None = None
) -> NDArray[np.int64]:
    """The k rows of b with the greatest product, plus a shift of their own, with each row of a.

    Args:
        a, b: float32, (m, d) and (n, d), C-contiguous.
        k: how many, 1 to n.
        shift: float32, (n,), what is added to the products of each row of b; nothing if None.
        threads: how many work; None takes every core.

    Returns:
        int64, (m, k), in no order; -1 where there are fewer, as for rows that are not finite.
    """
    keys = np.full((len(a), k), -np.inf, np.float32)
    found = np.full((len(a), k), -1, np.int64)
    none = np.empty((len(a), 0), np.int64)
    once = np.ones(len(b), np.float32)
    added = np.zeros(len(b), np.float32) if shift is None else shift

    def look(_: int, rows: slice, columns: slice, products: Floats) -> None:
        keep_best(products, once[columns], added[columns], columns.start, none[rows], keys[rows], found[rows])

    each_block(a, b, look, threads=threads_for(len(a), threads))
    return found


def _nearest(
    left: Floats, right: Floats, of_left: Floats, of_right: Floats, k: int, threads: int | None
) -> tuple[NDArray[np.int64], Floats]:
    """The k best rows of each query by CSLS, int64 (m, k), with their scores, float32."""
    found = best_rows(
        left,
        right,
        k=min(k + SPARE, len(right)),
        shift=np.asarray(of_right / -2, np.float32),
        threads=threads,
    )
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
