"""Where the judged documents of each query stand among its results: all that a figure of a ranking needs.

Results are in the order of falling scores, and those of equal scores in the order of falling document ids;
scores are compared in single precision. That is what trec_eval does, whose figures these are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.rankings import Grades, Rankings, by_query, numbers_of, offsets_of, single

__all__ = ["JudgedPlaces", "Judgements", "Results", "check_judgements", "places_of"]

Judgements: TypeAlias = Mapping[str, Mapping[str, int]] | Grades
Results: TypeAlias = Mapping[str, Mapping[str, float]] | Rankings
NAN = float("nan")


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedPlaces:
    """The judged documents of each judged query.

    Attributes:
        queries: the judged queries, in the order of the judgements.
        offsets: int64, (queries + 1,): the judged documents of query i are those from offsets[i] on.
        places: int64, (judged,): the place of each among the results of its query, from 0; -1 if it is not
            there.
        grades: float64, (judged,): whole numbers.
        returned: int64, (queries,): how many results each has.
        unjudged_queries: those of the run that have no judgement, sorted.
        rounded: in how many queries a judged document has a score that differs from another one's, but not
            in single precision, so that their ids order them.
    """

    queries: tuple[str, ...]
    offsets: NDArray[np.int64]
    places: NDArray[np.int64]
    grades: NDArray[np.float64]
    returned: NDArray[np.int64]
    unjudged_queries: tuple[str, ...]
    rounded: int


class _Scored(NamedTuple):
    """Results, and what the judged documents got among them.

    queries, offsets, grades: of the judgements. scores: as given, (results,); starts, stops: int64,
    (queries,): which of them are those of a query. wanted: float32, (judged,): the score of each judged
    document, NaN for one that is not among the results. keys: of query q, what orders its results, and its
    judged documents, where scores are equal.
    """

    queries: tuple[str, ...]
    offsets: NDArray[np.int64]
    grades: NDArray[np.float64]
    scores: NDArray[np.floating[Any]]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    wanted: NDArray[np.float32]
    keys: Callable[[int], tuple[list[Any], list[Any]]]


def places_of(judgements: Judgements, run: Results) -> JudgedPlaces:
    """Find the judged documents in a run.

    Args:
        judgements: by query, the grade of each judged document.
        run: by query, the score of each document that was found.

    Raises:
        DataError: there is no judgement, a grade is not a whole number, a score is NaN or no number, or an id
            is not a string.
    """
    from firth.kernels.ranking import place_by_score

    if isinstance(judgements, Grades) or isinstance(run, Rankings):
        judgements = judgements if isinstance(judgements, Grades) else Grades.of(judgements)
        run = run if isinstance(run, Rankings) else Rankings.of(run)
        scored, answered = _of_arrays(judgements, run), set(run.queries)
    else:
        scored, answered = _of_mappings(by_query(judgements), by_query(run)), set(run)
    if not scored.queries:
        raise DataError("there are no judgements to measure with; give the grades of documents by query")
    _check_grades(scored.queries, scored.offsets, scored.grades)
    scores = single(scored.scores)
    places = np.empty(scored.grades.size, np.int64)
    equal = np.empty(scored.grades.size, np.int64)
    place_by_score(scores, scored.starts, scored.stops, scored.wanted, scored.offsets, places, equal)
    query = np.repeat(np.arange(len(scored.queries)), np.diff(scored.offsets))
    rounded = sum(_untie(scored, places, equal, q) for q in np.unique(query[equal > 1]).tolist())
    return JudgedPlaces(
        queries=scored.queries,
        offsets=scored.offsets,
        places=places,
        grades=scored.grades,
        returned=scored.stops - scored.starts,
        unjudged_queries=tuple(sorted(answered - set(scored.queries))),
        rounded=rounded,
    )


def check_judgements(judgements: Mapping[str, Mapping[str, int]]) -> None:
    """Raise DataError where judgements are no mapping of mappings of whole numbers, with strings as ids."""
    judged = by_query(judgements)
    offsets = offsets_of([len(grades) for grades in judged.values()])
    _check_grades(tuple(judged), offsets, numbers_of(judged.values(), int(offsets[-1])))


def _of_mappings(
    judgements: Mapping[str, Mapping[str, int]], run: Mapping[str, Mapping[str, float]]
) -> _Scored:
    queries, none = tuple(judgements), dict[str, float]()
    results = [run.get(query, none) for query in queries]
    offsets = offsets_of([len(judged) for judged in judgements.values()])
    ends = offsets_of([len(found) for found in results])
    scores = numbers_of(results, int(ends[-1]))
    if (bad := np.flatnonzero(np.isnan(scores))).size:
        q, document = _owner(int(bad[0]), ends, results)
        raise DataError(f"the score of document {document!r} for query {queries[q]!r} is NaN")
    found = (
        [get(document, NAN) for document in judged]
        for get, judged in (
            (given.get, judgements[query]) for query, given in zip(queries, results, strict=True)
        )
    )
    wanted = np.fromiter(chain.from_iterable(found), np.float64, int(offsets[-1]))
    return _Scored(
        queries,
        offsets,
        numbers_of(judgements.values(), int(offsets[-1])),
        scores,
        ends[:-1],
        ends[1:],
        single(wanted),
        lambda q: (list(results[q]), list(judgements[queries[q]])),
    )


def _of_arrays(judgements: Grades, run: Rankings) -> _Scored:
    from firth.kernels.ranking import find_rows

    place = {query: i for i, query in enumerate(run.queries)}
    spans = np.append(run.offsets, run.offsets[-1])  # the last, of nothing, is that of a query not answered
    which = np.array([place.get(query, len(place)) for query in judgements.queries], np.int64)
    starts, stops = spans[which], spans[which + 1]
    asked = judgements.rows
    if judgements.documents is not run.documents:
        asked = run.documents.rows(judgements.documents)[asked]
    positions = np.empty(asked.size, np.int64)
    find_rows(run.rows, starts, stops, asked, judgements.offsets, positions)
    wanted = np.full(asked.size, np.nan, np.float32)
    wanted[positions >= 0] = run.values[positions[positions >= 0]]

    def keys(q: int) -> tuple[list[int], list[int]]:
        judged = asked[judgements.offsets[q] : judgements.offsets[q + 1]]
        there = np.where(judged < 0, -1, run.alphabet[judged])
        return run.alphabet[run.rows[starts[q] : stops[q]]].tolist(), there.tolist()

    grades = judgements.values.astype(np.float64)
    return _Scored(judgements.queries, judgements.offsets, grades, run.values, starts, stops, wanted, keys)


def _untie(scored: _Scored, places: NDArray[np.int64], equal: NDArray[np.int64], q: int) -> bool:
    """Move the judged documents of a query to their places among results of equal score: falling keys.

    Args:
        scored: the results.
        places: int64, (judged,): the first place of each document's score; changed in place.
        equal: int64, (judged,): how many results have that score in single precision.
        q: which query.

    Returns:
        Whether some of those scores differ before they are rounded to single precision.
    """
    given, first = scored.scores[scored.starts[q] : scored.stops[q]], int(scored.offsets[q])
    ours = slice(first, int(scored.offsets[q + 1]))
    keys, judged = scored.keys(q)
    order = np.argsort(-given, kind="stable").tolist()
    groups: dict[int, list[Any]] = {}  # the keys of results of equal score, rising, by their first place
    rounded = False
    for j, (place, n) in enumerate(zip(places[ours].tolist(), equal[ours].tolist(), strict=True)):
        if n > 1:
            group = groups.get(place)
            if group is None:
                members = order[place : place + n]
                groups[place] = group = sorted([keys[i] for i in members])
                rounded = rounded or bool(given[members[0]] != given[members[-1]])
            places[first + j] += n - bisect_right(group, judged[j])
    return rounded


def _check_grades(queries: tuple[str, ...], offsets: NDArray[np.int64], grades: NDArray[np.float64]) -> None:
    whole = np.isfinite(grades) & (grades == np.floor(grades))
    if not whole.all():
        bad = int(np.argmin(whole))
        q = int(np.searchsorted(offsets, bad, side="right")) - 1
        raise DataError(
            f"grade {bad - int(offsets[q]) + 1} of query {queries[q]!r} is {grades[bad]}; grades are whole "
            "numbers"
        )


def _owner(i: int, ends: NDArray[np.int64], mappings: list[Mapping[str, float]]) -> tuple[int, str]:
    """Which query value i of all belongs to, and which document."""
    q = int(np.searchsorted(ends, i, side="right")) - 1
    return q, list(mappings[q])[i - int(ends[q])]
