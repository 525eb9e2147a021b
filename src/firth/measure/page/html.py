"""A full report as one page of HTML.

The page needs nothing but itself: style, pictures and its one small script are inside, and its policy forbids
it to fetch anything or to run any other script, so that an id in a hostile file stays a word on the page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
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
    Row,
    Section,
    Strip,
    Table,
    Words,
)
from firth.measure.page.charts.drawing import Scale
from firth.measure.page.charts.whiskers import ruler, strip
from firth.measure.page.markup import tag
from firth.measure.page.sections import sections_of
from firth.measure.page.sections.about import in_short
from firth.measure.page.words import SHORT, VERDICTS

if TYPE_CHECKING:
    from firth.measure.full.record import FullReport

__all__ = ["page"]

LONG = 4_000  # characters of a paragraph; a longer one is cut


def page(report: FullReport) -> str:
    """The page, as text that is written as UTF-8."""
    script, sections = _file("script.js"), sections_of(report)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(script)}'"
    name = escape.text(report.name, most=120)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="Firth">',
            f"<title>{name} · report</title>",
            f"<style>\n{_file('style.css')}</style>",
            "</head>",
            "<body>",
            _header(report, name),
            _navigation(sections),
            tag("main", *(f"\n{_section(section)}" for section in sections)),
            _footer(report),
            f"<script>{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _header(report: FullReport, name: str) -> str:
    facts = "".join(tag("span", escape.text(fact)) for fact in in_short(report.about))
    return tag(
        "header",
        tag("p", "Report on a space of vectors", class_="kicker"),
        tag("h1", tag("bdi", name)),
        tag("p", facts, class_="facts-line"),
        tag("button", "Theme", type="button", class_="theme", hidden=True),
    )


def _navigation(sections: Sequence[Section]) -> str:
    links = (
        tag("li", tag("a", escape.text(SHORT.get(section.key, section.title)), href=f"#{section.key}"))
        for section in sections
    )
    return tag("nav", tag("ol", *links), aria_label="Sections")


def _footer(report: FullReport) -> str:
    versions = report.method.get("versions", {})
    return tag(
        "footer",
        tag(
            "p",
            f"Made by Firth {escape.text(versions.get('firth', ''))}. All figures: seed ",
            escape.text(report.method.get("seed", "")),
            ".",
        ),
    )


def _section(section: Section) -> str:
    parts = [tag("h2", escape.text(section.title, most=120), id=f"{section.key}-title")]
    if section.lead:
        parts.append(tag("p", escape.text(section.lead, most=LONG), class_="lead"))
    parts += _blocks(section.blocks)
    return tag("section", *parts, id=section.key, aria_labelledby=f"{section.key}-title")


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks in order; small pictures that follow each other stand side by side."""
    for small, some in groupby(blocks, key=lambda block: isinstance(block, Picture) and not block.wide):
        if small:
            yield tag("div", *map(_block, some), class_="pictures")
        else:
            yield from (f"\n{_block(block)}" for block in some)


def _block(block: Block) -> str:
    if isinstance(block, Words):
        return tag("p", escape.text(block.text, most=LONG), class_="strong" if block.strong else None)
    if isinstance(block, Facts):
        pairs = (
            tag("dt", escape.text(name)) + tag("dd", escape.text(said, most=LONG))
            for name, said in block.pairs
        )
        return tag("dl", *pairs, class_="facts")
    if isinstance(block, Notes):
        return tag("ul", *(tag("li", escape.text(one, most=LONG)) for one in block.items), class_="notes")
    if isinstance(block, Cards):
        return tag("ul", *(_card(*card) for card in block.items), class_="cards")
    if isinstance(block, Picture):
        return _picture(block)
    if isinstance(block, Aside):
        return tag("details", tag("summary", escape.text(block.title, most=120)), *_blocks(block.blocks))
    return _table(block)


def _card(verdict: str, heading: str, says: str) -> str:
    head = tag("div", tag("h3", escape.text(heading)), _verdict(verdict), class_="head")
    return tag("li", head, tag("p", escape.text(says, most=LONG)))


def _verdict(verdict: str) -> str:
    sign, role = VERDICTS.get(verdict, ("", "unknown"))
    return tag(
        "span", tag("span", sign, aria_hidden="true"), " ", escape.text(verdict), class_=f"verdict {role}"
    )


def _picture(block: Picture) -> str:
    caption = tag("figcaption", escape.text(block.says, most=LONG))
    if block.wide:  # what it shows is said beside it
        return tag("figure", block.draw(), tag("figcaption", escape.text(block.title)), class_="whole")
    return tag("figure", tag("h3", escape.text(block.title)), block.draw(), caption)


def _table(block: Table) -> str:
    scale = Scale(block.low, block.high, 0, 100)
    head = tag("tr", *(_heading(column, scale) for column in block.columns))
    body = [_row(row, block.columns, scale) for row in block.rows]
    table = tag(
        "table", tag("caption", escape.text(block.caption, most=200)), tag("thead", head), tag("tbody", *body)
    )
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label=block.caption)


def _heading(column: Column, scale: Scale) -> str:
    title = escape.text(column.title, most=80)
    if column.kind == "strip":
        title = (tag("span", title, class_="title") if title else "") + ruler(scale)
    return tag("th", title, scope="col", class_=None if column.kind == "words" else column.kind)


def _row(row: Row, columns: Sequence[Column], scale: Scale) -> str:
    cells = [_cell(cell, column, scale) for cell, column in zip(row.cells, columns, strict=True)]
    if row.cells and isinstance(row.cells[0], Named):
        cells[0] = tag("th", _name(row.cells[0]), scope="row")
    return "\n" + tag("tr", *cells, class_="sub" if row.sub else None)


def _cell(cell: Cell, column: Column, scale: Scale) -> str:
    role = None if column.kind == "words" else column.kind
    if isinstance(cell, Strip):
        drawn = strip(cell.value, cell.low, cell.high, scale=scale, chance=cell.chance, says=cell.says)
        return tag("td", drawn, class_="strip")
    if isinstance(cell, Names):
        if cell.ids is None:
            return tag("td", tag("span", "not there", class_="missing"))
        return tag("td", " ".join(tag("span", _name(one), class_="near") for one in cell.ids), class_="names")
    if isinstance(cell, Named):
        return tag("td", _name(cell))
    if isinstance(cell, Judged):
        return tag("td", _verdict(cell.verdict))
    return tag("td", escape.text(cell, most=LONG), class_=role)


def _name(name: Named) -> str:
    """An id: `bdi` keeps one that is written from right to left from turning its neighbours round."""
    return tag("bdi", escape.text(name.id), class_="shared" if name.marked else None)


@cache
def _file(name: str) -> str:
    """A file of this room."""
    return files(__package__ or "firth.measure.page").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
