"""`retrieval`: does a space find the documents that people judged to answer a query?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from firth.errors import DataError, OptionError
from firth.measure.outcome import Outcome, row_of
from firth.measure.ranking import check_answered, check_relevant
from firth.measure.rankings import Rankings
from firth.measure.report import Report
from firth.measure.scoring import FIGURES, Gain, Scoring
from firth.measure.searching import check_search, rank
from firth.measure.sets.judged import RetrievalSet, read_retrieval_set
from firth.measure.sets.testset import opened
from firth.measure.texts import TextSpace
from firth.options import check_seed, check_several, check_text
from firth.vectors import Metric

__all__ = ["Retrieval", "RetrievalSpace", "retrieval"]

RetrievalSpace: TypeAlias = TextSpace | Rankings | Mapping[str, Mapping[str, float]]


def retrieval(
    space: RetrievalSpace,
    judged: RetrievalSet | str | os.PathLike[str],
    *,
    figures: Iterable[str] = FIGURES,
    topn: int = 1000,
    level: int = 1,
    gain: Gain = "linear",
    query_prompt: str = "",
    document_prompt: str = "",
    metric: Metric | None = None,
    skip_same_id: bool = False,
    seed: int = 1,
) -> Report:
    """Search the documents of a set for its queries, and measure what is found first.

    Args:
        space: what makes rows of texts: a model of texts (`WeightedMean`, `LSA`, `DocumentVectors`,
            `TfIdf`), `MeanOfWords`, any object with `encode` such as a sentence-transformers model, or a
            function of a list of strings; `Vectors` that hold the ids of documents and queries; or a run
            made elsewhere, `Rankings` or a mapping, which is scored as it is.
        judged: the set, or a folder that `read_retrieval_set` reads.
        figures, level, gain: as in `score_run`.
        topn: how many documents are found for a query; figures without a cut-off, such as MAP, are over
            these.
        query_prompt, document_prompt: put before each query and document. Without one, an encoder's own
            methods for queries and documents are used where it has them.
        metric: "cosine", "dot" or "euclidean"; None is that of the vectors, be they of the ids or of
            words, and else the cosine.
        skip_same_id: leave the document out that has the id of the query, for sets whose queries are
            documents themselves.
        seed: of the bootstrap.

    Returns:
        A report with a row for each figure: its mean over the judged queries that have a relevant document
        and a vector, with the bias-corrected bootstrap interval over the queries; n is how many these are.

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: a judged query has no text, no document has a vector, no judged document is relevant, the
            space does not encode texts, or a run has no judged query.
        OptionError: an option is outside its range.
    """
    task = Retrieval(
        judged=opened(judged, RetrievalSet, read_retrieval_set),
        figures=tuple(check_several("figures", figures)),
        topn=topn,
        level=level,
        gain=gain,
        query_prompt=query_prompt,
        document_prompt=document_prompt,
        metric=metric,
        skip_same_id=skip_same_id,
        seed=seed,
    )
    return task.report(space)


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """The task of `retrieval`; see there. An item is a judged query."""

    judged: RetrievalSet
    figures: tuple[str, ...] = FIGURES
    topn: int = 1000
    level: int = 1
    gain: Gain = "linear"
    query_prompt: str = ""
    document_prompt: str = ""
    metric: Metric | None = None
    skip_same_id: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_text("query_prompt", self.query_prompt)
        check_text("document_prompt", self.document_prompt)
        check_search(self.topn, self.metric, self.skip_same_id)
        if self._scoring.deepest > self.topn:
            raise OptionError(
                f"figures look at {self._scoring.deepest:,} results, but topn={self.topn:,} are found; "
                "raise topn"
            )

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.judged.name

    @property
    def _scoring(self) -> Scoring:
        return Scoring(figures=self.figures, level=self.level, gain=self.gain)

    def outcomes(self, space: RetrievalSpace) -> tuple[Outcome, ...]:
        """The figures of each judged query; one without a vector is not covered."""
        judgements, held = self.judged.judgements, len(self.judged.documents)
        notes = []
        if not judgements:
            raise DataError(f"the set {self.name!r} has no judgements to measure with")
        if made_elsewhere := isinstance(space, Rankings | Mapping):
            run = Rankings.of(space) if isinstance(space, Mapping) else space
        else:
            run = rank(
                space,
                self.judged,
                topn=self.topn,
                query_prompt=self.query_prompt,
                document_prompt=self.document_prompt,
                metric=self.metric,
                skip_same_id=self.skip_same_id,
                queries=judgements,
            )
            notes.append(f"{min(self.topn, held):,} of {held:,} documents found for each query")
        found = self._scoring.of(judgements, run)
        if made_elsewhere:
            check_answered(found)
        check_relevant(found, self.level)
        unknown = set(run.unknown_queries)
        known = np.array([query not in unknown for query in found.queries], np.bool_)
        found = replace(found, counted=found.counted & known)
        absent, relevant = self._absent()
        extra = {"judged_not_in_collection": absent, "without_vector": int(np.count_nonzero(~known))}
        if absent:
            notes.append(
                f"judged documents that are not among the {held:,} of the set, and count as not found: "
                f"{absent:,}, {relevant:,} of them relevant"
            )
        if self._scoring.deepest > held:
            notes.append(f"figures at more than {held:,} look at all documents, in whatever order")
        said = (*notes, *_unknown(run, len(found.queries), held), *found.notes("relevant"))
        missing = tuple(sorted(unknown))
        return tuple(
            replace(outcome, missing=missing, extra={**outcome.extra, **extra}, notes=said)
            for outcome in found.outcomes(self.name)
        )

    def report(self, space: RetrievalSpace) -> Report:
        """See `retrieval`."""
        outcomes = self.outcomes(space)
        return Report(
            title=f"{self.name}: retrieval of judged documents",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in outcomes),
            notes=(*outcomes[0].notes, *([self.judged.note] if self.judged.note else [])),
            details={
                "topn": self.topn,
                "level": self.level,
                "gain": self.gain,
                "documents": len(self.judged.documents),
                "missing": list(outcomes[0].missing),
            },
        )

    def _absent(self) -> tuple[int, int]:
        """How many judgements are of documents that the set does not hold, and how many of them relevant."""
        grades = [
            grade
            for judged in self.judged.judgements.values()
            for document, grade in judged.items()
            if document not in self.judged.documents
        ]
        return len(grades), sum(grade >= self.level for grade in grades)


def _unknown(run: Rankings, queries: int, documents: int) -> list[str]:
    """What a search could not be made for or find, and what the encoder said."""
    notes = []
    if run.unknown_queries:
        notes.append(
            f"queries without a vector, which do not count: {len(run.unknown_queries):,} of {queries:,} "
            f"({_some(run.unknown_queries)})"
        )
    if run.unknown_documents:
        notes.append(
            f"documents without a vector, which are never found: {len(run.unknown_documents):,} of "
            f"{documents:,} ({_some(run.unknown_documents)})"
        )
    return [*notes, *run.notes]


def _some(keys: tuple[str, ...]) -> str:
    return ", ".join(keys[:8]) + (", …" if len(keys) > 8 else "")
