"""Verdicts in plain words: what the figures of a report mean for someone who wants to use the vectors.

The limits are conventions and no laws; docs/report.md says them. A figure is read as its share of the way
from chance to perfect: 0.5 on a scale from 0 (chance) to 1 is half of what there is to get.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from firth.measure.full.about import About
from firth.measure.report import Report, Row

if TYPE_CHECKING:
    from firth.measure.full.record import Measured

__all__ = ["Finding", "Verdict", "findings_of", "headline", "share_of_the_way", "verdict_on"]

Verdict: TypeAlias = Literal["good", "look at this", "bad", "not measured"]
LOOK: Verdict = "look at this"
HALF_WAY, SOME_WAY = 0.5, 0.2  # of the way from chance to perfect: good, and better than bad
KNOWN, HALF_KNOWN = 0.8, 0.5  # of the items of a set: good, and better than bad
FEW = 30  # items: on fewer no figure is good, and a low one is bad only by its interval
NAMES = {
    "similarity": "Word similarity",
    "analogies": "Analogies",
    "outliers": "Odd words out",
    "clusters": "Categories",
    "probe": "Telling classes apart",
    "sentences": "Sentence similarity",
    "retrieval": "Retrieval",
    "links": "Links",
    "weat": "Associations",
}
"""What the kinds of tasks are called in a report."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One heading of the summary.

    Attributes:
        heading: such as "Analogies" or "Coverage".
        verdict: "good", "look at this", "bad" or "not measured".
        says: why, in a sentence or two.
        task: whether it is about a kind of task, and not about the space as it is.
    """

    heading: str
    verdict: Verdict
    says: str
    task: bool = False

    def to_dict(self) -> dict[str, str]:
        """Values that JSON can hold."""
        return {"heading": self.heading, "verdict": self.verdict, "says": self.says}


def share_of_the_way(row: Row) -> float:
    """How far a figure is on the way from chance (0 where it is not known) to perfect (1)."""
    chance = float(row.extra.get("chance") or 0.0)
    return (row.value - chance) / (1 - chance) if chance < 1 else math.nan


def verdict_on(row: Row) -> Verdict | None:
    """What one figure says; None for one of which more is neither better nor worse.

    "good" and "bad" need data that bear them out: of few items, or with an interval that reaches chance, no
    figure is good; and a low one on few items is bad only where its interval ends before what would be good.
    """
    if row.extra.get("higher_is_better", True) is not True:
        return None
    share = share_of_the_way(row)
    if math.isnan(share):
        return "not measured"
    if share < SOME_WAY:
        return "bad" if row.n >= FEW or share_of_the_way(replace(row, value=row.high)) < HALF_WAY else LOOK
    return "good" if share >= HALF_WAY and row.n >= FEW and not _reaches_chance(row) else LOOK


def findings_of(facts: About, measured: Sequence[Measured], geometry: Report | None) -> tuple[Finding, ...]:
    """The headings of the summary: each kind of task, coverage, the numbers themselves, geometry."""
    kinds = list(dict.fromkeys(some.kind for some in measured))
    rows = {kind: [some.report.rows[0] for some in measured if some.kind == kind] for kind in kinds}
    found = [_of_kind(kind, some) for kind, some in rows.items() if any(map(verdict_on, some))]
    if not found:
        says = "No task with right answers was measured: what these vectors can do is not known."
        found.append(Finding(heading="Tasks", verdict="not measured", says=says))
    if measured:
        found.append(_of_coverage(measured))
    if facts.rows:
        found.append(_of_numbers(facts))
    found.append(_of_geometry(geometry))
    return tuple(found)


def headline(found: Sequence[Finding]) -> str:
    """The answer to "are these vectors any good?" in one sentence."""
    bad, look = _with(found, "bad"), _with(found, "look at this")
    good = [one.heading.lower() for one in found if one.task and one.verdict == "good"]
    if not any(one.task and one.verdict != "not measured" for one in found):
        rest = f" Look at {_listed(bad + look)}." if bad or look else ""
        return f"Not told: no task was measured.{rest}"
    if not bad and not look:
        return "Good, in all that was measured."
    if not bad:
        look_at = f"Look at {_listed(look)} before you rely on them."
        return f"Good for {_listed(good)}. {look_at}" if good else f"Fair. {look_at}"
    rest = f" Good for {_listed(good)}." if good else ""
    return f"Take care: {_listed(bad)} {'is' if len(bad) == 1 else 'are'} bad.{rest}"


def _of_kind(kind: str, rows: Sequence[Row]) -> Finding:
    """The verdict on a kind of task, in which all its sets that could be measured agree, and why."""
    heading, figures = NAMES.get(kind, kind), "; ".join(_figure(row) for row in rows)
    judged = [(row, verdict) for row in rows if (verdict := verdict_on(row)) not in (None, "not measured")]
    if not judged:
        says = f"No figure could be had: {figures}."
        return Finding(heading=heading, verdict="not measured", says=says, task=True)
    verdicts = {verdict for _, verdict in judged}
    verdict = (verdicts.pop() if len(verdicts) == 1 else None) or LOOK
    unsure = [row for row, verdict in judged if verdict == LOOK]
    why = ""
    if verdict == "bad":
        why = ": less than a fifth of the way from chance to perfect"
    elif any(row.n < FEW for row in unsure):
        why = f": on fewer than {FEW} items, which is too few to tell"
    elif any(map(_reaches_chance, unsure)):
        why = ": not told apart from chance"
    return Finding(heading=heading, verdict=verdict, says=f"{figures}{why}. {_scale(rows)}", task=True)


def _reaches_chance(row: Row) -> bool:
    """Whether the interval of a figure holds what chance gets."""
    return row.low <= float(row.extra.get("chance") or 0.0)


def _scale(rows: Sequence[Row]) -> str:
    """From where to where a figure goes."""
    chances = sorted({round(float(row.extra.get("chance") or 0.0), 3) for row in rows})
    if len(chances) > 1:
        return f"Chance gets {chances[0]:g} to {chances[-1]:g}, and 1 is perfect."
    return f"{'0 is chance' if not chances[0] else f'Chance gets {chances[0]:g}'}, and 1 is perfect."


def _of_coverage(measured: Sequence[Measured]) -> Finding:
    rows = [some.report.rows[0] for some in measured]
    known, total = sum(row.n for row in rows), sum(row.total for row in rows)
    share = known / total if total else 0.0
    verdict: Verdict = "good" if share >= KNOWN else LOOK if share >= HALF_KNOWN else "bad"
    says = f"The figures rest on {known:,} of {total:,} items ({share:.0%})"
    least = min(rows, key=lambda row: row.coverage)
    says += f"; least on {least.task} ({least.coverage:.0%})." if len(rows) > 1 else "."
    if verdict != "good":
        says += " What is missing does not lower a figure, so that read it as being about the rest."
    return Finding(heading="Coverage", verdict=verdict, says=says)


def _of_numbers(facts: About) -> Finding:
    if facts.not_finite:
        says = (
            f"{facts.not_finite:,} of {facts.rows:,} rows hold a number that is not finite; leave them out."
        )
        return Finding(heading="The numbers", verdict="bad", says=says)
    if facts.zeros:
        says = f"{facts.zeros:,} of {facts.rows:,} rows are zeros or as good as: they point nowhere."
        return Finding(heading="The numbers", verdict=LOOK, says=says)
    says = f"All {facts.rows:,} rows are finite, and none is zeros."
    return Finding(heading="The numbers", verdict="good", says=says)


def _of_geometry(geometry: Report | None) -> Finding:
    if geometry is None:
        return Finding(heading="Geometry", verdict="not measured", says="There are no vectors to look at.")
    by: dict[str, list[Row]] = {"good": [], "look at this": [], "bad": []}
    for row in geometry.rows:
        by.get(str(row.extra.get("verdict")), []).append(row)
    judged = sum(map(len, by.values()))
    if not judged:
        return Finding(heading="Geometry", verdict="not measured", says="No figure has a verdict.")
    worst: Verdict = "bad" if by["bad"] else "look at this" if by["look at this"] else "good"
    none = sum(row.extra.get("verdict") == "not measured" for row in geometry.rows)
    says = f"{len(by['good'])} of {judged} figures are good{f', {none} not measured' if none else ''}."
    for verdict in ("bad", "look at this"):
        if by[verdict]:
            names = _listed([row.name.replace("_", " ") for row in by[verdict]])
            says += f" {verdict[:1].upper()}{verdict[1:]}: {names}."
    return Finding(heading="Geometry", verdict=worst, says=says)


def _figure(row: Row) -> str:
    if math.isnan(row.value):
        return f"{row.task} has too few known items ({row.n:,} of {row.total:,})"
    interval = "" if math.isnan(row.low) else f" ({row.low:.3f} to {row.high:.3f})"
    return f"{row.task} {row.value:.3f}{interval}"


def _with(found: Sequence[Finding], verdict: Verdict) -> list[str]:
    return [one.heading.lower() for one in found if one.verdict == verdict]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
