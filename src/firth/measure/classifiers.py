"""The classifiers of a probe: logistic regression that chooses its penalty, and nearest neighbours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.folds import held_back
from firth.measure.intervals import Floats
from firth.measure.logistic import Logistic, fit_logistic
from firth.vectors import Metric

__all__ = ["GRID", "Standard", "by_neighbours", "fit_probe"]

Rows = NDArray[np.float32]
GRID = (1000.0, 100.0, 10.0, 1.0, 0.1)  # falling, so that each fit begins near its end
INNER = 0.2  # of the training items, to choose the penalty by
TOLERANCE = 1e-4  # which class has the greatest score is settled long before the scores are


class Standard(NamedTuple):
    """A classifier over columns brought to mean 0 and standard deviation 1 over the rows it was fitted to."""

    mean: Floats
    scale: Floats
    logistic: Logistic

    def scores(self, rows: Rows) -> Floats:
        """The score of each row (n, d) for each class, float64, (n, c)."""
        return self.logistic.scores((rows - self.mean) * self.scale)


def fit_probe(rows: Rows, classes: NDArray[np.int64], *, count: int, l2: float | None, seed: int) -> Standard:
    """Fit logistic regression to the training part of a probe, and to nothing else.

    Args:
        rows: float32, (n, d).
        classes: int64, (n,), 0 to count - 1.
        count: how many classes there are, also where some have no rows here.
        l2: the penalty; if None, the one of `GRID` whose classifier of 80 % of the rows gives the others the
            least loss. All rows are then fitted with it.
        seed: of that split.
    """
    mean = rows.mean(axis=0, dtype=np.float64)
    spread = rows.std(axis=0, dtype=np.float64)
    # A column that is constant but for rounding says nothing, and would be blown up to noise.
    told = spread > 1e-6 * np.abs(mean)
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=told & (spread > 0))
    x = (rows - mean) * scale
    chosen, start = (l2, None) if l2 is not None else _least_loss(x, classes, count, seed)
    return Standard(
        mean, scale, fit_logistic(x, classes, count=count, l2=chosen, start=start, tolerance=TOLERANCE)
    )


def _least_loss(
    x: Floats, classes: NDArray[np.int64], count: int, seed: int
) -> tuple[float, Logistic | None]:
    """The penalty that serves rows held back best, and the classifier that it made."""
    out = held_back(classes, share=INNER, seed=seed)
    if not out.any():  # one item a class: nothing to choose by
        return 1.0, None
    inner, inner_classes = x[~out], classes[~out]
    found: list[tuple[float, Logistic]] = []
    last = None
    for l2 in GRID:
        # The penalty is on a sum over the rows, and all rows are 1 / (1 - INNER) as many.
        part = l2 * inner_classes.size / classes.size
        last = fit_logistic(inner, inner_classes, count=count, l2=part, start=last, tolerance=TOLERANCE)
        loss = float(last.losses(x[out], classes[out]).mean())
        found.append((loss, last._replace(l2=l2)))
        if loss > 1.2 * min(found, key=lambda one: one[0])[0]:  # it only gets worse from here, and slower
            break
    best = min(found, key=lambda one: one[0])[1]
    return best.l2, best


def by_neighbours(
    rows: Rows, classes: NDArray[np.int64], asked: Rows, *, metric: Metric, k: int
) -> NDArray[np.int64]:
    """The class of each asked row by the votes of its k nearest among the rows, int64, (m,).

    Of classes with as many votes the one wins whose nearest row is nearer.

    Args:
        rows: float32, (n, d), with n of at least k. classes: int64, (n,).
        asked: float32, (m, d).
        metric: what "near" means.
        k: how many neighbours vote.
    """
    from firth.neighbours import nearest, row_scales

    none = np.full((len(asked), 1), -1, np.int64)
    found, _ = nearest(asked, rows, row_scales(rows, metric), metric=metric, k=k, excluded=none)
    votes = classes[found]
    count = int(classes.max()) + 1
    ballots = np.arange(len(asked))[:, None] * count + votes
    _, place, given = np.unique(ballots, return_inverse=True, return_counts=True)
    most = given[place].reshape(votes.shape).argmax(axis=1)  # the first, nearest, of those with most votes
    winner: NDArray[np.int64] = votes[np.arange(len(asked)), most]
    return winner
