"""Which rows of a space stand for the others: by how frequent they are, the same ones every time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.points import usable_rows
from firth.vectors import Vectors

__all__ = ["Some", "by_frequency", "for_the_map", "for_the_tables", "sample"]

FREQUENT, MIDDLING, RARE = (0.005, 0.02), (0.25, 0.4), (0.85, 1.0)
"""The ranks that count as such, as shares of all. The very first ones of a text are "the" and "of"."""


class Some(NamedTuple):
    """Rows that have something in common."""

    title: str
    rows: NDArray[np.int64]


def by_frequency(vectors: Vectors) -> NDArray[np.int64]:
    """All rows, the most frequent first; in their own order where nothing was counted. int64, (n,)."""
    if vectors.counts is None:
        return np.arange(len(vectors))
    return np.argsort(-np.asarray(vectors.counts, np.float64), kind="stable")


def sample(rows: NDArray[np.int64], most: int, *, seed: int) -> NDArray[np.int64]:
    """The rows, or so many of them drawn without replacement, in rising order; int64."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def for_the_tables(vectors: Vectors, each: int) -> tuple[Some, ...]:
    """Frequent, middling and rare rows, evenly spaced within their ranks; one group if there are few.

    No row is in two groups: where ranks are too few, a group takes some of those next to its own.
    """
    order = by_frequency(vectors)
    n = len(order)
    if n <= 3 * each:
        return (Some("All ids", order),) if n else ()
    known = vectors.counts is not None
    titles = (
        ("Frequent ids", "Middling ids", "Rare ids") if known else ("First rows", "Middle rows", "Last rows")
    )
    groups = []
    last = 0
    for number, (title, (low, high)) in enumerate(zip(titles, (FREQUENT, MIDDLING, RARE), strict=True)):
        end = n - (2 - number) * each  # the rest is kept for the groups after this one
        first = min(max(last, int(low * n)), end - each)
        last = min(max(first + each, int(high * n)), end)
        places = np.linspace(first, last - 1, each).round().astype(np.int64)
        groups.append(Some(title, order[places]))
    return tuple(groups)


def for_the_map(vectors: Vectors, points: int) -> NDArray[np.int64]:
    """The rows that are drawn: the most frequent but for the first half per cent; int64, at most `points`."""
    order = by_frequency(vectors)
    order = order[np.isin(order, usable_rows(vectors).rows)]
    skipped = min(int(FREQUENT[0] * len(order)), max(0, len(order) - points))
    return order[skipped : skipped + points]
