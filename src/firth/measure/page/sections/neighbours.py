"""Who is near to whom: tables of nearest neighbours of frequent, middling and rare ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Block, Cell, Column, Named, Names, Row, Section, Table, Words

if TYPE_CHECKING:
    from firth.measure.full.neighbours import Neighbours
    from firth.measure.full.record import FullReport

__all__ = ["section"]


def section(report: FullReport) -> Section | None:
    """The tables; None where there are no vectors."""
    if not report.neighbours:
        return None
    title, lead = words.SECTIONS["neighbours"]
    blocks: list[Block] = [_table(some) for some in report.neighbours]
    if len(report.neighbours[0].table.spaces) > 1:
        blocks.insert(0, Words("Neighbours that both spaces name are marked."))
    return Section(key="neighbours", title=title, lead=lead, blocks=tuple(blocks))


def _table(some: Neighbours) -> Table:
    spaces = some.table.spaces
    near = [Column("Nearest, the nearest first" if len(spaces) == 1 else space) for space in spaces]
    seen = () if some.seen is None else (Column("Seen", "number"),)
    rows = tuple(_line(some, i) for i in range(len(some.table)))
    return Table(caption=some.title, columns=(Column("Id"), *seen, *near), rows=rows)


def _line(some: Neighbours, i: int) -> Row:
    cells: list[Cell] = [Named(some.table.ids[i])]
    if some.seen is not None:
        cells.append(f"{some.seen[i]:,}")
    for of in some.table.neighbours:
        near, shared = of[i], some.table.shared[i]
        cells.append(Names(None if near is None else tuple(Named(id, id in shared) for id in near)))
    return Row(tuple(cells))
