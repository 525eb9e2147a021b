"""`sentences`: does a space find two sentences as alike in meaning as people do?"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import pearson, spearman
from firth.measure.outcome import Outcome, row_of
from firth.measure.pairs import correlation_with
from firth.measure.report import Report
from firth.measure.sets.gradedtexts import GradedTexts, read_graded_texts
from firth.measure.sets.testset import opened
from firth.measure.texts import TextSpace, encode_texts, own_metric
from firth.options import check_metric, check_seed, check_text
from firth.vectors import Metric

__all__ = ["Sentences", "sentences"]


def sentences(
    space: TextSpace,
    texts: GradedTexts | str | os.PathLike[str],
    *,
    prompt: str = "",
    metric: Metric | None = None,
    seed: int = 1,
) -> Report:
    """Correlate the similarities of pairs of sentences with the grades that people gave them.

    Args:
        space: what makes rows of texts: a model of texts, `MeanOfWords`, any object with `encode`, or a
            function of a list of strings.
        texts: the set, or a file that `read_graded_texts` reads.
        prompt: put before each sentence.
        metric: "cosine", "dot" or "euclidean", of which the similarity is minus the distance; None is that of
            the vectors of words, and else the cosine.
        seed: of the bootstrap.

    Returns:
        A report of two rows, "spearman" and "pearson", over the pairs of which both sentences have a vector,
        each with the bias-corrected bootstrap interval over the pairs.

    Raises:
        FormatError: the file is damaged; the message names the line.
        DataError: the space does not encode texts, or what was given is neither such a set nor a path.
        OptionError: an option is outside its range.
    """
    given = opened(texts, GradedTexts, read_graded_texts)
    return Sentences(texts=given, prompt=prompt, metric=metric, seed=seed).report(space)


@dataclass(frozen=True, kw_only=True)
class Sentences:
    """The task of `sentences`; see there. An item is a pair."""

    texts: GradedTexts
    prompt: str = ""
    metric: Metric | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_text("prompt", self.prompt)
        if self.metric is not None:
            check_metric(self.metric)

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.texts.name

    def outcomes(self, space: TextSpace) -> tuple[Outcome, ...]:
        """Spearman's and Pearson's correlation with the grades; an item is a pair."""
        place = {
            text: i for i, text in enumerate(dict.fromkeys(t for pair in self.texts.pairs for t in pair))
        }
        found = encode_texts(space, list(place), prompt=self.prompt)
        both = np.array([[place[a], place[b]] for a, b in self.texts.pairs], np.int64).reshape(-1, 2)
        there = found.covered[both].all(axis=1)
        scores = np.full(len(both), np.nan)
        scores[there] = _similarity(
            found.rows[both[there, 0]], found.rows[both[there, 1]], self.metric or own_metric(space)
        )
        covered = np.isfinite(scores)
        missing = tuple(sorted(text for text, i in place.items() if not found.covered[i]))
        main = Outcome(
            task=self.name,
            figure="spearman",
            values=scores,
            covered=covered,
            statistic=correlation_with(self.texts.grades, spearman),
            missing=missing,
            notes=(*found.notes, *_left_out(covered, missing)),
        )
        return main, replace(main, figure="pearson", statistic=correlation_with(self.texts.grades, pearson))

    def report(self, space: TextSpace) -> Report:
        """See `sentences`."""
        outcomes = self.outcomes(space)
        main = outcomes[0]
        return Report(
            title=f"{self.name}: correlation with people's grades",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in outcomes),
            notes=(*main.notes, *([self.texts.note] if self.texts.note else [])),
            details={"missing": list(main.missing)},
        )


def _left_out(covered: NDArray[np.bool_], missing: tuple[str, ...]) -> list[str]:
    left = int(np.count_nonzero(~covered))
    shown, more = "; ".join(text[:60] for text in missing[:3]), "; …" if len(missing) > 3 else ""
    note = f"pairs not covered: {left:,} of {covered.size:,}; without a vector: {shown}{more}"
    return [note] if left else []


def _similarity(a: Any, b: Any, metric: Metric) -> NDArray[np.float64]:
    if hasattr(a, "tocsr"):
        from firth.measure.sparserows import similarity_sparse

        return similarity_sparse(a, b, metric=metric)
    from firth.neighbours import scores_of_pairs

    return scores_of_pairs(a, b, metric)
