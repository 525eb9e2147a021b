"""Beside the other: on which tasks another space is better or worse, by paired tests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Cell, Column, Notes, Row, Section, Table, Words
from firth.measure.page.sections.tasks import strip_of

if TYPE_CHECKING:
    from firth.measure import report as figures
    from firth.measure.full.record import FullReport

__all__ = ["section"]


def section(report: FullReport) -> Section | None:
    """The comparison; None where there is no other space."""
    if report.other is None:
        return None
    title, lead = words.SECTIONS["comparison"]
    made = report.comparison
    if made is None or not made.rows:
        nothing = Words(
            f"No task was measured, so that nothing tells {report.other.name} from {report.name}."
        )
        return Section(key="comparison", title=title, blocks=(nothing,))
    values = [v for row in made.rows for v in (row.value, row.low, row.high) if not math.isnan(v)]
    end = max([0.05, *map(abs, values)])
    columns = (
        Column("Set"),
        Column(f"Difference of {report.other.name} from {report.name}", "strip"),
        Column("Value", "number"),
        Column("95 % interval", "number"),
        Column("p, corrected", "number"),
        Column("Detectable", "number"),
        Column("Items", "number"),
        Column(f"{report.other.name} is"),
    )
    table = Table(
        caption=f"{report.other.name} beside {report.name}",
        columns=columns,
        rows=tuple(_line(row) for row in made.rows),
        low=-end,
        high=end,
    )
    notes = (Notes(made.notes),) if made.notes else ()
    return Section(key="comparison", title=f"Beside {report.other.name}", lead=lead, blocks=(table, *notes))


def _line(row: figures.Row) -> Row:
    cells: list[Cell] = [row.name, strip_of(row), words.figure(row.value), words.interval(row)]
    cells += [words.chance(row.extra.get("p_adjusted")), words.figure(row.extra.get("detectable"))]
    cells += [f"{row.n:,} of {row.total:,}", str(row.extra.get("verdict", ""))]
    return Row(tuple(cells))
