"""What the vectors do not know: the share of each set that they cover, and the words that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.full.findings import HALF_KNOWN, KNOWN
from firth.measure.page import words
from firth.measure.page.blocks import Aside, Column, Judged, Row, Section, Strip, Table, Words

if TYPE_CHECKING:
    from firth.measure.full.record import FullReport, Measured

__all__ = ["section"]

COLUMNS = (
    Column("Set"),
    Column("Known items", "strip"),
    Column("Share", "number"),
    Column("Items", "number"),
    Column("Missing words", "number"),
    Column("Verdict"),
)
NAMED = 200  # missing words of a set that are written out


def section(report: FullReport) -> Section | None:
    """Coverage; None where nothing was measured."""
    if not report.measured:
        return None
    title, lead = words.SECTIONS["coverage"]
    table = Table(
        caption="How much of each set the ids cover",
        columns=COLUMNS,
        rows=tuple(_line(some) for some in report.measured),
    )
    asides = [_missing_words(some) for some in report.measured if _missing(some)]
    return Section(key="coverage", title=title, lead=lead, blocks=(table, *asides))


def _line(some: Measured) -> Row:
    row = some.report.rows[0]
    part = row.coverage
    verdict = "good" if part >= KNOWN else "look at this" if part >= HALF_KNOWN else "bad"
    missing = some.report.details.get("missing")
    strip = Strip(part, float("nan"), float("nan"), None, f"{words.share(part)} of the items are known")
    counted = f"{len(missing):,}" if isinstance(missing, (list, tuple)) else "–"
    return Row((row.task, strip, words.share(part), f"{row.n:,} of {row.total:,}", counted, Judged(verdict)))


def _missing(some: Measured) -> list[str]:
    missing = some.report.details.get("missing")
    return [str(word) for word in missing] if isinstance(missing, (list, tuple)) else []


def _missing_words(some: Measured) -> Aside:
    missing = _missing(some)
    more = f" … and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
    name = some.report.rows[0].task
    text = Words(f"{', '.join(missing[:NAMED])}{more}")
    return Aside(title=f"Missing from {name}: {len(missing):,}", blocks=(text,))
