"""AUC and average precision: do scores put what is right before what is not, at every threshold at once?

Both are made of the items sorted by their scores, once; under the weights of a resample they are then sums
along that order, exact, equal scores included.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.grouping import Grouping, Prepared, grouping
from firth.measure.intervals import Floats
from firth.measure.outcome import Statistic

__all__ = ["area_under_curve", "average_precision"]


class _Ranked(NamedTuple):
    """Items by falling score, those of one score in a group, and which are right, bool, (n,)."""

    groups: Grouping
    right: NDArray[np.bool_]


def area_under_curve(right: NDArray[np.bool_]) -> Statistic:
    """The chance that an item that is right scores above one that is not, ties as half: the AUC of the ROC.

    Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating characteristic curve".

    Args:
        right: which items of the whole set are right, bool, (total,).

    Returns:
        A statistic of scores (k,); NaN where a resample has none that is right, or none that is not.
    """
    ranked = _ranking(right)

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        hits, misses = _hits_and_misses(ranked(values, items), weights)
        above = np.cumsum(hits, axis=1) - hits / 2
        pairs = hits.sum(axis=1) * misses.sum(axis=1)
        won = np.einsum("mg,mg->m", above, misses)
        area: Floats = np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)
        return area

    return statistic


def average_precision(right: NDArray[np.bool_]) -> Statistic:
    """The precision at each score that an item that is right has, averaged over those items.

    Σ (R_t - R_t-1) P_t over the thresholds t, not interpolated; items of one score come in together.

    Args:
        right: as in `area_under_curve`.

    Returns:
        A statistic of scores (k,); NaN where a resample has none that is right.
    """
    ranked = _ranking(right)

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        hits, misses = _hits_and_misses(ranked(values, items), weights)
        found = np.cumsum(hits, axis=1)
        seen = np.cumsum(misses, axis=1) + found
        precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
        every = hits.sum(axis=1)
        held = np.einsum("mg,mg->m", precision, hits)
        mean: Floats = np.divide(held, every, out=np.full(len(weights), np.nan), where=every > 0)
        return mean

    return statistic


def _ranking(right: NDArray[np.bool_]) -> Prepared[_Ranked]:
    return Prepared(lambda values, items: _Ranked(grouping(-values), right[items]))


def _hits_and_misses(ranked: _Ranked, weights: Floats) -> tuple[Floats, Floats]:
    """The weight of what is right and of what is not at each score, falling, (m, g) each."""
    hits = ranked.groups.sums(weights * ranked.right)
    return hits, ranked.groups.sums(weights) - hits
