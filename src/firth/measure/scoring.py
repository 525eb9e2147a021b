"""`Scoring`: which figures are made of a ranking, how, and what they are of each query.

Figures, order of ties and rounding are those of trec_eval (Buckley and Voorhees 2005, "Retrieval System
Evaluation"); the tests hold them to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.measure.judgedplaces import JudgedPlaces, Judgements, Results, places_of
from firth.measure.outcome import Outcome, share_of
from firth.options import check_several, check_whole

__all__ = [
    "FIGURES",
    "Figure",
    "Gain",
    "Over",
    "QueryFigures",
    "Scoring",
]

Gain: TypeAlias = Literal["linear", "exponential"]
Over: TypeAlias = Literal["relevant", "judged", "answered"]

FIGURES = ("nDCG@10", "MAP", "MRR@10", "recall@100", "precision@10")
UNCUT = 1 << 62
# Single precision, which grades may come in, holds the whole numbers up to the first; sums of gains of grades
# up to the second are finite.
LARGEST = {"linear": 2.0**24, "exponential": 1000.0}
# In the order of the kernel's constants.
KINDS = ("nDCG", "MAP", "MRR", "recall", "precision", "success", "Rprec", "bpref", "judged")
CUT = re.compile("[0-9]{1,10}")
CUT_ALWAYS, CUT_NEVER = {"recall", "precision", "success", "judged"}, {"Rprec", "bpref"}


@dataclass(frozen=True)
class Figure:
    """One figure of a ranking, as its name says it: what it counts, and among how many first results.

    Attributes:
        kind: one of `KINDS`.
        cut: how many results it looks at; None for all.
    """

    kind: str
    cut: int | None = None

    @classmethod
    def of(cls, name: str) -> Figure:
        """The figure of a name such as "nDCG@10", in upper or lower case.

        >>> Figure.of("ndcg@10").name
        'nDCG@10'

        Raises:
            OptionError: there is no such figure; the message names those there are.
        """
        base, at, cut = str(name).partition("@")
        kind = next((kind for kind in KINDS if kind.lower() == base.lower()), None)
        needs, takes = kind in CUT_ALWAYS, kind not in CUT_NEVER
        if kind is None or (at and not (takes and CUT.fullmatch(cut))) or (needs and not at):
            raise OptionError(
                f"{name!r:.80} is no figure of a ranking; there are nDCG, MAP and MRR (of all results, or "
                "such as nDCG@10), recall@k, precision@k, success@k, judged@k, Rprec and bpref"
            )
        return cls(kind, check_whole(f"the cut-off of {kind}", int(cut), 1, 1_000_000_000) if at else None)

    @property
    def name(self) -> str:
        """How the figure is called in a report."""
        return self.kind if self.cut is None else f"{self.kind}@{self.cut}"


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """Which figures are made of a ranking, and how.

    Attributes:
        figures: their names, the main one first.
        level: the least grade that counts as relevant; nDCG alone looks at the grades themselves.
        gain: what a document of a grade is worth to nDCG: "linear" is the grade (Järvelin and Kekäläinen
            2002, "Cumulated Gain-Based Evaluation of IR Techniques"), "exponential" 2^grade - 1 (Burges et
            al. 2005, "Learning to Rank using Gradient Descent").
        over: over which queries the mean is taken: "relevant", the judged ones that have a relevant document;
            "judged", all judged ones, which is trec_eval's option -c; "answered", the judged ones that
            have a result, which is trec_eval's default and lets a run gain by not answering. A query without
            results counts 0, and so does one without a relevant document.

    Raises:
        OptionError: a value is outside its range.
    """

    figures: tuple[str, ...] = FIGURES
    level: int = 1
    gain: Gain = "linear"
    over: Over = "relevant"

    def __post_init__(self) -> None:
        names = tuple(Figure.of(name).name for name in check_several("figures", self.figures))
        if not names or len(set(names)) != len(names):
            raise OptionError(f"figures are one or more, each once, not {self.figures!r}")
        object.__setattr__(self, "figures", names)
        check_whole("level", self.level, 1, 1_000_000)
        if self.gain not in ("linear", "exponential"):
            raise OptionError(f"gain is 'linear' or 'exponential', not {self.gain!r}")
        if self.over not in ("relevant", "judged", "answered"):
            raise OptionError(f"over is 'relevant', 'judged' or 'answered', not {self.over!r}")

    @property
    def deepest(self) -> int:
        """The largest cut-off among the figures; 0 where none has one."""
        return max((Figure.of(name).cut or 0 for name in self.figures), default=0)

    def of(self, judgements: Judgements, run: Results) -> QueryFigures:
        """The figures of each judged query.

        Raises:
            DataError: judgements or run cannot be used, or a grade is too large for the gain.
        """
        from firth.kernels.ranking import ranking_figures

        places = places_of(judgements, run)
        if (largest := places.grades.max(initial=0)) > LARGEST[self.gain]:
            raise DataError(
                f"a grade is {largest:g}; grades go up to {LARGEST[self.gain]:,.0f} where gain={self.gain!r}"
            )
        asked = [Figure.of(name) for name in self.figures]
        values = np.empty((len(places.queries), len(asked)))
        ranking_figures(
            places.places,
            places.grades,
            places.offsets,
            np.array([KINDS.index(figure.kind) for figure in asked], np.int64),
            np.array([figure.cut or UNCUT for figure in asked], np.int64),
            float(self.level),
            self.gain == "exponential",
            values,
        )
        query = np.repeat(np.arange(len(places.queries)), np.diff(places.offsets))
        relevant = np.bincount(query, places.grades >= self.level, minlength=len(places.queries)) > 0
        if self.over == "judged":
            counted = np.ones(len(values), np.bool_)
        else:
            counted = relevant if self.over == "relevant" else places.returned > 0
        return QueryFigures(
            queries=places.queries,
            figures=self.figures,
            values=values,
            counted=counted,
            relevant=relevant,
            places=places,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class QueryFigures:
    """What a run got on each judged query.

    Attributes:
        queries: their ids, in the order of the judgements.
        figures: the names of the figures.
        values: float64, (queries, figures).
        counted: bool, (queries,): which of them the means are taken over.
        relevant: bool, (queries,): which of them have a relevant document.
        places: where the judged documents stand.
    """

    queries: tuple[str, ...]
    figures: tuple[str, ...]
    values: NDArray[np.float64]
    counted: NDArray[np.bool_]
    relevant: NDArray[np.bool_]
    places: JudgedPlaces

    def means(self) -> dict[str, float]:
        """Each figure over the queries that count; NaN where there is none."""
        kept = self.values[self.counted]
        means = kept.mean(axis=0) if len(kept) else np.full(len(self.figures), np.nan)
        return dict(zip(self.figures, means.tolist(), strict=True))

    def outcomes(self, name: str) -> tuple[Outcome, ...]:
        """The figures as outcomes of a set of this name; an item is a judged query."""
        counts = {
            "without_relevant": int(np.count_nonzero(~self.relevant)),
            "without_results": int(np.count_nonzero(self.places.returned == 0)),
        }
        return tuple(
            Outcome(
                task=name,
                figure=figure,
                values=np.where(self.counted, column, np.nan),
                covered=self.counted,
                statistic=share_of,
                extra=counts,
            )
            for figure, column in zip(self.figures, self.values.T, strict=True)
        )

    def notes(self, over: Over) -> list[str]:
        """What is left out, counts 0 or is decided by the order of ids: a sentence each."""
        judged, empty = len(self.queries), int(np.count_nonzero(self.counted & (self.places.returned == 0)))
        bare = int(np.count_nonzero(~self.relevant))
        unjudged, rounded = self.places.unjudged_queries, self.places.rounded
        notes = []
        if bare:
            become = "do not count" if over == "relevant" else "count 0 where they count"
            notes.append(
                f"judged queries without a relevant document, which {become}: {bare:,} of {judged:,}"
            )
        if empty:
            notes.append(f"judged queries without a result, which count 0: {empty:,} of {judged:,}")
        if over == "answered" and not self.counted.all():
            left = int(np.count_nonzero(~self.counted))
            notes.append(f"judged queries without a result, which do not count: {left:,} of {judged:,}")
        if unjudged:
            notes.append(f"queries of the run without a judgement, which are left out: {len(unjudged):,}")
        if rounded:
            notes.append(
                "queries with scores that differ by less than single precision tells, so that falling ids "
                f"order them, as in trec_eval: {rounded:,}"
            )
        return notes
