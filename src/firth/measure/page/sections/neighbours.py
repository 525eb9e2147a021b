"""Who is near to whom: tables of nearest neighbours of frequent, middling and rare ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Block, Cell, Column, Named, Names, Row, Section, Table, Words

if TYPE_CHECKING:
    from firth.measure.full.neighbours import Line, Neighbours
    from firth.measure.full.record import FullReport

__all__ = ["section"]


def section(report: FullReport) -> Section | None:
    """The tables; None where there are no vectors."""
    if not report.neighbours:
        return None
    title, lead = words.SECTIONS["neighbours"]
    blocks: list[Block] = [_table(some) for some in report.neighbours]
    if len(report.neighbours[0].spaces) > 1:
        blocks.insert(0, Words("Neighbours that both spaces name are marked."))
    return Section(key="neighbours", title=title, lead=lead, blocks=tuple(blocks))


def _table(some: Neighbours) -> Table:
    counted = any(line.seen is not None for line in some.lines)
    single = len(some.spaces) == 1
    near = [Column("Nearest, the nearest first" if single else space) for space in some.spaces]
    columns = (Column("Id"), *([Column("Seen", "number")] if counted else []), *near)
    return Table(
        caption=some.title, columns=columns, rows=tuple(_line(line, counted, single) for line in some.lines)
    )


def _line(line: Line, counted: bool, single: bool) -> Row:
    cells: list[Cell] = [Named(line.id)]
    if counted:
        cells.append("–" if line.seen is None else f"{line.seen:,}")
    for near in line.near:
        marked = None if near is None else tuple(Named(one.id, one.shared and not single) for one in near)
        cells.append(Names(marked))
    return Row(tuple(cells))
