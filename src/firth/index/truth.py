"""What is true of some queries: their exact neighbours, against which every other answer is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import DataError
from firth.fingerprints import check_same_space
from firth.index.keep import Whole
from firth.kernels.topk import exact_scores
from firth.neighbours import METRICS, nearest, row_scales, usable
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.index.index import Index

__all__ = ["Questions", "Searcher", "questions_of_index", "questions_of_rows"]

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]
Searcher: TypeAlias = Callable[[Floats, int], Rows]
"""Queries (m, d) and k to row numbers (m, k), -1 for none: whatever is to be measured."""

SEVERAL = 2  # of fewer queries there is no spread


@dataclass(frozen=True, eq=False, kw_only=True)
class Questions:
    """Queries with their true neighbours.

    Attributes:
        queries: float32, (m, d).
        own: int64, (m,): the row that a query is itself, which is no answer to it; -1 where it is none.
        k: how many neighbours are asked for, at most as many as there are.
        least: float32, (m,): the score of the k-th true neighbour, or of the last there is.
        wanted: int64, (m,): how many true neighbours there are, at most k.
        matrix: float32, (n, d): the rows, by the numbers that answers have.
        metric: "cosine", "dot" or "euclidean".
        source: what the queries are, in words.
        notes: what was left out.
    """

    queries: Floats
    own: Rows
    k: int
    least: Floats
    wanted: Rows
    matrix: Floats
    metric: str
    source: str
    notes: tuple[str, ...] = ()
    places: Rows | None = field(default=None, repr=False)
    """int64: the row of `matrix` for each row number of an answer; None where they are the same."""

    def __len__(self) -> int:
        return len(self.queries)

    @property
    def asked(self) -> int:
        """How many answers to ask for: one more where a query is a row itself, and finds itself."""
        return self.k + int(bool((self.own >= 0).any()))

    def take(self, which: slice) -> Questions:
        """Some of the queries."""
        return replace(
            self,
            queries=self.queries[which],
            own=self.own[which],
            least=self.least[which],
            wanted=self.wanted[which],
        )

    def recalls(self, answers: Rows) -> NDArray[np.float64]:
        """The recall of each query, float64, (m,): the share of its true neighbours among its answers.

        An answer counts if its exact score is at least that of the k-th true neighbour, so that of equally
        near rows any will do. The query itself is no answer, and no row counts twice.

        Args:
            answers: int64, (m, c), best first, -1 for none; only the first k that are others count.
        """
        answers = _others(answers, self.own, self.k)
        rows = answers if self.places is None else np.where(answers >= 0, self.places[answers], -1)
        scores = np.empty(rows.shape, np.float64)
        exact_scores(self.queries, self.matrix, np.ascontiguousarray(rows), METRICS[self.metric], scores)
        right = (rows >= 0) & (scores.astype(np.float32) >= self.least[:, None])
        return np.asarray(np.minimum(right.sum(axis=1) / self.wanted, 1.0))

    def recalls_of(self, search: Searcher) -> NDArray[np.float64]:
        """The recall of each query, (m,), where `search` answers them."""
        return self.recalls(search(self.queries, self.asked))


def questions_of_rows(
    matrix: Floats,
    metric: str,
    *,
    k: int,
    queries: Floats | None,
    sample: int,
    seed: int,
    living: Rows | None = None,
) -> Questions:
    """Queries over rows that are all there is, with the truth about them.

    Args:
        matrix: float32, (n, d), finite.
        metric: "cosine", "dot" or "euclidean".
        k: how many neighbours.
        queries: float32, (m, d); None draws rows as queries, each of which is then left out of its own
            answers.
        sample: how many queries at most.
        seed: which are drawn.
        living: int64: the rows that may be answers and queries; all if None.

    Raises:
        DataError: there is no query, or nothing to be found.
    """
    if living is not None and np.array_equal(living, np.arange(len(matrix))):
        living = None  # all of them, in their order: nothing is copied
    here = matrix if living is None else matrix[living]
    if len(here) < (1 if queries is not None else SEVERAL):
        raise DataError(f"recall needs rows to be found, and there are {len(here):,}")
    notes: list[str] = []
    random = np.random.default_rng(seed)
    if queries is None:
        local = np.sort(random.choice(len(here), min(sample, len(here)), replace=False))
        random.shuffle(local)  # so that either half is of all rows
        asked = np.ascontiguousarray(here[local])
        source = "rows of the index, each without itself"
    else:
        asked, notes = _of_use(queries, metric)
        if len(asked) > sample:
            notes.append(f"a sample of {sample:,} of {len(asked):,} queries")
            asked = asked[random.permutation(len(asked))[:sample]]
        local, source = np.full(len(asked), -1, np.int64), "given queries"
    others = len(here) - int(queries is None)
    found = min(k, others)
    if found < k:
        notes.append(f"there are {found:,} rows to be found and not {k:,}: recall is counted among {found:,}")
    _, scores = nearest(
        asked, here, row_scales(here, metric), metric=metric, k=found, excluded=local[:, None]
    )
    own = local if living is None else np.where(local >= 0, living[local], -1)
    return Questions(
        queries=asked,
        own=own.astype(np.int64),
        k=found,
        least=scores[:, -1].copy(),
        wanted=np.full(len(asked), found, np.int64),
        matrix=matrix,
        metric=metric,
        source=source,
        notes=tuple(notes),
    )


def questions_of_index(
    index: Index,
    queries: Vectors | ArrayLike | None,
    *,
    k: int,
    vectors: Vectors | None,
    sample: int,
    seed: int,
) -> Questions:
    """Queries to an index with the truth over the rows it keeps whole, or over the vectors it was made of.

    Raises:
        DataError: the index keeps no whole rows and no vectors are given, or these lack ids of the index.
        SpaceMismatchError: vectors or queries are of another space.
    """
    matrix, places = _rows_of(index, vectors)
    living = np.flatnonzero(index.labels.alive)
    asked = None
    if queries is not None:
        asked = index._queries(queries)[0]
    if places is None:
        return questions_of_rows(
            matrix, index.metric, k=k, queries=asked, sample=sample, seed=seed, living=living
        )
    found = questions_of_rows(
        matrix, index.metric, k=k, queries=asked, sample=sample, seed=seed, living=places[living]
    )
    number = np.full(len(matrix), -1, np.int64)  # the row of the index for each row of the vectors
    number[places[living]] = living
    own = np.where(found.own >= 0, number[found.own], -1)
    return replace(found, own=own, places=places)


def _rows_of(index: Index, vectors: Vectors | None) -> tuple[Floats, Rows | None]:
    """Rows to compare with, and where among them each row of the index is; None where they are the same."""
    if vectors is None:
        if isinstance(index.kept, Whole):
            return index.kept.matrix, None
        originals = index.engine.originals()
        if index.kept is None and originals is not None:
            return originals, None
        held = "only codes of its rows" if index.kept is not None else "none of its rows"
        raise DataError(
            f"this index keeps {held}, and recall is measured against the rows themselves: "
            "give the vectors it was built of, vectors=… (--vectors FILE)"
        )
    check_same_space(index.fingerprint, vectors, what="the vectors that recall is measured against")
    living = np.flatnonzero(index.labels.alive)
    ids = list(index.labels.table().take(living))
    there = vectors.ids.rows(cast("Any", ids))
    if there.size and there.min() < 0:
        missing = np.flatnonzero(there < 0)
        raise DataError(
            f"{len(missing):,} of the {len(ids):,} ids of the index, such as {ids[missing[0]]!r}, are not "
            "among the vectors that recall is to be measured against; give those it was built of"
        )
    places = np.full(len(index.labels), -1, np.int64)
    places[living] = there
    return vectors.matrix, places


def _of_use(queries: Floats, metric: str) -> tuple[Floats, list[str]]:
    """The queries that have neighbours, and how many have none."""
    if metric != "cosine":
        kept, notes = queries, []
    else:
        good = usable(queries)
        left_out = int(np.count_nonzero(~good))
        kept = queries if not left_out else np.ascontiguousarray(queries[good])
        notes = [f"{left_out:,} queries of zeros, which have no direction, were left out"] if left_out else []
    if not len(kept):
        raise DataError("there is no query to measure with; give rows that are not all zeros")
    return kept, notes


def _others(answers: Rows, own: Rows, k: int) -> Rows:
    """The first k answers (m, k) of each query that are not itself and were not given before."""
    answers = answers.astype(np.int64, copy=True)
    answers[answers == own[:, None]] = -1
    order = np.argsort(answers, axis=1, kind="stable")
    sorted_ = np.take_along_axis(answers, order, 1)
    again = np.zeros(answers.shape, bool)
    np.put_along_axis(again, order[:, 1:], sorted_[:, 1:] == sorted_[:, :-1], 1)
    answers[again] = -1
    first = np.argsort(answers < 0, axis=1, kind="stable")[:, :k]  # those there are, in their order
    return np.ascontiguousarray(np.take_along_axis(answers, first, 1))
