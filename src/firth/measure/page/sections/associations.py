"""What goes with what: word associations, as information."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Aside, Cell, Column, Notes, Row, Section, Strip, Table
from firth.measure.page.sections.tasks import ends_of, strip_of

if TYPE_CHECKING:
    from firth.measure import report as figures
    from firth.measure.full.record import FullReport

__all__ = ["section"]

COLUMNS = (
    Column("Test"),
    Column("Effect size", "strip"),
    Column("Value", "number"),
    Column("95 % interval", "number"),
    Column("p", "number"),
    Column("Words", "number"),
)


def section(report: FullReport) -> Section | None:
    """The association tests; None where none was made."""
    made = report.associations
    if made is None:
        return None
    title, lead = words.SECTIONS["associations"]
    low, high = ends_of(made.rows)
    table = Table(
        caption="Word embedding association tests (Caliskan, Bryson and Narayanan 2017)",
        columns=COLUMNS,
        rows=tuple(_line(row) for row in made.rows),
        low=min(low, -1.0),
        high=max(high, 1.0),
    )
    notes = (Aside(title="Notes of the tests", blocks=(Notes(made.notes),)),) if made.notes else ()
    return Section(key="associations", title=title, lead=lead, blocks=(table, *notes))


def _line(row: figures.Row) -> Row:
    strip: Strip = strip_of(row)
    cells: list[Cell] = [row.name, strip, words.figure(row.value), words.interval(row)]
    return Row((*cells, words.chance(row.extra.get("p")), f"{row.n:,} of {row.total:,}"))
