"""Are these vectors any good? The answer first, then a verdict a heading with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page.blocks import Cards, Section, Words
from firth.measure.page.words import SECTIONS

if TYPE_CHECKING:
    from firth.measure.full.record import FullReport

__all__ = ["section"]


def section(report: FullReport) -> Section:
    """The summary."""
    title, lead = SECTIONS["summary"]
    cards = tuple((one.verdict, one.heading, one.says) for one in report.findings)
    return Section(
        key="summary", title=title, lead=lead, blocks=(Words(report.headline, strong=True), Cards(cards))
    )
