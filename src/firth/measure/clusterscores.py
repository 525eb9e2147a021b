"""How well clusters agree with classes: purity, adjusted Rand index, V-measure with its two halves.

Where every item counts once, the figures are those of scikit-learn. A resample of the items is another
matter: it holds items twice, which agree with themselves, so that clusters that know nothing would look
better in a resample than they did, and the interval would lie above the figure. An item is therefore judged
once, by the table that all items make: whether it is of the class that its cluster is named for, and how much
its cluster says of its class (the logarithms of the frequencies stay as they are). A resample weighs these
judgements. That is the first-order expansion of each figure around the data (Efron 1982, "The Jackknife, the
Bootstrap and Other Resampling Plans", chapter 6). The adjusted Rand index counts pairs, of two different
items.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.measure.grouping import Grouping, Prepared, grouping
from firth.measure.intervals import Floats
from firth.measure.outcome import Statistic

__all__ = ["SCORES", "SHUFFLES", "averaged", "scores_by_chance", "scores_of"]

SHUFFLES = 100
Codes = NDArray[Any]


class _Judged(NamedTuple):
    """What k items of one clustering say.

    cells: the items by cluster and class; in_clusters, in_classes: the cells by cluster, and by class.
    named: float64, (k,), 1 where an item is of the most frequent class of its cluster, else 0.
    of_class, of_cluster: -log of the share of the items that are of its class, its cluster, in nats, (k,).
    shared: how much smaller the first of the two is when the cluster is known, (k,).
    """

    cells: Grouping
    in_clusters: Grouping
    in_classes: Grouping
    named: Floats
    of_class: Floats
    of_cluster: Floats
    shared: Floats


Score: TypeAlias = Callable[[_Judged, Floats], Floats]


def averaged(score: Score, classes: NDArray[np.int64]) -> Statistic:
    """The mean of a score over several clusterings, as the statistic of an `Outcome`.

    Args:
        score: one of `SCORES`.
        classes: the number of the class of every item of the set, int64, (total,).

    Returns:
        A statistic of values (k, s), the cluster of k items in each of s clusterings.
    """

    def judge(values: Floats, items: NDArray[np.int64]) -> list[_Judged]:
        return [_judged(column, classes[items]) for column in values.reshape(len(values), -1).T]

    judged = Prepared(judge)

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        if not values.size:
            return np.full(len(weights), np.nan)
        mean: Floats = np.mean([score(one, weights) for one in judged(values, items)], axis=0)
        return mean

    return statistic


def scores_of(clusters: Codes, classes: NDArray[np.int64]) -> dict[str, float]:
    """Every score of one clustering (k,) of items with these classes (k,)."""
    judged, once = _judged(clusters, classes), np.ones((1, len(classes)))
    return {name: float(score(judged, once)[0]) for name, score in SCORES.items()}


def scores_by_chance(clusters: Codes, classes: NDArray[np.int64], *, seed: int) -> dict[str, float]:
    """What the same clusters (k, s) get with the classes shuffled, the mean over shuffles; ARI gets 0.

    Purity and V-measure of clusters that know nothing are well above 0, and the higher the more clusters
    there are; without this figure beside them they say little.
    """
    random = np.random.default_rng(seed)
    columns = clusters.shape[1]
    found = [scores_of(clusters[:, i % columns], random.permutation(classes)) for i in range(SHUFFLES)]
    return {name: 0.0 if name == "ARI" else float(np.mean([one[name] for one in found])) for name in SCORES}


def _judged(clusters: Codes, classes: NDArray[np.int64]) -> _Judged:
    cluster_sizes, cluster = _counted(clusters)
    class_sizes, kind = _counted(classes)
    cells = grouping(cluster * class_sizes.size + kind)
    held = np.diff(cells.starts, append=len(classes))
    of_cell = np.empty(len(classes), np.int64)
    of_cell[cells.order] = np.repeat(np.arange(held.size), held)
    cell_cluster, cell_kind = np.divmod(cells.keys, class_sizes.size)
    largest = np.lexsort((cell_kind, -held, cell_cluster))  # first of each cluster, the class it is named for
    named = np.zeros(held.size)
    named[largest[np.unique(cell_cluster[largest], return_index=True)[1]]] = 1
    n = len(classes)
    of_class, of_cluster = np.log(n / class_sizes)[kind], np.log(n / cluster_sizes)[cluster]
    # The frequencies were fitted to the very items that they judge: c cells leave n - c + 1 of n degrees of
    # freedom. Judgements are therefore spread about their mean as the residuals of a fit are before they are
    # drawn (Davison and Hinkley 1997, "Bootstrap Methods", section 6.2). With 441 cells and 400 items this
    # turned intervals that held the figure 82 to 88 times of 100 into ones that do 94 to 98 times.
    # Of few cells and no agreement (V-measure near 0) they still say too little; chance is beside them.
    spread = math.sqrt(n / (n - held.size + 1))
    return _Judged(
        cells=cells,
        in_clusters=grouping(cell_cluster),
        in_classes=grouping(cell_kind),
        named=named[of_cell],
        of_class=_spread(of_class, spread),
        of_cluster=_spread(of_cluster, spread),
        shared=_spread(of_class + of_cluster - np.log(n / held)[of_cell], spread),
    )


def _spread(x: Floats, factor: float) -> Floats:
    """The values moved away from their mean by a factor; their mean stays."""
    mean = x.mean()
    moved: Floats = mean + (x - mean) * factor
    return moved


def _counted(codes: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many items are of each code, (g,), and the number of the code of each item, (k,)."""
    _, number, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    return sizes, number


