"""The area under the ROC curve and the average precision of weighted items, in one walk down their scores."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["area_and_precision"]


@kernel
def area_and_precision(order, starts, right, weights, area, precision):
    """Both figures under each row of weights.

    Args:
        order: int64, (n,), the items from the highest score down, read.
        starts: int64, (g,), where each group of equal scores begins in `order`, the first 0, read.
        right: bool, (n,), whether the item at each place of `order` is right, read.
        weights: float64, (m, n), by item, none negative, read.
        area: float64, (m,), written: the chance that an item that is right scores above one that is not,
            ties as half; NaN where the items of either kind weigh nothing.
        precision: float64, (m,), written: the precision at the score of each item that is right, averaged
            over these; NaN where they weigh nothing.
    """
    for r in range(weights.shape[0]):
        hits = misses = won = held = 0.0
        for g in range(starts.size):
            stop = starts[g + 1] if g + 1 < starts.size else order.size
            hit = miss = 0.0
            for i in range(starts[g], stop):
                weight = weights[r, order[i]]
                if right[i]:
                    hit += weight
                else:
                    miss += weight
            won += (hits + hit / 2) * miss
            hits += hit
            misses += miss
            if hit > 0:
                held += hit * hits / (hits + misses)
        area[r] = won / (hits * misses) if hits * misses > 0 else np.nan
        precision[r] = held / hits if hits > 0 else np.nan
