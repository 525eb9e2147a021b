"""`rank`: search the documents of a retrieval set for its queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers, Strings
from firth.errors import DataError
from firth.measure.items import rows_of_ids
from firth.measure.rankings import Rankings
from firth.measure.sets.judged import RetrievalSet
from firth.measure.texts import TextRows, TextSpace, encode_texts, lengths_of, own_metric
from firth.options import check_flag, check_metric, check_whole
from firth.vectors import Metric, Vectors

__all__ = ["check_search", "rank"]


def rank(
    space: TextSpace,
    judged: RetrievalSet,
    *,
    topn: int = 1000,
    query_prompt: str = "",
    document_prompt: str = "",
    metric: Metric | None = None,
    skip_same_id: bool = False,
    queries: Iterable[str] | None = None,
) -> Rankings:
    """Search the documents of a set for its queries, exactly.

    Args:
        space, topn, query_prompt, document_prompt, metric, skip_same_id: as in `retrieval`.
        judged: the set; its judgements are not looked at.
        queries: the ids of those to search for; None for all.

    Returns:
        The topn documents of each query with their scores, higher is nearer; of equally near ones those of
        greater ids. Queries and documents without a vector are in `unknown_queries` and `unknown_documents`.

    Raises:
        DataError: a query has no text, no document has a vector, or the space does not encode texts.
        OptionError: an option is outside its range.
    """
    check_search(topn, metric, skip_same_id)
    if not judged.documents:
        raise DataError(f"the set {judged.name!r} has no documents to search")
    asked = tuple(judged.queries if queries is None else queries)
    # Of equally near documents the search takes the lower row, and trec_eval the greater id.
    ids = sorted(judged.documents, reverse=True)
    metric = metric or own_metric(space)
    if isinstance(space, Vectors):
        sides = _by_id(space, ids, asked, metric)
    else:
        sides = _by_text(space, judged, ids, asked, query_prompt, document_prompt)
    if not sides.documents.covered.any():
        raise DataError(f"none of the {len(ids):,} documents has a vector: {sides.why}")
    return _search(sides, ids, asked, metric, topn, skip_same_id)


def check_search(topn: int, metric: str | None, skip_same_id: bool) -> None:
    """Raise OptionError where an option of a search is outside its range."""
    check_whole("topn", topn, 1, 1_000_000_000)
    check_flag("skip_same_id", skip_same_id)
    if metric is not None:
        check_metric(metric)


class _Sides(NamedTuple):
    """Rows of queries and of documents, and why the latter may have none."""

    queries: TextRows
    documents: TextRows
    why: str


def _by_text(
    space: TextSpace,
    judged: RetrievalSet,
    ids: list[str],
    queries: tuple[str, ...],
    query_prompt: str,
    document_prompt: str,
) -> _Sides:
    """The rows of texts."""
    given = judged.queries
    for query in queries:
        if not given.get(query, "").strip():
            raise DataError(
                f"query {query!r} of {judged.name!r} has no text; give it one or take its judgements out"
            )
    asked = encode_texts(space, [given[query] for query in queries], role="query", prompt=query_prompt)
    texts = [judged.documents[key] for key in ids]
    held = encode_texts(space, texts, role="document", prompt=document_prompt)
    if queries and asked.rows.shape[1] != held.rows.shape[1]:
        raise DataError(
            f"the encoder makes queries of dim {asked.rows.shape[1]:,} and documents of dim "
            f"{held.rows.shape[1]:,}, which cannot be compared"
        )
    why = "to the encoder none of their words is known"
    if held.broken:
        why = f"{held.broken:,} rows of the encoder are not finite, and all others are only zeros"
    return _Sides(asked, held, why)


def _by_id(space: Vectors, ids: list[str], queries: tuple[str, ...], metric: Metric) -> _Sides:
    """The rows of vectors that hold the ids themselves; ids that are whole numbers are so in the set too."""

    def rows_of(keys: Sequence[str]) -> TextRows:
        rows = rows_of_ids(space, keys, case="exact")
        there = rows >= 0
        matrix = np.zeros((rows.size, space.dim), np.float32)
        matrix[there] = space.matrix[rows[there]]
        lengths = lengths_of(matrix)
        finite = np.isfinite(lengths)
        known = there & finite & ((lengths > 0) | (metric != "cosine"))  # a row of zeros has no direction
        return TextRows(rows=matrix, covered=known, broken=int(np.count_nonzero(~finite)), notes=())

    held = rows_of(ids)
    why = (
        "their ids are not among the vectors. For vectors of words, give "
        "measure.MeanOfWords(vectors), which makes rows of texts"
    )
    if held.broken or held.rows.any():
        why = f"{held.broken:,} of their rows are not finite, and all others are missing or only zeros"
    return _Sides(rows_of(queries), held, why)


def _search(
    sides: _Sides, ids: list[str], queries: tuple[str, ...], metric: Metric, topn: int, skip_same_id: bool
) -> Rankings:
    held, asked = sides.documents.covered, sides.queries.covered
    table = Strings.of(key for key, yes in zip(ids, held, strict=True) if yes)
    answered = tuple(query for query, yes in zip(queries, asked, strict=True) if yes)
    k = min(topn + skip_same_id, len(table))
    rows, scores = _nearest(sides.queries.rows[asked], sides.documents.rows[held], metric, k)
    kept = rows >= 0
    if skip_same_id:
        kept &= rows != table.rows(answered)[:, None]
        kept &= np.cumsum(kept, axis=1) <= topn
    return Rankings(
        queries=answered,
        documents=table,
        offsets=np.concatenate([[0], np.cumsum(np.count_nonzero(kept, axis=1))]),
        rows=rows[kept],
        values=scores[kept],
        unknown_queries=tuple(key for key, yes in zip(queries, asked, strict=True) if not yes),
        unknown_documents=tuple(sorted(key for key, yes in zip(ids, held, strict=True) if not yes)),
        notes=tuple(dict.fromkeys([*sides.queries.notes, *sides.documents.notes])),
    )


def _nearest(
    queries: Any, documents: Any, metric: Metric, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    if hasattr(documents, "tocsr"):
        from firth.measure.sparserows import nearest_sparse

        return nearest_sparse(queries, documents, metric=metric, k=k)
    space = Vectors(Integers(np.arange(len(documents))), documents, metric=metric)
    hits = space.search(queries, topn=k)
    return hits.rows, hits.scores
