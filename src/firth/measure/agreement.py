"""`cluster_scores`: how clusters agree with classes, whoever made them; the outcomes of any clustering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import DataError
from firth.measure.clusterscores import SCORES, SHUFFLES, averaged, scores_by_chance, scores_of
from firth.measure.intervals import Floats
from firth.measure.outcome import Outcome, row_of
from firth.measure.report import Report
from firth.options import check_seed

__all__ = ["agreement", "agreement_report", "cluster_scores"]

SAME = "V-measure"  # is NMI with the arithmetic mean: both are 2 I / (H(class) + H(cluster))
HOW = "the intervals resample the items, each left in the cluster where it was found"

# In simulations of equals the paired bootstrap with the clusters held fixed claimed a difference in 10 to 34
# of 100 runs, with the seeds resampled as well in 6 to 10, and with k-means run anew on each resample in up
# to 13: which of several local optima is found turns on all items together, and one data set does not tell
# how often each would be.
UNTESTED = (
    "no verdict, since other items would make other clusters; the interval holds the clusters fixed and is "
    "too narrow for one"
)


def cluster_scores(
    labels: Sequence[str], clusters: ArrayLike, *, name: str = "clusters", seed: int = 1
) -> Report:
    """The figures of `clusters`, for clusters that were made elsewhere.

    >>> report = cluster_scores(["a", "a", "b", "b"], [0, 0, 1, 0])
    >>> report["purity"].value
    0.75

    Args:
        labels: the class of each of n items.
        clusters: the cluster of each, whole numbers, (n,), or (n, s) of s clusterings, over which each figure
            is the mean. A number that stands for noise, such as -1, is a cluster like any other.
        name: what to call it.
        seed: of the shuffles and the bootstrap.

    Returns:
        The report of `clusters`, over all items.

    Raises:
        DataError: there are no items, or labels and clusters do not fit together.
    """
    check_seed(seed)
    try:
        table = np.asarray(clusters)
    except ValueError as error:
        raise DataError(
            f"clusters are whole numbers, (n,) or (n, s), all rows of one length: {error}"
        ) from error
    if table.ndim not in (1, 2) or table.dtype.kind not in "iu" or not table.size:
        raise DataError(
            f"clusters are whole numbers, (n,) or (n, s), not {table.dtype} of the shape {table.shape}"
        )
    labels = list(map(str, labels))
    if len(table) != len(labels):
        raise DataError(f"{len(labels):,} labels do not fit the clusters of {len(table):,} items")
    # Numbers from 0 on, for float64 holds no whole number beyond 2**53 apart from its neighbours.
    columns = [np.unique(column, return_inverse=True)[1] for column in table.reshape(len(table), -1).T]
    values = np.stack(columns, axis=1).astype(np.float64)
    covered = np.ones(len(values), np.bool_)
    return agreement_report(agreement(name, labels, values, covered=covered, seed=seed), seed=seed)


def agreement(
    task: str,
    labels: Sequence[str],
    values: Floats,
    *,
    covered: NDArray[np.bool_],
    seed: int,
    missing: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> tuple[Outcome, ...]:
    """One outcome a figure.

    Args:
        task: the name of the set.
        labels: the class of each item.
        values: the cluster of each in each of s clusterings, (total, s).
        covered: bool, (total,). Where no item is, there is no figure and no chance.
        seed: of the shuffles.
        missing, notes: as in `Outcome`.
    """
    classes = np.unique(np.array(labels, dtype=object), return_inverse=True)[1]
    known = values[covered]
    each = [scores_of(column, classes[covered]) for column in known.T] if covered.any() else []
    chance = scores_by_chance(known, classes[covered], seed=seed) if covered.any() else {}
    found: list[Outcome] = []
    for figure, score in SCORES.items():
        outcome = Outcome(
            task=task,
            figure=figure,
            values=values,
            covered=covered,
            statistic=averaged(score, classes),
            chance=chance.get(figure),
            untested=UNTESTED,
            missing=missing,
            extra=_over_seeds([one[figure] for one in each]),
            notes=notes,
        )
        found.append(outcome)
        if figure == SAME:
            found.append(replace(outcome, figure="NMI"))
    return tuple(found)


def agreement_report(outcomes: tuple[Outcome, ...], *, seed: int, note: str = "") -> Report:
    """The report of the outcomes that `agreement` makes."""
    main = outcomes[0]
    rows = {outcome.figure: row_of(outcome, seed=seed) for outcome in outcomes if outcome.figure != "NMI"}
    rows["NMI"] = replace(rows[SAME], name="NMI")  # the same figure, whose bootstrap need not run twice
    said = [*main.notes, f"{HOW}; chance is the mean of {SHUFFLES} shuffles of the classes"]
    return Report(
        title=f"{main.task}: agreement of clusters with classes",
        rows=tuple(rows[outcome.figure] for outcome in outcomes),
        columns=("chance", "spread"),
        notes=tuple([*said, note] if note else said),
        details={"missing": list(main.missing)},
    )


def _over_seeds(figures: list[float]) -> dict[str, Any]:
    """How far clusterings from different seeds lie apart; nothing for a single one."""
    if len(figures) < 2:
        return {}
    return {
        "seeds": len(figures),
        "spread": float(np.std(figures, ddof=1)),
        "lowest": min(figures),
        "highest": max(figures),
    }
