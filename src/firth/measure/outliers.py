"""`outliers`: is the word that does not belong to a group the one that is farthest from the rest?"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats
from firth.measure.outcome import Outcome, row_of, share_of
from firth.measure.phraserows import look_up_phrases
from firth.measure.report import Report, Row
from firth.measure.sets.outliergroups import OutlierGroups, read_outliers
from firth.measure.spaces import Case, Space, check_case
from firth.options import check_seed
from firth.vectors import Vectors

__all__ = ["Outliers", "outliers"]

FEWEST = 2  # members, so that leaving one word out leaves a pair to be compact or not


def outliers(
    space: Space,
    groups: OutlierGroups | str | os.PathLike[str],
    *,
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Find the word that does not belong: outlier detection (Camacho-Collados and Navigli 2016, "Find the
    word that does not belong", RepEval, sections 2 and 3).

    Each outlier is put among the members of its group. The compactness of the group without a word is the
    mean similarity of all pairs that are left; the outlier is the word without which the group is the most
    compact. It is detected where that is the one put there ("accuracy"). "OPP", the outlier position
    percentage, is the share of members that seem to belong more than the outlier does. Equal compactness
    counts as it would on average if ties were broken by chance, so that vectors which are all alike get what
    chance gets: 1/2 for the OPP, one in so many words for the accuracy.

    An item is one outlier. It is covered if it has a vector and at least two members have one. Members that
    have none are left out, and counted: an item among fewer members is easier.

    Args:
        space: vectors whose ids are words, or a model; the similarity is that of their metric. A model of
            subwords makes vectors of words that it never saw.
        groups: the set, or a file or folder that `read_outliers` reads.
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower". Words of several
            parts are tried with underscores, spaces and hyphens between these.
        seed: of the bootstrap.

    Returns:
        A report with the rows "OPP" and "accuracy", 0 to 1 (published figures are percentages), with the
        bootstrap interval over the outliers, and what chance would get; and a row with the accuracy of each
        group. The outliers of one group stand among the same members, so that the interval rather says too
        little than too much. Words without a vector are in its details.

    Raises:
        FormatError: the file is damaged; the message names the line.
        DataError: the ids are not strings.
        OptionError: an option is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.measure.sets import OutlierGroups
    >>> space = Vectors(["tiger", "lion", "lynx", "car"], np.array([[5, 1], [6, 1], [5, 2], [1, 9]]))
    >>> cats = OutlierGroups(name="cats", groups=(("cats", ("tiger", "lion", "lynx"), ("car",)),))
    >>> outliers(space, cats)["accuracy"].value
    1.0
    """
    given = groups if isinstance(groups, OutlierGroups) else read_outliers(groups)
    return Outliers(groups=given, case=case, seed=seed).report(space)


