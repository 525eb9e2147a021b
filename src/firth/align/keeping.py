"""How much of what is near stays near when a map stands in for embedding again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.align.alignment import Alignment
from firth.errors import DataError
from firth.measure.intervals import spearman
from firth.measure.outcome import Outcome, mean_of, row_of
from firth.measure.pairs import correlation_with
from firth.measure.report import Report, Row
from firth.vectors import Vectors

__all__ = ["NEAR", "Kept", "compare_kept", "expected_residuals", "report_of"]

Floats = NDArray[np.float64]
LITTLE = 0.5
NEAR = 10  # known objects that say how far off a map is in their part of the space


class Kept(NamedTuple):
    """Shares of the k nearest, float64, one for each of q objects that were asked for.

    They are NaN where ties leave open who is nearest to most of the objects.

    of_new: of those that the new model alone finds, how many the mapped query finds in the old index.
    of_old: of those that the old model alone finds; None where the old model did not see the queries.
    models: of those that the new model finds, how many the old one does; None likewise.
    residual: how far off the map is expected to be, from objects that are near; None likewise.
    notes: where ties were broken, in words.
    """

    of_new: Floats
    of_old: Floats | None
    models: Floats | None
    residual: Floats | None
    notes: tuple[str, ...]

    @property
    def of_both(self) -> Floats:
        """What a map is chosen by: both shares, since a map cannot find what the old index does not show."""
        return self.of_new if self.of_old is None else (self.of_new + self.of_old) / 2


class Near(NamedTuple):
    """The k nearest places of each of q objects, int64, (q, k), and of how many the next one is as near."""

    places: NDArray[np.int64]
    tied: int

    @property
    def undecided(self) -> bool:
        """Whether who is nearest was left to the order of the rows for most."""
        return 2 * self.tied > len(self.places)


def compare_kept(
    alignment: Alignment,
    old: Vectors,
    new: Vectors,
    asked: NDArray[np.int64],
    *,
    k: int,
    queries: Vectors | None = None,
) -> Kept:
    """Ask with the new model's vectors in the old index, and hold the answers against each model's own.

    Args:
        alignment: from new to old.
        old, new: n objects that both models embedded, in the same order: the index.
        asked: int64, (q,): the places of those to ask with, which the map has not seen.
        k: how many neighbours.
        queries: vectors of the new model to ask with instead.
    """
    if queries is None:
        rows, own = new.matrix[asked], asked
    else:
        rows, own = queries.matrix, np.full(len(queries), -1, np.int64)
    mapped = alignment.apply(rows)
    of_new, found = _nearest(new, rows, own, k), _nearest(old, mapped, own, k)
    said = {"the new model's own": of_new, "the mapped": found}
    if queries is not None:
        return Kept(_shares(of_new, found), None, None, None, _ties(said))
    of_old = _nearest(old, old.matrix[asked], own, k)
    away = 1.0 - Vectors(range(len(asked)), mapped).similarity(mapped, old.matrix[asked])
    return Kept(
        of_new=_shares(of_new, found),
        of_old=_shares(of_old, found),
        models=_shares(of_new, of_old),
        residual=expected_residuals(rows, rows, away, own=True),
        notes=_ties({**said, "the old model's own": of_old}),
    )


def expected_residuals(
    rows: NDArray[np.float32], known: NDArray[np.float32], residuals: Floats, *, own: bool = False
) -> Floats:
    """How far off the map is among the known objects that are nearest to each row: their mean residual.

    Args:
        rows: float32, (m, d), of the new model.
        known: float32, (h, d): objects whose residuals are known.
        residuals: float64, (h,).
        own: whether the rows are the known ones, which then say nothing about themselves.

    Returns:
        float64, (m,).
    """
    index = Vectors(range(len(known)), known)
    asked: Any = range(len(rows)) if own else rows
    near = index.search(asked, topn=min(NEAR, len(known))).rows
    there = near >= 0
    sums = np.where(there, residuals[near], 0.0).sum(axis=1)
    expected: Floats = sums / np.maximum(1, there.sum(axis=1))
    return expected


def _nearest(index: Vectors, rows: NDArray[np.float32], own: NDArray[np.int64], k: int) -> Near:
    """The k nearest places in the index of each row, its own (-1 for none) left out."""
    found = index.search(np.ascontiguousarray(rows), topn=min(k + 2, len(index)))
    others = found.rows != own[:, None]
    others[others.all(axis=1), -1] = False  # it is not among them, so the last one is too many
    places, scores = (kept[others].reshape(len(rows), -1) for kept in (found.rows, found.scores))
    return Near(places[:, :k], int(np.count_nonzero(scores[:, k - 1 : k] == scores[:, k : k + 1])))


def _shares(truth: Near, found: Near) -> Floats:
    """How much of the truth of each object was found; float64, (q,)."""
    if truth.undecided or found.undecided:
        return np.full(len(truth.places), np.nan)
    shares: Floats = (truth.places[:, :, None] == found.places[:, None, :]).any(axis=2).mean(axis=1)
    return shares


def _ties(said: Mapping[str, Near]) -> tuple[str, ...]:
    return tuple(
        f"{near.tied:,} of {len(near.places):,} of {whose} neighbourhoods have ties at the last place; the "
        "lower row was taken" + (", and no share is given, since these are most" if near.undecided else "")
        for whose, near in said.items()
        if near.tied
    )


def report_of(
    measured: Mapping[str, Kept], best: str, *, sample: int, k: int, notes: Sequence[str], seed: int
) -> Report:
    """The figures of the map that is used, then those of the others, in plain words above all."""
    kept = measured[best]
    rows = [_row("new neighbours kept", kept.of_new, seed=seed)]
    if kept.of_old is not None and kept.models is not None:
        rows += [
            _row("old neighbours kept", kept.of_old, seed=seed),
            _row("new neighbours the old model finds", kept.models, seed=seed),
            _row("gain of mapped queries over the old model", kept.of_new - kept.models, seed=seed),
            _trust(kept, seed=seed),
        ]
    rows += [
        _row(f"{kind}: new neighbours kept", other.of_new, seed=seed)
        for kind, other in measured.items()
        if kind != best
    ]
    return Report(
        title=f"moving to a new model by {best}: shares of the {k} nearest, {sample:,} objects in the index",
        rows=tuple(rows),
        notes=(*_plain(rows, k), *kept.notes, *notes),
        details={"kind": best, "k": k, "sample": sample},
    )


def _row(name: str, values: Floats, *, seed: int) -> Row:
    """The mean share with its bootstrap interval over the objects that were asked for."""
    covered = np.isfinite(values)
    return row_of(
        Outcome(task="adapter", figure=name, values=values, covered=covered, statistic=mean_of), seed=seed
    )


def _trust(kept: Kept, *, seed: int) -> Row:
    """Whether the confidence means anything: Spearman's correlation of it with the share that is kept."""
    if kept.residual is None or kept.of_old is None:
        raise DataError("the old model did not see the queries")
    outcome = Outcome(
        task="adapter",
        figure="confidence and share kept",
        values=-kept.residual,
        covered=np.isfinite(kept.residual) & np.isfinite(kept.of_old),
        statistic=correlation_with(tuple(kept.of_old.tolist()), spearman),
    )
    return row_of(outcome, seed=seed)


