"""`similarity`: do the vectors order pairs of words as people do?"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats, pearson, spearman
from firth.measure.items import left_out
from firth.measure.outcome import Outcome, Statistic, row_of
from firth.measure.report import Report
from firth.measure.sets import GradedPairs, read_pairs
from firth.measure.spaces import Case, Space, check_case, find_rows, vectors_of
from firth.options import check_seed

__all__ = ["Similarity", "correlation_with", "similarity"]

Correlation: TypeAlias = Callable[[Floats, Floats, Floats], Floats]


def similarity(
    space: Space, pairs: GradedPairs | str | os.PathLike[str], *, case: Case = "auto", seed: int = 1
) -> Report:
    """Correlate the similarities of pairs with the grades that people gave them.

    Args:
        space: vectors whose ids are words, or a model; the similarity is that of their metric. A model of
            subwords makes vectors of words that it never saw.
        pairs: the set, or a file that `read_pairs` reads.
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower".
        seed: of the bootstrap.

    Returns:
        A report of two rows, "spearman" and "pearson", over the pairs of which both words are there, each
        with the bias-corrected bootstrap interval over the pairs; the missing words are in its details.

    Raises:
        FormatError: the file is damaged; the message names the line.
        DataError: the ids are not strings.
    """
    given = pairs if isinstance(pairs, GradedPairs) else read_pairs(pairs)
    return Similarity(pairs=given, case=case, seed=seed).report(space)


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """The task of `similarity`; see there."""

    pairs: GradedPairs
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_case(self.case)

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.pairs.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """Spearman's and Pearson's correlation with the grades; an item is a pair."""
        words = [word for pair in self.pairs.pairs for word in pair]
        vectors = vectors_of(space, words)
        rows = find_rows(vectors, words, case=self.case)
        missing = tuple(sorted({word for word, row in zip(words, rows.tolist(), strict=True) if row < 0}))
        both = rows.reshape(-1, 2)
        there = (both >= 0).all(axis=1)
        scores = np.full(len(self.pairs), np.nan)
        scores[there] = vectors.similarity(vectors.matrix[both[there, 0]], vectors.matrix[both[there, 1]])
        covered = np.isfinite(scores)
        main = Outcome(
            task=self.name,
            figure="spearman",
            values=scores,
            covered=covered,
            statistic=correlation_with(self.pairs.grades, spearman),
            missing=missing,
            notes=tuple(left_out("pairs", covered, missing)),
        )
        return main, replace(main, figure="pearson", statistic=correlation_with(self.pairs.grades, pearson))

    def report(self, space: Space) -> Report:
        """See `similarity`."""
        outcomes = self.outcomes(space)
        main = outcomes[0]
        return Report(
            title=f"{self.name}: correlation with people's grades",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in outcomes),
            notes=(*main.notes, *([self.pairs.note] if self.pairs.note else [])),
            details={"missing": list(main.missing)},
        )


def correlation_with(grades: tuple[float, ...], measure: Correlation) -> Statistic:
    """The correlation of what the items got with their grades; NaN for fewer than three items."""
    all_grades = np.array(grades)

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        if values.size < 3:
            return np.full(len(weights), np.nan)
        return measure(values, all_grades[items], weights)

    return statistic
