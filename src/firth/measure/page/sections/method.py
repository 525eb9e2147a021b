"""How the figures were made, and whose sets they were made on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Block, Column, Facts, Notes, Row, Section, Table

if TYPE_CHECKING:
    from firth.measure.full.record import FullReport

__all__ = ["section"]

NOTES = (
    "Intervals are 95 % bootstrap intervals over the items of a set, or over rows where a figure is about "
    "rows; a figure without one says why in its notes.",
    "A verdict reads a figure as its share of the way from chance to perfect: good from a half, bad below a "
    "fifth or where the interval reaches chance. Coverage is good from 80 % and bad "
    "below 50 %. These are conventions.",
    "No figure is made up from what is missing: what is not covered is left out and counted.",
)


def section(report: FullReport) -> Section:
    """The method."""
    title, lead = words.SECTIONS["method"]
    facts = tuple((name, words.value(some)) for name, some in report.method.items())
    blocks: list[Block] = [Notes(NOTES), Facts(facts)]
    if report.measured:
        blocks.append(_sets(report))
    return Section(key="method", title=title, lead=lead, blocks=tuple(blocks))


def _sets(report: FullReport) -> Table:
    """The sets with their sources, each once."""
    tests = {some.test.get("name"): some.test for some in report.measured}
    rows = tuple(
        Row(
            (
                str(name),
                str(test.get("citation") or "not stated"),
                str(test.get("licence") or "not stated"),
                str(test.get("checksum") or "–")[:12],
            )
        )
        for name, test in tests.items()
    )
    columns = (Column("Set"), Column("Source"), Column("Licence"), Column("SHA-256 of the items"))
    return Table(caption="The sets", columns=columns, rows=rows)
