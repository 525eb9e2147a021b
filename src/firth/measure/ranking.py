"""`score_run`: how well a ranking puts the relevant documents first, whoever made it.

Figures, order of ties and rounding are those of trec_eval (Buckley and Voorhees 2005, "Retrieval System
Evaluation"); the tests hold them to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.measure.judgedplaces import JudgedPlaces, Judgements, Results, places_of
from firth.measure.outcome import Outcome, row_of
from firth.measure.pairs import check_seed
from firth.measure.report import Report
from firth.options import check_several, check_whole

__all__ = [
    "FIGURES",
    "Figure",
    "Gain",
    "Over",
    "QueryFigures",
    "Scoring",
    "figures_by_query",
    "score_run",
]

Gain: TypeAlias = Literal["linear", "exponential"]
Over: TypeAlias = Literal["relevant", "judged", "answered"]
Path: TypeAlias = str | os.PathLike[str]

FIGURES = ("nDCG@10", "MAP", "MRR@10", "recall@100", "precision@10")
UNCUT = 1 << 62
KINDS = (
    "nDCG",
    "MAP",
    "MRR",
    "recall",
    "precision",
    "success",
    "Rprec",
    "bpref",
    "judged",
)  # as the kernel's
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
        if kind is None or (at and not (takes and cut.isascii() and cut.isdigit())) or (needs and not at):
            raise OptionError(
                f"{name!r} is no figure of a ranking; there are nDCG, MAP and MRR (of all results, or such "
                "as nDCG@10), recall@k, precision@k, success@k, judged@k, Rprec and bpref"
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
        """The figures of each judged query. Raises DataError where judgements or run cannot be used."""
        from firth.kernels.ranking import ranking_figures

        places = places_of(judgements, run)
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


def figures_by_query(
    judgements: Judgements | Path,
    run: Results | Path,
    *,
    figures: Iterable[str] = FIGURES,
    level: int = 1,
    gain: Gain = "linear",
    over: Over = "relevant",
) -> QueryFigures:
    """What a run gets on each judged query, without intervals; the arguments are those of `score_run`.

    >>> judgements, run = {"q": {"a": 1, "b": 1}}, {"q": {"x": 3, "a": 2}}
    >>> figures_by_query(judgements, run, figures=["MRR", "recall@5"]).means()
    {'MRR': 0.5, 'recall@5': 0.5}
    """
    scoring = Scoring(figures=tuple(check_several("figures", figures)), level=level, gain=gain, over=over)
    return scoring.of(*_read(judgements, run))


def score_run(
    judgements: Judgements | Path,
    run: Results | Path,
    *,
    figures: Iterable[str] = FIGURES,
    level: int = 1,
    gain: Gain = "linear",
    over: Over = "relevant",
    name: str = "run",
    seed: int = 1,
) -> Report:
    """Measure a run, made by whatever system, with relevance judgements.

    Results are ordered by falling score, those of equal scores by falling document id, and scores are
    compared in single precision, all as trec_eval does. A judged query without results counts 0.

    >>> report = score_run({"q": {"a": 2, "b": 1}}, {"q": {"b": 0.9, "a": 0.7}}, figures=["nDCG@10"])
    >>> round(report.value, 4)
    0.8597

    Args:
        judgements: by query, the grade of each judged document (below `level` is not relevant, and so is
            what was not judged); or a file that `read_judgements` reads.
        run: by query, the score of each document that was found; or `Rankings`, or a file that `read_run`
            reads.
        figures: which: nDCG, MAP and MRR, of all results or such as "nDCG@10"; recall@k, precision@k,
            success@k (is there a relevant one?), judged@k (the share that was judged), Rprec, bpref.
        level, gain, over: see `Scoring`.
        name: what to call the set in the report.
        seed: of the bootstrap.

    Returns:
        A report with a row for each figure: its mean over the queries, with the bias-corrected bootstrap
        interval over the queries. n is how many queries count, of all that were judged.

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: there is no judgement, none is relevant, no query of the run is judged, a grade is not a
            whole number, or a score is NaN.
        OptionError: an option is outside its range.
    """
    scoring = Scoring(figures=tuple(check_several("figures", figures)), level=level, gain=gain, over=over)
    check_seed(seed)
    found = scoring.of(*_read(judgements, run))
    if not found.places.returned.any():
        raise DataError(
            f"no judged query has a result: the run has {len(found.places.unjudged_queries):,} other "
            f"queries. Are their ids written in the same way? The first judged one is {found.queries[0]!r}"
        )
    check_relevant(found, level)
    return Report(
        title=f"{name}: figures of a ranking",
        rows=tuple(row_of(outcome, seed=seed) for outcome in found.outcomes(name)),
        notes=tuple(found.notes(over)),
        details={"level": level, "gain": gain, "over": over},
    )


def check_relevant(found: QueryFigures, level: int) -> None:
    """Raise DataError where no judged document is relevant."""
    if not found.relevant.any():
        raise DataError(
            f"no document is judged relevant: none of {found.places.grades.size:,} grades is at least "
            f"{level}; lower `level`, or look whether the grades are in the right column"
        )


def _read(judgements: Judgements | Path, run: Results | Path) -> tuple[Judgements, Results]:
    from firth.measure.sets.trec import read_judgements, read_run

    if isinstance(judgements, (str, os.PathLike)):
        judgements = read_judgements(judgements)
    return judgements, read_run(run) if isinstance(run, (str, os.PathLike)) else run
