"""A full report as Markdown, with the tables that GitHub draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from firth.measure.page import escape
from firth.measure.page.blocks import (
    Aside,
    Block,
    Cards,
    Cell,
    Column,
    Facts,
    Judged,
    Named,
    Names,
    Notes,
    Picture,
    Strip,
    Table,
    Words,
)
from firth.measure.page.sections import sections_of
from firth.measure.page.sections.about import in_short
from firth.measure.page.words import VERDICTS

if TYPE_CHECKING:
    from firth.measure.full.record import FullReport

__all__ = ["page"]

LONG = 4_000  # characters of a paragraph; a longer one is cut


def page(report: FullReport) -> str:
    """The report as text. Pictures are told in words; the page of HTML shows them."""
    lines = [f"# {escape.cell(report.name, most=120)}", "", _said(" · ".join(in_short(report.about))), ""]
    for section in sections_of(report):
        lines += [f"## {escape.cell(section.title, most=120)}", ""]
        if section.lead:
            lines += [_said(section.lead), ""]
        for block in section.blocks:
            lines += [*_block(block), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Words):
        yield f"**{_said(block.text)}**" if block.strong else _said(block.text)
    elif isinstance(block, Facts):
        yield from _grid(("What", "Value"), [(escape.cell(a), _said(b)) for a, b in block.pairs])
    elif isinstance(block, Notes):
        yield from (f"- {_said(item)}" for item in block.items)
    elif isinstance(block, Cards):
        rows = [
            (escape.cell(heading), _verdict(verdict), _said(says)) for verdict, heading, says in block.items
        ]
        yield from _grid(("What", "Verdict", "Why"), rows)
    elif isinstance(block, Picture):
        yield f"*{escape.cell(block.title, most=120)}.* {_said(block.says)}"
    elif isinstance(block, Aside):
        yield f"### {escape.cell(block.title, most=120)}"
        for inner in block.blocks:
            yield ""
            yield from _block(inner)
    else:
        yield from _table(block)


def _table(block: Table) -> Iterator[str]:
    """The table without its strips, whose figures stand in other columns."""
    kept = [i for i, column in enumerate(block.columns) if column.kind != "strip"]
    rows = [[_cell(row.cells[i]) for i in kept] for row in block.rows]
    yield f"**{escape.cell(block.caption, most=200)}**"
    yield ""
    columns: list[Column] = [block.columns[i] for i in kept]
    yield from _grid(
        [escape.cell(column.title, most=80) for column in columns], rows, [column.kind for column in columns]
    )


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str] = ()) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield (
        "|"
        + "|".join("---:" if kind == "number" else "---" for kind in kinds or ("words",) * len(heads))
        + "|"
    )
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _cell(cell: Cell) -> str:
    if isinstance(cell, Judged):
        return _verdict(cell.verdict)
    if isinstance(cell, Named):
        return escape.cell(cell.id)
    if isinstance(cell, Names):
        if cell.ids is None:
            return "*not there*"
        return ", ".join(
            f"**{escape.cell(one.id)}**" if one.marked else escape.cell(one.id) for one in cell.ids
        )
    if isinstance(cell, Strip):
        return _said(cell.says)
    return _said(cell)


def _verdict(verdict: str) -> str:
    return f"{VERDICTS.get(verdict, ('', ''))[0]} {escape.cell(verdict)}".strip()


def _said(words: str) -> str:
    return escape.cell(words, most=LONG)
