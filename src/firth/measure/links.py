"""`links`: do pairs that are linked score above pairs that are not?"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.measure.classifiers import Standard, fit_probe
from firth.measure.intervals import Floats
from firth.measure.items import left_out, rows_of_ids
from firth.measure.outcome import Outcome, row_of
from firth.measure.rankscores import area_under_curve, average_precision
from firth.measure.report import Report
from firth.measure.sets.linkset import LinkSet, Pair, read_links
from firth.measure.spaces import Space, vectors_of
from firth.options import check_real, check_seed
from firth.vectors import Vectors

__all__ = ["Links", "PairFeatures", "links"]

PairFeatures: TypeAlias = Literal["hadamard", "average", "L1", "L2"]
Rows = NDArray[np.float32]

# Grover and Leskovec 2016, "node2vec", KDD, table 1.
MADE_OF_BOTH: dict[str, Callable[[Rows, Rows], Any]] = {
    "hadamard": lambda a, b: a * b,
    "average": lambda a, b: (a + b) / np.float32(2),
    "L1": lambda a, b: np.abs(a - b),
    "L2": lambda a, b: (a - b) ** 2,
}
BLOCK = 1 << 22  # values of the rows of pairs at a time: 16 MB
HOW = "the intervals resample the pairs; pairs share their ids, so read them as the least that is uncertain"


def links(
    space: Space,
    pairs: LinkSet | str | os.PathLike[str],
    *,
    train: LinkSet | None = None,
    features: PairFeatures = "hadamard",
    l2: float | None = None,
    seed: int = 1,
) -> Report:
    """Tell pairs that are linked from pairs that are not.

    Args:
        space: vectors whose ids are those of the pairs, such as nodes of a graph, or a model.
        pairs: the set, or a file that `read_links` reads. Its links should be no part of what the vectors
            were trained on.
        train: if None, a pair scores what the metric of the vectors gives it, and nothing is learnt. Else
            these links and non-links train logistic regression on features of both rows, whose log odds are
            the score.
        features: of such a pair, made of its two rows: "hadamard" (their products), "average", "L1" (the
            absolute differences) or "L2" (their squares).
        l2: the penalty of logistic regression; chosen by a fifth of the training pairs if None.
        seed: of that choice and the bootstrap.

    Returns:
        A report with the rows "AUC", the chance that a link scores above a pair without one, ties as half,
        and "average precision". Both have bootstrap intervals over the pairs. "chance" is 0.5, and for
        average precision the share of links, which it depends on.

    Raises:
        FormatError: the file is damaged; the message names the line.
        OptionError: an option is outside its range.
        DataError: the training pairs that are covered are not of both kinds.
    """
    given = pairs if isinstance(pairs, LinkSet) else read_links(pairs, seed=seed)
    return Links(links=given, train=train, features=features, l2=l2, seed=seed).report(space)


class _Ends(NamedTuple):
    """The rows of both ends of pairs, int64, (n,); which pairs are covered, bool, (n,); what to say."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    covered: NDArray[np.bool_]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Links:
    """The task of `links`; see there."""

    links: LinkSet
    train: LinkSet | None = None
    features: PairFeatures = "hadamard"
    l2: float | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        if self.features not in MADE_OF_BOTH:
            raise OptionError(f"features are 'hadamard', 'average', 'L1' or 'L2', not {self.features!r}")
        check_seed(self.seed)
        if self.l2 is not None:
            check_real("l2", self.l2, 0, 1e12, above=True)

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.links.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """AUC and average precision; what a pair, links first, got is its score."""
        vectors = vectors_of(
            space, [str(end) for pair in (*self.links.links, *self.links.others) for end in pair]
        )
        ends = _ends(vectors, self.links)
        linked = np.arange(len(self.links)) < len(self.links.links)
        scores = np.full(linked.size, np.nan)
        classifier, notes = self._classifier(vectors)
        scores[ends.covered] = self._scores(vectors, ends, classifier)
        covered = np.isfinite(scores)
        kinds = {"links": covered & linked, "pairs without a link": covered & ~linked}
        there = {kind: int(np.count_nonzero(some)) for kind, some in kinds.items()}
        said = [*left_out("pairs", covered, ends.missing), *ends.notes, *notes, *self._overlap()]
        said += [f"no {kind} are covered, so there is no figure" for kind, n in there.items() if not n]
        main = Outcome(
            task=self.name,
            figure="AUC",
            values=scores,
            covered=covered,
            statistic=area_under_curve(linked),
            chance=0.5,
            missing=ends.missing,
            extra={"links": there["links"], "others": there["pairs without a link"]},
            notes=tuple(said),
        )
        share = there["links"] / max(1, sum(there.values()))
        return main, replace(
            main, figure="average precision", statistic=average_precision(linked), chance=share
        )

    def report(self, space: Space) -> Report:
        """See `links`."""
        outcomes = self.outcomes(space)
        sets = [self.links] if self.train is None else [self.links, self.train]
        return Report(
            title=f"{self.name}: links told from pairs without one",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in outcomes),
            columns=("chance",),
            notes=(*outcomes[0].notes, HOW, *(one.note for one in sets if one.note)),
            details={"missing": list(outcomes[0].missing)},
        )

    def _classifier(self, vectors: Vectors) -> tuple[Standard | None, list[str]]:
        """What tells links by their features, if there are pairs to learn it from."""
        if self.train is None:
            return None, [f"a pair scores what the {vectors.metric} metric of the vectors gives it"]
        ends = _ends(vectors, self.train)
        linked = (np.arange(len(self.train)) < len(self.train.links))[ends.covered]
        if not linked.any() or linked.all():
            raise DataError(
                f"links are learnt from pairs of both kinds; {int(linked.sum()):,} links and "
                f"{int((~linked).sum()):,} pairs without one of {self.train.name!r} are in this space"
            )
        rows = self._features(vectors, ends.a[ends.covered], ends.b[ends.covered])
        found = fit_probe(rows, linked.astype(np.int64), count=2, l2=self.l2, seed=self.seed)
        settled = "" if found.logistic.settled else ", stopped before it settled"
        return found, [
            f"logistic regression on {self.features} features of {linked.size:,} training pairs, "
            f"l2 = {found.logistic.l2:g}{settled}",
            *left_out("training pairs", ends.covered, ends.missing),
        ]

    def _scores(self, vectors: Vectors, ends: _Ends, classifier: Standard | None) -> Floats:
        """The score of each covered pair, float64, higher for a link."""
        from firth.neighbours import scores_of_pairs

        a, b = ends.a[ends.covered], ends.b[ends.covered]
        scores = np.empty(a.size)
        step = max(1, BLOCK // max(1, vectors.dim))
        for start in range(0, a.size, step):
            part = slice(start, start + step)
            if classifier is None:
                scores[part] = scores_of_pairs(
                    vectors.matrix[a[part]], vectors.matrix[b[part]], vectors.metric
                )
            else:
                z = classifier.scores(self._features(vectors, a[part], b[part]))
                scores[part] = z[:, 1] - z[:, 0]
        return scores

    def _features(self, vectors: Vectors, a: NDArray[np.int64], b: NDArray[np.int64]) -> Rows:
        made: Rows = MADE_OF_BOTH[self.features](vectors.matrix[a], vectors.matrix[b])
        return made

    def _overlap(self) -> list[str]:
        """What to say where training pairs are tested on."""
        if self.train is None:
            return []
        directed = self.links.directed
        learnt = {_key(pair, directed) for pair in (*self.train.links, *self.train.others)}
        seen = sum(_key(pair, directed) in learnt for pair in (*self.links.links, *self.links.others))
        return [f"{seen:,} of the pairs are also among those learnt from"] if seen else []


def _key(pair: Pair, directed: bool) -> tuple[str, str]:
    """A pair in one way of writing it; 12 and "12" are one id, as where rows are looked up."""
    a, b = map(str, pair)
    return (a, b) if directed or a <= b else (b, a)


def _ends(vectors: Vectors, pairs: LinkSet) -> _Ends:
    items = [end for pair in (*pairs.links, *pairs.others) for end in pair]
    rows = rows_of_ids(vectors, items, case="exact")
    missing = tuple(sorted({str(item) for item, row in zip(items, rows.tolist(), strict=True) if row < 0}))
    a, b = rows.reshape(-1, 2).T
    covered = (a >= 0) & (b >= 0)
    wanted = np.unique(np.concatenate([a[covered], b[covered]]))
    finite = np.zeros(len(vectors), np.bool_)
    finite[wanted] = np.isfinite(vectors.matrix[wanted]).all(axis=1)
    covered[covered] = finite[a[covered]] & finite[b[covered]]
    bad = int(np.count_nonzero(~finite[wanted]))
    notes = (f"{bad:,} ids have rows that are not finite, whose pairs are not covered",) if bad else ()
    return _Ends(a, b, covered, missing, notes)
