"""The NumPy twins of the kernels of ranked results, written from the definitions of the figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.ranking import BPREF, JUDGED, MAP, MRR, NDCG, PRECISION, RECALL, RPREC, SUCCESS

__all__ = ["find_rows", "place_by_score", "ranking_figures"]


def find_rows(
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    wanted: NDArray[np.int64],
    offsets: NDArray[np.int64],
    positions: NDArray[np.int64],
) -> None:
    """Twin of `ranking.find_rows`."""
    for q, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        here = rows[start:stop].tolist()
        for j in range(offsets[q], offsets[q + 1]):
            positions[j] = start + here.index(wanted[j]) if wanted[j] in here else -1


def place_by_score(
    scores: NDArray[np.float32],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    wanted: NDArray[np.float32],
    offsets: NDArray[np.int64],
    places: NDArray[np.int64],
    equal: NDArray[np.int64],
) -> None:
    """Twin of `ranking.place_by_score`."""
    for q, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        ours = slice(offsets[q], offsets[q + 1])
        above = np.count_nonzero(scores[start:stop] > wanted[ours, None], axis=1)
        places[ours] = np.where(np.isnan(wanted[ours]), -1, above)
        equal[ours] = np.count_nonzero(scores[start:stop] == wanted[ours, None], axis=1)


def ranking_figures(
    places: NDArray[np.int64],
    grades: NDArray[np.float64],
    offsets: NDArray[np.int64],
    kinds: NDArray[np.int64],
    cuts: NDArray[np.int64],
    level: float,
    exponential: bool,
    figures: NDArray[np.float64],
) -> None:
    """Twin of `ranking.ranking_figures`: each figure over the whole list of results, NaN where not judged."""
    for q in range(offsets.size - 1):
        ours = slice(offsets[q], offsets[q + 1])
        judged, where = grades[ours], places[ours]
        results = np.full(where.max(initial=-1) + 1, np.nan)
        results[where[where >= 0]] = judged[where >= 0]
        for f, (kind, cut) in enumerate(zip(kinds, cuts, strict=True)):
            figures[q, f] = _figure(results, judged, int(kind), int(cut), level, exponential)


def _figure(
    results: NDArray[np.float64],
    judged: NDArray[np.float64],
    kind: int,
    cut: int,
    level: float,
    exponential: bool,
) -> float:
    relevant = int(np.count_nonzero(judged >= level))
    top = results[: relevant if kind == RPREC else cut]
    right = top >= level  # False for NaN
    if kind == JUDGED:
        return float(np.count_nonzero(~np.isnan(top)) / cut)
    if kind == NDCG:
        best = _discounted(np.sort(judged)[::-1][:cut], exponential)
        return _discounted(top, exponential) / best if best else 0.0
    if not right.any():
        return 0.0
    return {
        MAP: lambda: float((np.cumsum(right) / np.arange(1, top.size + 1))[right].sum() / relevant),
        MRR: lambda: float(1 / (np.argmax(right) + 1)),
        RECALL: lambda: float(right.sum() / relevant),
        RPREC: lambda: float(right.sum() / relevant),
        PRECISION: lambda: float(right.sum() / cut),
        SUCCESS: lambda: 1.0,
        BPREF: lambda: _bpref(top, judged, level),
    }[kind]()


def _discounted(grades: NDArray[np.float64], exponential: bool) -> float:
    gains = np.where(np.isnan(grades), 0, grades).clip(0)
    gains = 2**gains - 1 if exponential else gains
    return float((gains / np.log2(np.arange(2, gains.size + 2))).sum())


def _bpref(top: NDArray[np.float64], judged: NDArray[np.float64], level: float) -> float:
    relevant = np.count_nonzero(judged >= level)
    most = min(relevant, np.count_nonzero((judged >= 0) & (judged < level)))
    right, wrong = top >= level, (top >= 0) & (top < level)
    before = np.minimum(np.cumsum(wrong)[right], relevant)
    return float((1 - before / max(most, 1)).sum() / relevant)
