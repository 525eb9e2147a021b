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
    """Items by falling score, those of one score in a group, and which of them, in that order, are right."""

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
    return _figure(right, 0)


def average_precision(right: NDArray[np.bool_]) -> Statistic:
    """The precision at each score that an item that is right has, averaged over those items.

    Σ (R_t - R_t-1) P_t over the thresholds t, not interpolated; items of one score come in together.

    Args:
        right: as in `area_under_curve`.

    Returns:
        A statistic of scores (k,); NaN where a resample has none that is right.
    """
    return _figure(right, 1)


def _figure(right: NDArray[np.bool_], which: int) -> Statistic:
    """One of the two, which are found together."""

    def sort(values: Floats, items: NDArray[np.int64]) -> _Ranked:
        groups = grouping(-values)
        return _Ranked(groups, right[items][groups.order])

    ranked = Prepared(sort)

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        from firth.kernels.thresholds import area_and_precision

        groups, hits = ranked(values, items)
        found: Floats = np.empty((2, len(weights)))
        area_and_precision(
            groups.order, groups.starts, hits, np.require(weights, np.float64, ["C", "W"]), found[0], found[1]
        )
        figure: Floats = found[which]
        return figure

    return statistic
