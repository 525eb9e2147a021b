"""`compare`: is one space better than another, or could the difference be chance?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.analogies import Method, answer
from firth.measure.intervals import LEVEL, RESAMPLES, resamples, spearman
from firth.measure.pairs import Similarity, check_seed
from firth.measure.report import Report, Row
from firth.measure.sets import EvaluationSet, GradedPairs, Questions, given_sets
from firth.measure.spaces import Case
from firth.vectors import Vectors

__all__ = ["compare"]

UNKNOWN = "not told apart by this data"


class Difference(NamedTuple):
    """The figures of both spaces where both cover, their difference (b - a), its interval and p."""

    a: float
    b: float
    value: float
    low: float
    high: float
    p: float
    n: int


def compare(
    a: Vectors,
    b: Vectors,
    sets: EvaluationSet | Iterable[EvaluationSet],
    *,
    restrict: int | None = 30_000,
    method: Method = "3CosAdd",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Compare two spaces on the same items, set by set, with a paired test.

    Only items that both cover count. On graded pairs the figure is Spearman's correlation; pairs are drawn
    with replacement, the same for both spaces, and p is twice the share of draws in which the difference has
    the other sign (Efron and Tibshirani 1993, section 15.4). On analogies the figure is the share of right
    answers; p is McNemar's exact test (1947) on the questions that one space alone gets right. Each set is
    tested for itself: of twenty comparisons of equals one will come out at p < 0.05.

    Args:
        a: vectors.
        b: other vectors; a positive difference means that these are better.
        sets: graded pairs, questions, files of either kind, or several of them.
        restrict, method, case: as in `analogy` and `similarity`.
        seed: of the resampling.

    Returns:
        A report with a row for each set: the difference b - a with its bootstrap interval, the figures of
            both, p, and the
        verdict on b: "better", "worse", or "not told apart by this data".

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: no set was given, or ids are not strings.
        OptionError: an option is outside its range.
    """
    rows = []
    for given in given_sets(sets):
        if isinstance(given, GradedPairs):
            name, found = "spearman", _compare_pairs(a, b, given, case, check_seed(seed))
        else:
            name = "accuracy"
            found = _compare_answers(a, b, given, restrict, method, case, check_seed(seed))
        rows.append(_row(given, name, found))
    return Report(
        title="difference of b from a",
        rows=tuple(rows),
        columns=("a", "b", "p", "verdict"),
        notes=("over the items that both cover; the verdict is on b",),
    )


def _compare_pairs(a: Vectors, b: Vectors, pairs: GradedPairs, case: Case, seed: int) -> Difference:
    task = Similarity(pairs=pairs, case=case, seed=seed)
    in_a, in_b = task.outcomes(a)[0], task.outcomes(b)[0]
    both = np.flatnonzero(in_a.covered & in_b.covered)
    x, y, grades = in_a.values[both], in_b.values[both], np.array(pairs.grades)[both]
    figure_a, figure_b = in_a.value_over(both), in_b.value_over(both)
    if math.isnan(figure_a) or math.isnan(figure_b):
        return Difference(figure_a, figure_b, math.nan, math.nan, math.nan, math.nan, x.size)
    blocks = [spearman(y, grades, w) - spearman(x, grades, w) for w in resamples(x.size, seed=seed)]
    drawn = np.concatenate(blocks)
    drawn = drawn[~np.isnan(drawn)]
    # Draws without a difference count for both signs, and one more for each keeps p from being 0.
    tail = min(np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0)) + 1
    low, high = _percentiles(drawn)
    return Difference(
        figure_a, figure_b, figure_b - figure_a, low, high, min(1.0, 2 * tail / (drawn.size + 1)), x.size
    )


def _compare_answers(
    a: Vectors,
    b: Vectors,
    questions: Questions,
    restrict: int | None,
    method: Method,
    case: Case,
    seed: int,
) -> Difference:
    in_a = answer(a, questions, restrict=restrict, method=method, case=case)
    in_b = answer(b, questions, restrict=restrict, method=method, case=case)
    both = in_a.covered & in_b.covered
    n = int(np.count_nonzero(both))
    if not n:
        return Difference(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, 0)
    right_a, right_b = in_a.right & both, in_b.right & both
    only_a = int(np.count_nonzero(right_a & ~right_b))
    only_b = int(np.count_nonzero(right_b & ~right_a))
    # A resample of the questions holds so many that only a, only b, both or neither get right.
    shares = [only_a / n, only_b / n, (n - only_a - only_b) / n]
    drawn = np.random.default_rng(seed).multinomial(n, shares, RESAMPLES)
    low, high = _percentiles((drawn[:, 1] - drawn[:, 0]) / n)
    figure_a, figure_b = np.count_nonzero(right_a) / n, np.count_nonzero(right_b) / n
    return Difference(figure_a, figure_b, (only_b - only_a) / n, low, high, mcnemar(only_a, only_b), n)


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p of McNemar's test: how likely so uneven a split is for a fair coin."""
    n = only_a + only_b
    k = np.arange(min(only_a, only_b) + 1)
    factorials = np.array([math.lgamma(i + 1) for i in range(n + 1)])
    logs = factorials[n] - factorials[k] - factorials[n - k] - n * math.log(2)
    return min(1.0, 2 * float(np.exp(logs).sum()))


def _percentiles(drawn: NDArray[np.float64]) -> tuple[float, float]:
    if not drawn.size:
        return math.nan, math.nan
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _row(given: GradedPairs | Questions, name: str, found: Difference) -> Row:
    told = found.p < 1 - LEVEL and (found.low > 0 or found.high < 0)
    verdict = ("better" if found.value > 0 else "worse") if told else UNKNOWN
    extra = {"a": found.a, "b": found.b, "p": found.p, "verdict": verdict, "figure": name}
    return Row(
        task=given.name,
        name=f"{given.name} ({name})",
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        total=len(given),
        extra={key: None if value != value else value for key, value in extra.items()},
    )