def _plain(rows: Sequence[Row], k: int) -> list[str]:
    """What the figures say, and when to embed again."""
    new = rows[0]
    if math.isnan(new.value):
        return ["the neighbours of most objects are tied, so that what a map keeps of them cannot be said"]
    if len(rows) < 3 or rows[1].name != "old neighbours kept":
        return [
            f"mapped queries find {_share(new)} of the {k} nearest that the new model finds in its own "
            "index; embed the old one again if that is too little"
        ]
    old, models, gain = rows[1:4]
    told = (
        f"mapped queries find {_share(old)} of the {k} nearest that the old model found, and {_share(new)} "
        f"of those that the new one finds, of which the old model itself finds {_share(models)}"
    )
    if old.high < LITTLE:
        advice = "the map keeps less than half of what the old index answered: embed it again"
    elif gain.high < 0:
        advice = (
            "the map loses: its answers are less like the new model's than the old model's were; embed again"
        )
    else:
        advice = (
            "the old index goes on as it was; embed it again for what the new model finds and the old index "
            "does not show, which no map can give"
        )
    return [told, advice]


def _share(row: Row) -> str:
    if math.isnan(row.low):
        return f"{row.value:.0%}"
    return f"{row.value:.0%} ({100 * row.low:.0f} to {100 * row.high:.0f})"
