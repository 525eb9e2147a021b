"""Figures of ranked results: where the judged documents of each query stand, and what follows from that.

A figure depends on nothing but the places of the judged documents, so that the results of a query are never
put into pairs with their documents: their scores alone are sorted, and each judged document is found among
them by its score.
"""

from __future__ import annotations

import math

import numpy as np

from firth.kernels.jit import kernel

__all__ = [
    "BPREF",
    "JUDGED",
    "MAP",
    "MRR",
    "NDCG",
    "PRECISION",
    "RECALL",
    "RPREC",
    "SUCCESS",
    "find_rows",
    "place_by_score",
    "ranking_figures",
]

NDCG, MAP, MRR, RECALL, PRECISION, SUCCESS, RPREC, BPREF, JUDGED = range(9)


@kernel
def find_rows(rows, starts, stops, wanted, offsets, positions):
    """Write to `positions` where in `rows` each wanted row stands among the results of its query, or -1.

    `rows` (int64): the documents of all results, those of query q at starts[q]:stops[q]; `wanted` (int64):
    rows of documents, those of query q at offsets[q]:offsets[q + 1], -1 for one that is nowhere; `positions`:
    int64, one a wanted row.
    """
    marks = np.full(rows.max() + 1 if rows.size else 0, -1, np.int64)
    for q in range(starts.size):
        for i in range(starts[q], stops[q]):
            marks[rows[i]] = i
        for j in range(offsets[q], offsets[q + 1]):
            positions[j] = marks[wanted[j]] if 0 <= wanted[j] < marks.size else -1
        for i in range(starts[q], stops[q]):
            marks[rows[i]] = -1


@kernel
def place_by_score(scores, starts, stops, wanted, offsets, places, equal):
    """Write the place from 0 of each wanted score among the results of its query, -1 for a NaN.

    `scores` (float32, no NaN): of all results, those of query q at starts[q]:stops[q], in any order;
    `wanted` (float32): those of query q at offsets[q]:offsets[q + 1], each a score of this query; `places`:
    int64, one a wanted score, the first of the places that its score takes; `equal`: int64, one a wanted
    score, how many places it takes, 0 for a NaN.
    """
    for q in range(starts.size):
        if offsets[q] == offsets[q + 1]:
            continue
        results = scores[starts[q] : stops[q]]
        for i in range(1, results.size):
            if results[i] > results[i - 1]:
                results = np.sort(results)[::-1].copy()
                break
        for j in range(offsets[q], offsets[q + 1]):
            if math.isnan(wanted[j]):
                places[j], equal[j] = -1, 0
                continue
            places[j] = _how_many_above(results, wanted[j], False)
            equal[j] = _how_many_above(results[places[j] :], wanted[j], True)


@kernel
def _how_many_above(falling, score, or_equal):
    """How many of falling scores are above a score, or equal to it too."""
    low, high = 0, falling.size
    while low < high:
        middle = (low + high) // 2
        if falling[middle] > score or (or_equal and falling[middle] == score):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def ranking_figures(places, grades, offsets, kinds, cuts, level, exponential, figures):
    """Write the figures of each query, (queries, len(kinds)).

    `places` (int64): the place from 0 of each judged document among the results, -1 for one that is not
    there; `grades` (float64): its grade; those of query q at offsets[q]:offsets[q + 1]; `kinds` (int64):
    which figures; `cuts` (int64): how many results each looks at; `level`: the least grade that is relevant;
    `exponential`: whether the gain of nDCG is 2^grade - 1 and not the grade; `figures`: float64.
    """
    for q in range(offsets.size - 1):
        all_places = places[offsets[q] : offsets[q + 1]]
        all_grades = grades[offsets[q] : offsets[q + 1]]
        ideal = np.sort(all_grades[all_grades > 0])[::-1]
        relevant, rejected = 0, 0
        for grade in all_grades:
            relevant += grade >= level
            rejected += 0 <= grade < level
        here, worth = _in_order(all_places, all_grades)
        for f in range(kinds.size):
            figures[q, f] = _figure(
                here, worth, ideal, relevant, rejected, kinds[f], cuts[f], level, exponential
            )


@kernel
def _in_order(places, grades):
    """The places of the documents that were found, rising, and their grades."""
    at = np.full(places.max() + 1 if places.size else 0, -1, np.int64)
    for j in range(places.size):
        if places[j] >= 0:
            at[places[j]] = j
    found = at[at >= 0]
    return places[found], grades[found]


@kernel
def _figure(places, grades, ideal, relevant, rejected, kind, cut, level, exponential):
    """One figure of one query: its found documents by rising place, and the good grades of all, falling."""
    if kind == JUDGED:
        return np.count_nonzero(places < cut) / cut
    if kind == NDCG:
        best = 0.0
        for i in range(min(cut, ideal.size)):
            best += _gain(ideal[i], exponential) / math.log2(i + 2.0)
        got = 0.0
        for j in range(places.size):
            if places[j] < cut:
                got += _gain(grades[j], exponential) / math.log2(places[j] + 2.0)
        return got / best if best > 0 else 0.0
    if relevant == 0:
        return 0.0
    if kind == RPREC:
        cut = relevant
    hits, turned, total = 0, 0, 0.0
    for j in range(places.size):
        if places[j] >= cut:
            break
        if grades[j] >= level:
            hits += 1
            if kind == MAP:
                total += hits / (places[j] + 1)
            elif kind == MRR:
                return 1 / (places[j] + 1)
            elif kind == BPREF:
                total += 1 - (min(turned, relevant) / min(rejected, relevant) if turned else 0.0)
        elif grades[j] >= 0:
            turned += 1
    if kind in (MAP, BPREF):
        return total / relevant
    if kind in (RECALL, RPREC):
        return hits / relevant
    if kind == PRECISION:
        return hits / cut
    return 1.0 if kind == SUCCESS and hits else 0.0


@kernel
def _gain(grade, exponential):
    """What a document of this grade is worth; nothing where it was judged to be of no use."""
    if grade <= 0:
        return 0.0
    return 2.0**grade - 1 if exponential else grade
