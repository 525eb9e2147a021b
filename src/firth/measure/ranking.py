"""`score_run`: how well a ranking puts the relevant documents first, whoever made it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeAlias

from firth.errors import DataError
from firth.measure.judgedplaces import Judgements, Results
from firth.measure.outcome import row_of
from firth.measure.report import Report
from firth.measure.scoring import FIGURES, Gain, Over, QueryFigures, Scoring
from firth.options import check_seed, check_several

__all__ = ["check_answered", "check_relevant", "figures_by_query", "score_run"]

Path: TypeAlias = str | os.PathLike[str]


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
    check_answered(found)
    check_relevant(found, level)
    return Report(
        title=f"{name}: figures of a ranking",
        rows=tuple(row_of(outcome, seed=seed) for outcome in found.outcomes(name)),
        notes=tuple(found.notes(over)),
        details={"level": level, "gain": gain, "over": over},
    )


def check_answered(found: QueryFigures) -> None:
    """Raise DataError where a run has no result of a judged query."""
    if not found.places.returned.any():
        raise DataError(
            f"no judged query has a result: the run has {len(found.places.unjudged_queries):,} other "
            f"queries. Are their ids written in the same way? The first judged one is {found.queries[0]!r}"
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
