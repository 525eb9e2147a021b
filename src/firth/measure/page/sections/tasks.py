"""What the vectors can do: the figures of the tasks as dots and whiskers, and what the figures mean."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from firth.measure.full.findings import verdict_on
from firth.measure.page import words
from firth.measure.page.blocks import Aside, Block, Column, Facts, Judged, Notes, Row, Section, Strip, Table
from firth.measure.page.blocks import Words as Paragraph

if TYPE_CHECKING:
    from firth.measure import report as figures
    from firth.measure.full.record import FullReport, Measured

__all__ = ["ends_of", "section", "strip_of"]

COLUMNS = (
    Column("Set"),
    Column("Figure"),
    Column("", "strip"),
    Column("Value", "number"),
    Column("95 % interval", "number"),
    Column("Items", "number"),
    Column("Verdict"),
)
PARTS = (
    Column("Part"),
    Column("", "strip"),
    Column("Value", "number"),
    Column("95 % interval", "number"),
    Column("Items", "number"),
    Column("Known", "number"),
)
MAIN = 3  # figures of a task that stand in the first table; more are opened below it


def section(report: FullReport) -> Section:
    """The tasks; what was left out, where there are none."""
    title, lead = words.SECTIONS["tasks"]
    if not report.measured:
        nothing = Paragraph("Nothing was measured: no task was chosen, and none is known that fits.")
        return Section(key="tasks", title=title, blocks=(nothing, *_left_out(report)))
    main = [(some, row) for some in report.measured for row in some.report.rows[: _shown(some)]]
    low, high = ends_of(row for _, row in main)
    table = Table(
        caption="Figures of the tasks",
        columns=COLUMNS,
        rows=tuple(_line(row, first=row is some.report.rows[0]) for some, row in main),
        low=low,
        high=high,
    )
    blocks: list[Block] = [table]
    meanings = tuple((name, said) for name in _names(main) if (said := words.meaning(name)))
    if meanings:
        blocks.append(Aside(title="What the figures mean", blocks=(Facts(meanings),)))
    blocks += [_parts(some) for some in report.measured if len(some.report.rows) > _shown(some)]
    notes = tuple(
        f"{some.report.rows[0].task}: {note}" for some in report.measured for note in some.report.notes
    )
    if notes:
        blocks.append(Aside(title="Notes of the tasks", blocks=(Notes(notes),)))
    return Section(key="tasks", title=title, lead=lead, blocks=(*blocks, *_left_out(report)))


def strip_of(row: figures.Row) -> Strip:
    """A figure as a dot and its whisker."""
    chance = row.extra.get("chance")
    known = isinstance(chance, (int, float)) and not isinstance(chance, bool)
    says = f"{words.figure(row.value)}, 95 % interval {words.interval(row)}"
    if known:
        says += f", chance {words.figure(chance)}"
    return Strip(row.value, row.low, row.high, float(chance) if known else None, says)  # type: ignore[arg-type]


def ends_of(rows: Iterable[figures.Row]) -> tuple[float, float]:
    """The ends of a scale that holds all figures: 0 to 1, and further where one lies outside."""
    values = [v for row in rows for v in (row.value, row.low, row.high) if not math.isnan(v)]
    low, high = min([0.0, *values]), max([1.0, *values])
    return (math.floor(low * 10) / 10 if low < 0 else 0.0), (high if high <= 1 else math.ceil(high * 10) / 10)


def _shown(some: Measured) -> int:
    """How many figures of a task stand in the first table: of one with many parts only the first."""
    return 1 if len(some.report.rows) > MAIN else len(some.report.rows)


def _line(row: figures.Row, *, first: bool) -> Row:
    return Row(
        (
            row.task if first else "",
            row.name,
            strip_of(row),
            words.figure(row.value),
            words.interval(row),
            f"{row.n:,} of {row.total:,}",
            Judged(verdict) if first and (verdict := verdict_on(row)) else "",
        ),
        sub=not first,
    )


def _parts(some: Measured) -> Aside:
    """The figures of the parts of a task, such as the sections of a set of analogies."""
    rows = some.report.rows
    low, high = ends_of(rows)
    name = rows[0].task
    table = Table(
        caption=f"{some.report.title}, part by part",
        columns=PARTS,
        rows=tuple(
            Row(
                (
                    row.name,
                    strip_of(row),
                    words.figure(row.value),
                    words.interval(row),
                    f"{row.n:,} of {row.total:,}",
                    words.share(row.coverage),
                )
            )
            for row in rows
        ),
        low=low,
        high=high,
    )
    return Aside(title=f"{name}, part by part", blocks=(table,))


def _names(main: Iterable[tuple[Measured, figures.Row]]) -> list[str]:
    return list(dict.fromkeys(row.name for _, row in main))


def _left_out(report: FullReport) -> tuple[Block, ...]:
    """What was not measured, and why."""
    if not report.left_out:
        return ()
    items = tuple(f"{some.what}: {some.why}" for some in report.left_out)
    return (Paragraph("Not measured, and why:"), Notes(items))
