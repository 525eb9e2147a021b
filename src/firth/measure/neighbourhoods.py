"""Every row's nearest neighbours within one space, or those of a sample of its rows."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations_with_replacement, cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.measure.points import Points
from firth.options import check_seed, check_whole

__all__ = ["Neighbourhoods", "check_k", "neighbourhoods", "sample_of", "ties_note"]

USUAL = 10  # neighbours, where none is asked for
BLOCK = 2048  # rows of one block of products: 16 MB of float32
SPARE = 4  # candidates beyond k that are scored again in float64, because the first scores are rounded


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbourhoods:
    """The k nearest points of some points, exact, nearest first, of equally near ones the lower row first.

    Attributes:
        points: among which they were looked for.
        asked: int64, (q,): whose neighbours they are, rising.
        rows: int64, (q, k): the neighbours.
        distances: float64, (q, k): the euclidean distances of their places.
        tied: how many of the asked have a next neighbour that is as near as the last that is named.
    """

    points: Points
    asked: NDArray[np.int64]
    rows: NDArray[np.int64]
    distances: NDArray[np.float64]
    tied: int

    @property
    def k(self) -> int:
        """How many neighbours each has."""
        return int(self.rows.shape[1])

    @property
    def whole(self) -> bool:
        """Whether all points were asked for theirs."""
        return len(self.asked) == len(self.points)

    @property
    def undecided(self) -> bool:
        """Whether most have ties at the last place, so that who is a neighbour says little."""
        return 2 * self.tied > len(self.asked)

    @property
    def how(self) -> str:
        """In words: "exact neighbours of all 5,000 rows"."""
        n = len(self.points)
        who = f"all {n:,} rows" if self.whole else f"a sample of {len(self.asked):,} of {n:,} rows"
        return f"exact neighbours of {who}, k = {self.k}, metric {self.points.vectors.metric}"

    @property
    def notes(self) -> tuple[str, ...]:
        """How they were found, and how many ties were broken."""
        if not self.tied:
            return (self.how,)
        return (self.how, ties_note(self.tied, len(self.asked)))

    def first(self, k: int) -> NDArray[np.int64]:
        """The nearest k alone, int64, (q, k)."""
        return self.rows[:, :k]


def ties_note(tied: int, asked: int) -> str:
    """How many of the asked have a next neighbour that is as near as the last, in words."""
    return f"{tied:,} of {asked:,} have ties at the last place; the lower row was taken"


def check_k(k: int | None, n: int) -> int:
    """How many neighbours to look for among n points: as asked for, else 10 or as many as there are.

    Raises:
        OptionError: there are not so many; the message names the largest k.
    """
    if k is None:
        return min(USUAL, n - 1)
    if k >= n:
        raise OptionError(f"k is at most {n - 1:,} for {n:,} usable rows, not {k:,}")
    return check_whole("k", k, 1, n - 1)


def sample_of(n: int, sample: int | None, *, seed: int) -> NDArray[np.int64]:
    """Which of n rows are asked: all if `sample` is None, else so many drawn without return, rising.

    A sample of half the rows costs as much as all of them, whose products serve both sides; all are asked
    then.
    """
    check_seed(seed)
    if sample is None or check_whole("sample", sample, 1, 2**40) * 2 >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, sample, replace=False))


def neighbourhoods(points: Points, *, k: int | None, sample: int | None, seed: int) -> Neighbourhoods:
    """The k nearest points of all points, or of a random sample of them among all.

    Args:
        points: at least two.
        k: how many; None takes 10, or as many as there are.
        sample: how many are asked; None asks all. See `sample_of`.
        seed: of the sample.

    Raises:
        OptionError: k is not smaller than the number of points, or an option is outside its range.
        DataError: there are fewer than two points.
    """
    n = len(points.at_least(2, "a neighbour"))
    k = check_k(k, n)
    asked = sample_of(n, sample, seed=seed)
    kept = min(k + SPARE, n - 1)
    if len(asked) == n:
        rows = _candidates_of_all(points, kept)
    else:
        rows = _candidates_of_some(points, asked, kept)
    rows, scores = _ordered(points, asked, rows)
    tied = int(np.count_nonzero(scores[:, k - 1] == scores[:, k])) if kept > k else 0
    rows = np.ascontiguousarray(rows[:, :k])
    return Neighbourhoods(
        points=points, asked=asked, rows=rows, distances=_distances(points, asked, rows), tied=tied
    )


def _candidates_of_all(points: Points, kept: int) -> NDArray[np.int64]:
    """The nearest `kept` of each point by rounded scores, int64, (n, kept), in no order.

    Each block of products serves both of its sides: n²/2 products in all.
    """
    from firth.kernels.neighbourhoods import keep_both
    from firth.neighbours import row_scales

    n, places = len(points), points.places
    shift = np.zeros(n, np.float32)
    if points.vectors.metric == "euclidean":
        shift = row_scales(places, "euclidean").shift  # float64: small differences of large numbers
    wide: Any = shift.dtype
    floors, keys = np.full(n, -np.inf, wide), np.full((n, kept), -np.inf, wide)
    rows = np.full((n, kept), -1, np.int64)
    products = cycle([np.empty(BLOCK * BLOCK, wide), np.empty(BLOCK * BLOCK, wide)])
    with ThreadPoolExecutor(1) as pool:  # keeps the best of one block, in turn, while the next is multiplied
        kept_last: Future[None] | None = None
        for first, other in combinations_with_replacement(range(0, n, BLOCK), 2):
            left = places[first : first + BLOCK].astype(wide, copy=False)
            right = places[other : other + BLOCK].astype(wide, copy=False)
            product = next(products)[: len(left) * len(right)].reshape(len(left), -1)
            with np.errstate(over="ignore", invalid="ignore"):  # such keys are never kept
                np.matmul(left, right.T, out=product)
            if kept_last:
                kept_last.result()
            kept_last = pool.submit(keep_both, product, shift, first, other, floors, keys, rows)
        if kept_last:
            kept_last.result()
    return rows


def _candidates_of_some(points: Points, asked: NDArray[np.int64], kept: int) -> NDArray[np.int64]:
    """The nearest `kept` of each asked point among all, int64, (q, kept)."""
    from firth.neighbours import nearest, row_scales

    metric = points.vectors.metric
    scales = row_scales(points.places, metric)
    queries = points.places[asked]
    rows, _ = nearest(queries, points.places, scales, metric=metric, k=kept, excluded=asked[:, None])
    return rows


def _ordered(
    points: Points, asked: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Candidates (q, c) scored anew in float64 and ordered, with their scores as float32."""
    from firth.neighbours import METRICS

    scores = _exact(points, asked, rows, METRICS[points.vectors.metric]).astype(np.float32)
    order = np.lexsort((rows, -scores))  # scores that look equal are equal
    return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1)


def _distances(points: Points, asked: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    from firth.kernels.topk import EUCLIDEAN

    return np.abs(_exact(points, asked, rows, EUCLIDEAN))


def _exact(
    points: Points, asked: NDArray[np.int64], rows: NDArray[np.int64], metric: int
) -> NDArray[np.float64]:
    """The scores of the rows (q, c) for the asked, by blocks, since the asked are copied."""
    from firth.kernels.topk import exact_scores

    scores = np.empty(rows.shape, np.float64)
    for first in range(0, len(asked), BLOCK):
        block = slice(first, first + BLOCK)
        exact_scores(points.places[asked[block]], points.places, rows[block], metric, scores[block])
    return scores
