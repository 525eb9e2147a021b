"""Figures of predicted classes: macro-F1 under weights, and what the most frequent class alone would get."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.grouping import Grouping, Prepared, grouping
from firth.measure.intervals import Floats
from firth.measure.outcome import Statistic

__all__ = ["macro_f1", "majority_chance"]


class _Predicted(NamedTuple):
    """`both`: the classes and those predicted, 2 n of them, by class. `right`: bool, (n,)."""

    both: Grouping
    right: NDArray[np.bool_]


def macro_f1(classes: NDArray[np.int64]) -> Statistic:
    """The mean over the classes of F1 = 2 right / (items of the class + items predicted to be of it).

    A class that neither occurs in a resample nor is predicted there is no part of the mean.

    Args:
        classes: the number of the class of every item of the set, int64, (total,).

    Returns:
        A statistic of the numbers of the classes predicted, (k,).
    """

    def sort(values: Floats, items: NDArray[np.int64]) -> _Predicted:
        true = classes[items]
        return _Predicted(grouping(np.concatenate([true, values.astype(np.int64)])), values == true)

    predicted = Prepared(sort)

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        if not values.size:
            return np.full(len(weights), np.nan)
        both, right = predicted(values, items)
        # Each item counts for the class it is of and for the one predicted: a right one twice for the same,
        # which is what F1 has above the line as well as below it.
        below = both.sums(np.hstack([weights, weights]))
        hits = weights * right
        above = both.sums(np.hstack([hits, hits]))
        there = below > 0
        share = np.divide(above, below, out=np.zeros_like(below), where=there)
        mean: Floats = np.divide(
            share.sum(axis=1), there.sum(axis=1), out=np.full(len(weights), np.nan), where=there.any(axis=1)
        )
        return mean

    return statistic


def majority_chance(
    classes: NDArray[np.int64], learnt: NDArray[np.int64]
) -> tuple[float | None, float | None]:
    """Accuracy and macro-F1 of naming, every time, the class most frequent in what was learnt from.

    Args:
        classes: int64, (n,), of the items predicted.
        learnt: int64, (m,), of those learnt from, m of at least 1.

    Returns:
        Both figures, None where nothing is predicted.
    """
    if not classes.size:
        return None, None
    most = np.bincount(learnt).argmax()
    share = float(np.mean(classes == most))
    seen = np.union1d(classes, [most]).size
    return share, 2 * share / (1 + share) / seen
