"""Dictionaries that two spaces in one give themselves: each row with the one nearest to it by CSLS."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.align.alignment import Alignment
from firth.csls import each_block, greatest_cosines, mean_of_found, threads_for
from firth.errors import OptionError
from firth.kernels.csls import best_of_both
from firth.neighbours import directions
from firth.vectors import Vectors

__all__ = ["DIRECTIONS", "Direction", "Induced", "induce", "induced_pairs"]

Direction: TypeAlias = Literal["mutual", "both", "forward"]
DIRECTIONS = ("mutual", "both", "forward")
Floats = NDArray[np.float32]


class Induced(NamedTuple):
    """Pairs of rows that were found.

    Attributes:
        source, target: int64, (p,).
        objective: the mean over all rows of both sides of the cosine with the nearest of the other side, what
            self-learning raises (Artetxe, Labaka and Agirre 2018, section 3.2).
    """

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    objective: float


def induced_pairs(
    source: Vectors,
    target: Vectors,
    *,
    alignment: Alignment | None = None,
    direction: Direction = "mutual",
    k: int = 10,
    restrict: int | None = 20_000,
) -> tuple[tuple[Any, Any], ...]:
    """The dictionary that an alignment makes of two spaces, in the order of the source's rows.

    Args:
        source, target: two spaces.
        alignment: the map between them; None where they are in one space already.
        direction: "mutual" takes the pairs in which each is the other's best, "forward" the best of each
            source, and "both" the best of each source and of each target.
        k: how many neighbours CSLS takes the crowding from.
        restrict: keep to the so many most frequent of either side; None keeps all.

    Returns:
        (source id, target id) pairs, which every learner takes as its `pairs`. Rows of zeros and rows that
        are not finite have no partner.

    Raises:
        OptionError: an option is outside its range.
        SpaceMismatchError: the alignment is of other spaces.
    """
    if restrict is not None:
        source, target = source.most_frequent(restrict), target.most_frequent(restrict)
    a, b = (source, target) if alignment is None else alignment.common(source, target)
    found = induce(directions(a.matrix), directions(b.matrix), k=k, direction=direction)
    pairs = zip(found.source.tolist(), found.target.tolist(), strict=True)
    return tuple((source.ids[i], target.ids[j]) for i, j in pairs)


def induce(
    a: Floats, b: Floats, *, k: int, direction: Direction = "mutual", keep: float = 1.0, seed: int = 0
) -> Induced:
    """Pair the rows of two spaces in one by CSLS.

    Args:
        a, b: float32, (m, d) and (n, d), of length 1; rows that are not finite have no partner.
        k, direction: as in `induced_pairs`.
        keep: the share of all pairs that are looked at, drawn anew for each seed; 1 looks at all.
        seed: of the drawing.

    Returns:
        The pairs by rising source row, then by rising target row, each once.
    """
    if direction not in DIRECTIONS:
        raise OptionError(f"direction is 'mutual', 'both' or 'forward', not {direction!r}")
    of_a, of_b = greatest_cosines(a, b, k=k)
    crowded_a, crowded_b = mean_of_found(of_a), mean_of_found(of_b)
    threads = threads_for(len(a))
    forward = np.full(len(a), -np.inf, np.float32), np.full(len(a), -1, np.int64)
    backward = np.full((threads, len(b)), -np.inf, np.float32), np.full((threads, len(b)), -1, np.int64)

    def look(thread: int, rows: slice, columns: slice, products: Floats) -> None:
        of_columns = backward[0][thread, columns], backward[1][thread, columns]
        of_rows = forward[0][rows], forward[1][rows]
        around = crowded_a[rows], crowded_b[columns]
        best_of_both(products, rows.start, columns.start, *around, keep, seed, of_rows, of_columns)

    each_block(a, b, look, threads=threads)
    best = np.concatenate([of_a.max(axis=1), of_b.max(axis=1)])
    objective = float(best[best > -np.inf].mean()) if (best > -np.inf).any() else 0.0
    return Induced(*_paired(forward[1], _best_of_all(*backward), direction), objective)


def _best_of_all(keys: Floats, partners: NDArray[np.int64]) -> NDArray[np.int64]:
    """The partner of each row of what several threads found (t, n), of equal ones the lower, int64, (n,)."""
    level = np.where(keys == keys.max(axis=0), partners, np.iinfo(np.int64).max)
    return np.asarray(level.min(axis=0))


def _paired(
    forward: NDArray[np.int64], backward: NDArray[np.int64], direction: Direction
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of the partners of each source (m,) and of each target (n,); -1 is no partner."""
    sources = np.flatnonzero(forward >= 0)
    if direction == "mutual":
        sources = sources[backward[forward[sources]] == sources]
    pairs = np.stack([sources, forward[sources]], axis=1)
    if direction == "both":
        targets = np.flatnonzero(backward >= 0)
        pairs = np.unique(np.concatenate([pairs, np.stack([backward[targets], targets], axis=1)]), axis=0)
    return pairs[:, 0].copy(), pairs[:, 1].copy()
