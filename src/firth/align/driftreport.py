"""`DriftReport`: which words moved, how surely, and between which neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids
from firth.measure.outcome import Outcome, row_of
from firth.measure.report import Report, Row

if TYPE_CHECKING:
    from firth.align.drifting import Changes
    from firth.align.shared import Shared

__all__ = ["DriftReport", "Moved", "report_of"]

Floats = NDArray[np.float64]
LEVEL = 0.05
BANDS = 5
NEIGHBOURS = 5


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One word.

    Attributes:
        id: the word.
        position: the cosine distance of its two vectors after alignment, 0 to 2.
        neighbours: the cosine distance of its similarities to its neighbours, 0 to 2.
        score: how far it stands out among words of like frequency, about normal where nothing moved.
        p: how likely chance alone makes such a score; q: p corrected for the number of words.
        count: the harmonic mean of its counts; None where there are none.
        near_before, near_after: its nearest shared ids in each space, best first.
    """

    id: Any
    position: float
    neighbours: float
    score: float
    p: float
    q: float
    count: float | None
    near_before: tuple[Any, ...]
    near_after: tuple[Any, ...]

    def to_dict(self) -> dict[str, Any]:
        """The word as values that JSON can hold; None for a number that there is not."""
        numbers = {name: getattr(self, name) for name in ("position", "neighbours", "score", "p", "q")}
        return {
            "id": self.id,
            **{name: None if np.isnan(value) else value for name, value in numbers.items()},
            "count": self.count,
            "near_before": list(self.near_before),
            "near_after": list(self.near_after),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class DriftReport:
    """What `drift` found. Arrays have one value for each of the m words that were compared.

    Attributes:
        report: the figures with their intervals: how far the words moved on the whole and by frequency.
        ids: the words, from the one that stands out most on.
        position, neighbours, score, p, q: float64, (m,), see `Moved`.
        counts: float64, (m,), the harmonic means of the words' counts; None where there are none.
        near_before, near_after: int64, (m, k), the nearest words in each space, as places in `ids`.
    """

    report: Report
    ids: Ids
    position: Floats
    neighbours: Floats
    score: Floats
    p: Floats
    q: Floats
    counts: Floats | None
    near_before: NDArray[np.int64]
    near_after: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def drifted(self) -> list[Any]:
        """The words with q up to 0.05, of which one in twenty is expected to be a false claim."""
        return [self.ids[row] for row in np.flatnonzero(self.q <= LEVEL).tolist()]

    def most(self, topn: int = 20) -> list[Moved]:
        """The words that stand out most, whether beyond chance or not."""
        return [self._moved(row) for row in range(min(topn, len(self)))]

    def of(self, key: Any) -> Moved:
        """One word; raises KeyError where it was not compared."""
        row = self.ids.row(key)
        if row < 0:
            raise KeyError(f"{key!r} is not among the {len(self):,} words that were compared")
        return self._moved(row)

    def to_dict(self, topn: int = 20) -> dict[str, Any]:
        """The figures, all words that drifted and the topn that stand out most, as JSON can hold them."""
        return {
            **self.report.to_dict(),
            "drifted": self.drifted,
            "words": [moved.to_dict() for moved in self.most(topn)],
        }

    def __str__(self) -> str:
        lines = [str(self.report), ""]
        for moved in self.most():
            sure = "*" if moved.q <= LEVEL else " "
            lines.append(
                f"{sure} {moved.id}  {moved.position:.3f}  q {moved.q:.2g}  "
                f"{', '.join(map(str, moved.near_before))} → {', '.join(map(str, moved.near_after))}"
            )
        return "\n".join([*lines, f"* beyond chance: q up to {LEVEL}"])

    def _moved(self, row: int) -> Moved:
        near = [
            tuple(self.ids[i] for i in rows[row, :NEIGHBOURS].tolist() if i >= 0)
            for rows in (self.near_before, self.near_after)
        ]
        return Moved(
            id=self.ids[row],
            position=float(self.position[row]),
            neighbours=float(self.neighbours[row]),
            score=float(self.score[row]),
            p=float(self.p[row]),
            q=float(self.q[row]),
            count=None if self.counts is None else float(self.counts[row]),
            near_before=near[0],
            near_after=near[1],
        )


def report_of(
    shared: Shared,
    changes: Changes,
    *,
    counts: Floats,
    scores: Floats,
    p: Floats,
    q: Floats,
    by: str,
    against: str,
    seed: int,
) -> DriftReport:
    """Put together what was found, the words that stand out most first."""
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    near_before, near_after = (np.where(near >= 0, place[near], -1)[order] for near in changes.near)
    position, neighbours = changes.position[0, 1], changes.neighbours[0, 1]
    known = any(vectors.counts is not None for vectors in shared.spaces[:2])
    return DriftReport(
        report=_report(shared, changes, counts=counts, q=q, p=p, by=by, against=against, seed=seed),
        ids=shared.ids.take(order),
        position=position[order],
        neighbours=neighbours[order],
        score=scores[order],
        p=p[order],
        q=q[order],
        counts=counts[order] if known else None,
        near_before=near_before,
        near_after=near_after,
    )


def _report(
    shared: Shared,
    changes: Changes,
    *,
    counts: Floats,
    q: Floats,
    p: Floats,
    by: str,
    against: str,
    seed: int,
) -> Report:
    total = shared.different
    m = len(shared.ids)
    claimed = int(np.count_nonzero(q <= LEVEL))
    position, neighbours = changes.position[0, 1], changes.neighbours[0, 1]
    rows = [
        _row("position", position, total, seed=seed),
        _row("neighbours", neighbours, total, seed=seed),
    ]
    if np.isfinite(q).any():
        rows.append(_row("drifted", (q <= LEVEL).astype(np.float64), total, seed=seed, words=claimed))
    among = [np.mean(by, axis=0) for by in _among_others(changes)]
    if among:
        rows.insert(1, _row("position, baseline runs", among[0], total, seed=seed))
        rows.insert(3, _row("neighbours, baseline runs", among[1], total, seed=seed))
    rows += _bands(position, counts, total, seed=seed)
    return Report(
        title=f"drift of {m:,} shared words",
        rows=tuple(rows),
        notes=tuple(_notes(shared, changes, p=p, claimed=claimed, by=by, against=against, counts=counts)),
        details={
            "by": by,
            "against": against,
            "shared": m,
            "different": total,
            "dropped": shared.dropped,
            "level": LEVEL,
        },
    )


def _among_others(changes: Changes) -> list[list[Floats]]:
    """What the words moved between the runs other than `after`; nothing where `before` is alone."""
    both = [
        [change for pair, change in kind.items() if 1 not in pair]
        for kind in (changes.position, changes.neighbours)
    ]
    return both if both[0] else []


def _row(name: str, values: Floats, total: int, *, seed: int, **extra: Any) -> Row:
    """The mean over the words, with the bootstrap interval over them."""
    every = np.full(total, np.nan)
    every[: values.size] = values
    return row_of(
        Outcome(task="drift", figure=name, values=every, covered=np.isfinite(every), extra=extra), seed=seed
    )


def _bands(position: Floats, counts: Floats, total: int, *, seed: int) -> list[Row]:
    """The movement of the words by fifths of frequency; none where all counts are one."""
    if np.all(counts == counts[0]) or counts.size < 20 * BANDS:
        return []
    parts = np.array_split(np.argsort(-counts, kind="stable"), BANDS)
    return [
        _row(f"position, counts of {counts[part[-1]]:,.0f} to {counts[part[0]]:,.0f}", position[part], total,
             seed=seed)
        for part in parts
    ]  # fmt: skip


def _notes(
    shared: Shared, changes: Changes, *, p: Floats, claimed: int, by: str, against: str, counts: Floats
) -> list[str]:
    m, dim = shared.units[0].shape
    runs = len(shared.units) - 2
    untold = by == "neighbours" and not runs  # no word has a p
    chance = (
        f"what {runs + 1} runs are from each other"
        if against == "baseline"
        else f"permuted labels of {runs + 1} runs"
        if runs
        else "permuted signs around words of like frequency; runs on other parts of the same text, given as "
        "baseline, would also tell what all words moved by chance"
    )
    tested = [
        f"{claimed:,} of {m:,} words drifted beyond chance, by {by}; one in twenty of them is expected to be "
        "a false claim" + ("" if against == "baseline" else "; beyond is: unlike words of like frequency"),
        f"chance by {chance}",
    ]
    if untold:
        tested = [
            "no word has a p or q: only baseline runs tell how far chance moves the neighbours of a word; "
            "give one, or test by position"
        ]
    notes = [*tested, f"the rotation was fitted to {changes.fitted:,} words"]
    notes += [f"left out: {count:,} ids {why}" for why, count in shared.dropped.items()]
    if m < 4 * dim:
        notes.append(f"{m:,} words are few for {dim} dimensions: the rotation hides a part of their movement")
    if np.all(counts == counts[0]):
        notes.append("no counts are known, so all words are taken to be of like frequency")
    if np.isnan(p).any() and not untold:
        unmoved = int(np.count_nonzero(np.isnan(p)))
        notes.append(
            f"{unmoved:,} words have no p: more than half of their peers moved by one and the same distance, "
            "as rows that were frozen do"
        )
    floor = float(np.nanmin(p)) if np.isfinite(p).any() else 1.0
    if not claimed and np.isfinite(p).any() and floor * m > LEVEL and m < 500:
        notes.append(f"with {m:,} words, no p is small enough for a claim about a single word")
    return notes
