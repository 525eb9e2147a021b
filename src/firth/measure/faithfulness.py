"""`faithfulness`: does one space keep what was near in another?

A 2-D map is measured against its source, a compressed space against the original, a new model against the
old one. The spaces are matched by id and may have different dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.measure.distances import distance_rows
from firth.measure.matching import Match, match
from firth.measure.neighbourhoods import USUAL, sample_of, ties_note
from firth.measure.outcome import Outcome, row_of
from firth.measure.preservation import Keys, Preserved, preserved
from firth.measure.report import Report, Row
from firth.measure.spaces import Space
from firth.measure.verdicts import NONE, meaning_of
from firth.options import check_seed, check_several, check_whole

__all__ = ["FIGURES", "Faithfulness", "faithfulness"]

UNDECIDED = "most rows have ties for all of their neighbours, so that chance says who is one"
FIGURES = ("trustworthiness", "continuity", "overlap")


def faithfulness(
    space: Space, original: Space, *, k: int | None = None, sample: int | None = 20_000, seed: int = 1
) -> Report:
    """How well a space keeps the neighbourhoods and the distances of another one, over the ids that both
    have.

    Args:
        space: the map, the compressed space, the new model.
        original: what it is to be true to. Near is in each what its metric says; a map on paper is
            Vectors(ids, places, metric="euclidean").
        k: neighbours of each row; None takes 10, or as many as there can be.
        sample: how many rows of the original are asked for their neighbours, at random; None asks all; so
            does a sample of half the rows or more. The neighbours and their ranks are exact, among all shared
            rows.
        seed: of the samples and of the bootstrap.

    Returns:
        A report of five figures. "trustworthiness" (Venna and Kaski 2001, "Neighborhood Preservation in
        Nonlinear Projection Methods", ICANN): 1 less a penalty for neighbours in the space that were none, by
        how far they were in the original. "continuity": the same for neighbours in the original that were
        lost. "overlap": the share of the k nearest that are the same; less "chance" it is the LCMC of Chen
        and Buja 2009. Their intervals are the bootstrap over rows. "spearman": the correlation of the ranks
        of the distances of pairs of rows. "stress": Kruskal's (1964), √(Σ (a·distance - original)² / Σ
        original²) at the best scale a. The intervals of these two leave out groups of rows. What is not
        shared, and what is tied, is counted in the notes. Where for most rows even the nearest is no nearer
        than the first beyond the k nearest, in one of the spaces, the first three are NaN: who is a neighbour
        is then chance.

    Raises:
        DataError: fewer than three ids are shared and usable in both.
        OptionError: k is not below half the number of shared rows; the message names the largest.
    """
    return Faithfulness(original=original, k=k, sample=sample, seed=seed).report(space)


@dataclass(frozen=True, kw_only=True)
class Faithfulness:
    """The task of `faithfulness`; see there. With fewer figures it takes less time.
    An item is a row of the original, so that two maps of it are compared row by row.
    """

    original: Space
    k: int | None = None
    sample: int | None = 20_000
    seed: int = 1
    figures: tuple[str, ...] = FIGURES
    name: str = "faithfulness"

    def __post_init__(self) -> None:
        if self.k is not None:
            check_whole("k", self.k, 1, 2**40)
        if self.sample is not None:
            check_whole("sample", self.sample, 1, 2**40)
        check_seed(self.seed)
        unknown = [figure for figure in check_several("figures", self.figures) if figure not in FIGURES]
        if unknown or not self.figures:
            raise OptionError(f"figures are some of {', '.join(FIGURES)}, not {unknown or 'none'}")

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """The figures of each asked row of the original: trustworthiness, continuity, overlap."""
        return self._outcomes(match(self.original, space))

    def report(self, space: Space) -> Report:
        """See `faithfulness`."""
        both = match(self.original, space)
        outcomes = self._outcomes(both)
        rows: list[Row] = [row_of(outcome, seed=self.seed) for outcome in outcomes]
        rows += distance_rows(both, task=self.name, seed=self.seed)
        asked, k = len(outcomes[0].covered), self._k(len(both))
        whole = asked == len(both.original.vectors)
        who = "all rows" if whole else f"a sample of {asked:,} of {len(both.original.vectors):,} rows"
        how = f"exact ranks of the neighbours of {who}, k = {k}, among {len(both):,} shared rows"
        return Report(
            title=f"Faithfulness: {both.space.vectors.dim} dims to {both.original.vectors.dim}",
            rows=tuple(rows),
            columns=("verdict",),
            notes=(how, *outcomes[0].notes),
            details={"k": k, "asked": asked},
        )

    def _outcomes(self, both: Match) -> tuple[Outcome, ...]:
        n = len(both)
        k = self._k(n)
        asked = sample_of(len(both.original.vectors), self.sample, seed=self.seed)
        place = both.places_of(asked)
        covered = place >= 0
        found = preserved(
            Keys(both.original),
            Keys(both.space),
            asked=place[covered],
            k=k,
            lost="continuity" in self.figures,
            ties=set(self.figures) != {"trustworthiness"},  # whose ranks in the original know no k
        )
        undecided = 2 * np.count_nonzero((found.level == k).any(axis=0)) > np.count_nonzero(covered)
        if undecided:
            covered = np.zeros(len(asked), np.bool_)
        missing = tuple(sorted(map(str, both.missing)))
        outcomes = []
        of_each = _figures(found, n, k)
        for figure in self.figures:
            values = np.full(len(asked), np.nan)
            if not undecided:
                values[covered] = of_each[figure]
            value = float(values[covered].mean()) if covered.any() else math.nan
            chance = k / (n - 1) if figure == "overlap" else None
            extra = {} if chance is None or math.isnan(value) else {"lcmc": value - chance}
            said = meaning_of(
                figure, value, *_words(figure, value, k), why_none=UNDECIDED if undecided else NONE
            )
            outcomes.append(
                Outcome(
                    task=self.name,
                    figure=figure,
                    values=values,
                    covered=covered,
                    chance=chance,
                    missing=missing,
                    extra={**said, **extra},
                    notes=(*both.notes, *_ties(found)),
                )
            )
        return tuple(outcomes)

    def _k(self, n: int) -> int:
        """The number of neighbours among n shared rows; both penalties are defined for k < n / 2."""
        if n < 3:
            raise DataError(f"faithfulness needs at least 3 rows that are usable in both spaces, not {n}")
        largest = (n - 1) // 2
        if self.k is None:
            return min(USUAL, largest)
        if self.k > largest:
            raise OptionError(f"k is at most {largest:,}, below half of {n:,} shared rows, not {self.k:,}")
        return self.k


def _figures(found: Preserved, n: int, k: int) -> dict[str, NDArray[np.float64]]:
    """The three figures of each row: Venna and Kaski's, whose largest penalty is 1, and the shared share."""
    scale = 2 / (k * (2 * n - 3 * k - 1))
    return {
        "trustworthiness": 1 - scale * found.intruded,
        "continuity": 1 - scale * found.lost,
        "overlap": found.shared / k,
    }


def _ties(found: Preserved) -> list[str]:
    """How many rows have a last neighbour that is as near as the next, in either space."""
    return [
        f"{side}: {ties_note(int(np.count_nonzero(level)), len(level))}"
        for side, level in zip(("original", "space"), found.level, strict=True)
        if level.any()
    ]


def _words(figure: str, value: float, k: int) -> tuple[str, str]:
    """What a figure says, and what to do where it is not good."""
    if figure == "trustworthiness":
        return (
            f"what is near in this space was near in the original: {value:.3f} of 1",
            "some neighbours here were strangers there: do not read single pairs off it",
        )
    if figure == "continuity":
        return (
            f"what was near in the original is still near: {value:.3f} of 1",
            "some neighbourhoods were torn apart",
        )
    return (
        f"of the {k} nearest, {value:.0%} are the same in both spaces",
        "searches in the two will answer differently",
    )