def _purity(judged: _Judged, weights: Floats) -> Floats:
    """The share of the items that are of the class that is most frequent in their cluster.

    Zhao and Karypis 2001, "Criterion Functions for Document Clustering".
    """
    share: Floats = _weighed(weights, judged.named) / weights.sum(axis=1)
    return share


def _adjusted_rand(judged: _Judged, weights: Floats) -> Floats:
    """The share of pairs on which both agree, 0 where they agree as by chance (Hubert and Arabie 1985).

    Pairs are of two different items: an item drawn twice makes none with itself, so that Σ w² is taken off
    each sum of squares. Where every item counts once, that leaves n (n - 1) / 2 pairs.
    """
    alone = np.einsum("mn,mn->m", weights, weights)

    def pairs(held: Floats) -> Floats:
        found: Floats = (np.einsum("mc,mc->m", held, held) - alone) / 2
        return found

    cells = judged.cells.sums(weights)
    together = pairs(cells)
    in_clusters, in_classes = pairs(judged.in_clusters.sums(cells)), pairs(judged.in_classes.sums(cells))
    every = (weights.sum(axis=1) ** 2 - alone) / 2
    by_chance = _ratio(in_clusters * in_classes, every, 0.0)
    best = (in_clusters + in_classes) / 2
    # Where no pair is together, or all are, in clusters and classes alike, there was no other way to agree.
    return _ratio(together - by_chance, best - by_chance, 1.0)


def _homogeneity(judged: _Judged, weights: Floats) -> Floats:
    """How far a cluster holds one class alone: 1 - H(class | cluster) / H(class).

    Rosenberg and Hirschberg 2007, "V-Measure", EMNLP.
    """
    return _known(judged, judged.of_class, weights)


def _completeness(judged: _Judged, weights: Floats) -> Floats:
    """How far a class lies in one cluster alone: 1 - H(cluster | class) / H(cluster)."""
    return _known(judged, judged.of_cluster, weights)


def _v_measure(judged: _Judged, weights: Floats) -> Floats:
    """The harmonic mean of homogeneity and completeness, 2 I / (H(class) + H(cluster)).

    That is the mutual information divided by the mean of the entropies, known as NMI as well.
    """
    return _known(judged, (judged.of_class + judged.of_cluster) / 2, weights)


def _known(judged: _Judged, unknown: Floats, weights: Floats) -> Floats:
    """Which share of what is unknown of the items, (k,), clusters and classes say of each other, 0 to 1."""
    return _ratio(_weighed(weights, judged.shared), _weighed(weights, unknown), 1.0).clip(0, 1)


def _weighed(weights: Floats, x: Floats) -> Floats:
    """The sum of the values (k,) under each row of weights (m, k); no BLAS, see `products`."""
    found: Floats = np.einsum("mk,k->m", weights, x)
    return found


def _ratio(part: Floats, whole: Floats, empty: float) -> Floats:
    """part / whole, and what it is where the whole is 0."""
    found: Floats = np.divide(part, whole, out=np.full(len(whole), empty), where=whole != 0)
    return found


SCORES: dict[str, Score] = {
    "purity": _purity,
    "ARI": _adjusted_rand,
    "V-measure": _v_measure,
    "homogeneity": _homogeneity,
    "completeness": _completeness,
}
