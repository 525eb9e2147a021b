"""`similarity`: do the vectors order pairs of words as people do?"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.measure.intervals import Floats, bca_interval, pearson, spearman
from firth.measure.report import Report, Row
from firth.measure.sets import Case, GradedPairs, find_rows, read_pairs
from firth.vectors import Vectors

__all__ = ["Scored", "correlation", "score_pairs", "similarity"]


def similarity(
    vectors: Vectors, pairs: GradedPairs | str | os.PathLike[str], *, case: Case = "auto", seed: int = 1
) -> Report:
    """Correlate the similarities of pairs with the grades that people gave them.

    Args:
        vectors: whose ids are words; the similarity is that of their metric.
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
    scored = score_pairs(vectors, given, case=case)
    grades = np.array(given.grades)[scored.covered]
    scores = scored.scores[scored.covered]
    rows = []
    for name, measure in (("spearman", spearman), ("pearson", pearson)):
        value, low, high = _figure(measure, scores, grades, seed)
        rows.append(
            Row(task=given.name, name=name, value=value, low=low, high=high, n=len(grades), total=len(given))
        )
    left = len(given) - len(grades)
    notes = []
    if left:
        missing = f"; missing: {', '.join(scored.missing[:8])}" if scored.missing else ""
        more = ", …" if len(scored.missing) > 8 else ""
        notes.append(f"{left:,} of {len(given):,} pairs are not covered{missing}{more}")
    return Report(
        title=f"{given.name}: correlation with people's grades",
        rows=tuple(rows),
        notes=tuple(notes),
        details={"missing": list(scored.missing)},
    )


class Scored(NamedTuple):
    """What each pair got.

    scores: float64, one a pair, NaN where it is not covered; covered: bool, one a pair; missing: the words
    without a vector.
    """

    scores: Floats
    covered: NDArray[np.bool_]
    missing: tuple[str, ...]


def score_pairs(vectors: Vectors, pairs: GradedPairs, *, case: Case) -> Scored:
    """The similarity of each pair whose words are both there and whose vectors are finite."""
    words = [word for pair in pairs.pairs for word in pair]
    rows = find_rows(vectors, words, case=case)
    missing = tuple(sorted({word for word, row in zip(words, rows.tolist(), strict=True) if row < 0}))
    both = rows.reshape(-1, 2)
    covered = (both >= 0).all(axis=1)
    scores = np.full(len(pairs), np.nan)
    scores[covered] = vectors.similarity(vectors.matrix[both[covered, 0]], vectors.matrix[both[covered, 1]])
    return Scored(scores, np.isfinite(scores), missing)


def correlation(measure: Callable[[Floats, Floats, Floats], Floats], x: Floats, y: Floats) -> float:
    """Spearman's or Pearson's correlation of x and y themselves; NaN for fewer than three items."""
    return float(measure(x, y, np.ones((1, x.size)))[0]) if x.size > 2 else math.nan


def _figure(
    measure: Callable[[Floats, Floats, Floats], Floats], x: Floats, y: Floats, seed: int
) -> tuple[float, float, float]:
    value = correlation(measure, x, y)
    low, high = bca_interval(
        lambda weights: measure(x, y, weights), x.size, seed=check_seed(seed), value=value
    )
    return value, low, high


def check_seed(seed: int) -> int:
    """The seed. Raises OptionError where it is negative."""
    if seed < 0:
        raise OptionError(f"seed is a whole number from 0 on, not {seed}")
    return seed
