"""`clusters`: do items of one class lie together, and apart from the others?"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from firth.errors import OptionError
from firth.measure.agreement import agreement, agreement_report
from firth.measure.intervals import Floats
from firth.measure.items import By, ItemRows, check_by, item_rows, left_out
from firth.measure.kmeans import kmeans
from firth.measure.outcome import Outcome
from firth.measure.report import Report
from firth.measure.sets.labelled import LabelledItems, read_labelled
from firth.measure.spaces import Case, Space, check_case
from firth.options import check_flag, check_seed, check_whole

__all__ = ["Clusters", "clusters"]


def clusters(
    space: Space,
    labelled: LabelledItems | str | os.PathLike[str],
    *,
    k: int | None = None,
    seeds: int = 10,
    spherical: bool = False,
    by: By = "auto",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Cluster items by their vectors, knowing nothing of their classes, and see how the two agree.

    With the cosine, rows are brought to length 1 first; else they are taken as they are. k-means then runs
    from several seeds, and each figure is the mean over them.

    Args:
        space: vectors, a model or an encoder.
        labelled: the items with their classes, or a file or folder that `read_labelled` reads.
        k: how many clusters; as many as there are classes among the covered items if None.
        seeds: how many clusterings, each from its own k-means++ start.
        spherical: keep the centroids at length 1 as well (Dhillon and Modha 2001).
        by: "id" looks items up, "text" encodes them, "auto" does what fits the space.
        case: how words are looked up; see `similarity`.
        seed: of the clusterings, the permutations and the bootstrap.

    Returns:
        A report with the rows "purity", "ARI" (adjusted Rand index), "V-measure", "NMI" (mutual information
        divided by the mean of the entropies, which is V-measure by another name), "homogeneity" and
        "completeness". Each has a bootstrap interval over the items with the clusters held fixed; how far the
        seeds differ is beside it: "spread", their standard deviation, "lowest" and "highest". "chance" is
        what the same clusters get when the classes are shuffled, the mean of 100 shuffles; that of ARI is 0.

    Raises:
        OptionError: an option is outside its range, or there are more clusters than covered items.
        DataError: ids are looked up in an encoder that has none.
        FormatError: the file is damaged.
    """
    given = labelled if isinstance(labelled, LabelledItems) else read_labelled(labelled)
    task = Clusters(labelled=given, k=k, seeds=seeds, spherical=spherical, by=by, case=case, seed=seed)
    return task.report(space)


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """The task of `clusters`; see there."""

    labelled: LabelledItems
    k: int | None = None
    seeds: int = 10
    spherical: bool = False
    by: By = "auto"
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        if self.k is not None:
            check_whole("k", self.k, 1, 2**31)
        check_whole("seeds", self.seeds, 1, 10_000)
        check_flag("spherical", self.spherical)
        check_seed(self.seed)
        check_by(self.by)
        check_case(self.case)

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.labelled.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """The figures of `clusters`, purity first; what an item gets is its cluster from each seed."""
        rows = item_rows(space, self.labelled.items, by=self.by, case=self.case)
        known = int(np.count_nonzero(rows.covered))
        there = {label for label, yes in zip(self.labelled.labels, rows.covered.tolist(), strict=True) if yes}
        k = len(there) if self.k is None else self.k
        if 0 < known < k:
            raise OptionError(f"k={k:,} clusters cannot be made of {known:,} covered items; lower k")
        values, notes = self._clusterings(rows, k)
        return agreement(
            self.name,
            self.labelled.labels,
            values,
            covered=rows.covered,
            missing=rows.missing,
            notes=(*left_out("items", rows.covered, rows.missing), *rows.notes, *notes),
            seed=self.seed,
        )

    def _clusterings(self, rows: ItemRows, k: int) -> tuple[Floats, tuple[str, ...]]:
        """The cluster of each item in each clustering, (total, seeds), NaN where it is not covered."""
        from firth.neighbours import unit_rows

        values = np.full((rows.covered.size, self.seeds), np.nan)
        if not rows.covered.any():
            return values, ()
        cosine = rows.metric == "cosine"
        points = unit_rows(rows.matrix) if cosine or self.spherical else rows.matrix
        found = [kmeans(points, k, seed=(self.seed, i), spherical=self.spherical) for i in range(self.seeds)]
        values[rows.covered] = np.stack([one.clusters for one in found], axis=1)
        notes = [f"k-means with k = {k:,} from {self.seeds:,} seeds" + (", rows at length 1" * cosine)]
        unsettled = sum(not one.settled for one in found)
        if unsettled:
            notes.append(f"{unsettled:,} clusterings were still moving when they were stopped")
        fewest = min(np.unique(one.clusters).size for one in found)
        if fewest < k:
            notes.append(f"only {fewest:,} clusters hold items: there are not {k:,} different rows")
        return values, tuple(notes)

    def report(self, space: Space) -> Report:
        """See `clusters`."""
        return agreement_report(self.outcomes(space), seed=self.seed, note=self.labelled.note)