@dataclass(frozen=True, kw_only=True)
class Outliers:
    """The task of `outliers`; see there."""

    groups: OutlierGroups
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_case(self.case)

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.groups.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """The OPP and the accuracy; an item is an outlier, in the order of the set."""
        words = [word for _, members, outer in self.groups.groups for word in (*members, *outer)]
        vectors, rows = look_up_phrases(space, words, case=self.case)
        rows[rows >= 0] = np.where(np.isfinite(vectors.matrix[rows[rows >= 0]]).all(1), rows[rows >= 0], -1)
        missing = tuple(sorted({word for word, row in zip(words, rows.tolist(), strict=True) if row < 0}))
        found, left_out, first = [], 0, 0
        for _, members, outer in self.groups.groups:
            inside, outside = np.split(rows[first : first + len(members) + len(outer)], [len(members)])
            first += len(members) + len(outer)
            left_out += int(np.count_nonzero(inside < 0))
            found.append(_positions(vectors, inside[inside >= 0], outside))
        opp, detected, among = (np.concatenate([part[i] for part in found]) for i in range(3))
        covered = ~np.isnan(opp)
        n_members = sum(len(members) for _, members, _ in self.groups.groups)
        main = Outcome(
            task=self.name,
            figure="OPP",
            values=opp,
            covered=covered,
            statistic=share_of,
            chance=0.5,
            missing=missing,
            extra={"members": n_members - left_out, "all_members": n_members},
        )
        chance = float(np.mean(1 / (1 + among[covered]))) if covered.any() else None
        return main, replace(main, figure="accuracy", values=detected, chance=chance)

    def report(self, space: Space) -> Report:
        """See `outliers`."""
        opp, accuracy = self.outcomes(space)
        notes = [self.groups.note] if self.groups.note else []
        lost = opp.extra["all_members"] - opp.extra["members"]
        if lost:
            notes.append(f"{lost:,} of {opp.extra['all_members']:,} members have no vector and are left out")
        uncovered = int(np.count_nonzero(~opp.covered))
        if uncovered:
            notes.append(f"{uncovered:,} of {len(opp.covered):,} outliers are not covered")
        if opp.missing:
            more = ", …" if len(opp.missing) > 8 else ""
            notes.append(f"missing words ({len(opp.missing):,}): {', '.join(opp.missing[:8])}{more}")
        return Report(
            title=f"{self.name}: the word that does not belong",
            rows=(
                row_of(opp, seed=self.seed),
                row_of(accuracy, seed=self.seed),
                *self._rows_of_groups(accuracy),
            ),
            columns=("chance",),
            notes=tuple(notes),
            details={"missing": list(opp.missing)},
        )

    def _rows_of_groups(self, accuracy: Outcome) -> list[Row]:
        """The accuracy of each group that has outliers."""
        rows, first = [], 0
        for name, _, outer in self.groups.groups:
            part = slice(first, first + len(outer))
            first += len(outer)
            one = replace(
                accuracy, values=accuracy.values[part], covered=accuracy.covered[part], chance=None, extra={}
            )
            if outer:
                rows.append(row_of(one, seed=self.seed, name=name))
        return rows


def _positions(
    vectors: Vectors, members: NDArray[np.int64], others: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats]:
    """Where each outlier stands among the members: its OPP, whether it is detected, and of how many members.

    Args:
        vectors: the space.
        members: the rows of the members, (m,).
        others: the rows of the outliers, (o,), -1 where one is missing.

    Returns:
        Three arrays, float64, (o,), NaN where the outlier is not covered.
    """
    position, detected, among = np.full((3, len(others)), np.nan)
    there = np.flatnonzero(others >= 0)
    if len(members) < FEWEST or not there.size:
        return position, detected, among
    similar = _similarities(vectors, np.concatenate([members, others[there]]), len(members))
    inside, across = similar[:, : len(members)], similar[:, len(members) :]
    # Leaving a word out takes its similarities with all the others from a sum that is the same for every
    # word: without the word that has the least of them the group is the most compact.
    belonging = (inside.sum(axis=1) - np.diagonal(inside))[:, None] + across
    away = belonging - across.sum(axis=0)
    equal = np.abs(away) <= 1e-9 * len(members) * max(1.0, float(np.abs(similar).max()))
    nearer, same, farther = (away > 0) & ~equal, equal, (away < 0) & ~equal
    position[there] = (nearer.sum(axis=0) + same.sum(axis=0) / 2) / len(members)
    detected[there] = np.where(farther.any(axis=0), 0.0, 1 / (1 + same.sum(axis=0)))
    among[there] = len(members)
    return position, detected, among


def _similarities(vectors: Vectors, rows: NDArray[np.int64], m: int) -> Floats:
    """How near the first m of the rows are to all of them, in the metric; float64, (m, len(rows))."""
    items = vectors.matrix[rows].astype(np.float64)
    if vectors.metric == "cosine":
        norms = np.sqrt((items**2).sum(axis=1, keepdims=True))
        items = np.divide(items, norms, out=np.zeros_like(items), where=norms > 0)
    if vectors.metric == "euclidean":
        away: Floats = np.sqrt(((items[:m, None] - items[None]) ** 2).sum(axis=2))
        return -away
    products: Floats = items[:m] @ items.T
    return products
