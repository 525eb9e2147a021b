"""What this is: the facts about the space, its recipe and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Aside, Block, Facts, Section

if TYPE_CHECKING:
    from firth.measure.full.about import About
    from firth.measure.full.record import FullReport

__all__ = ["in_short", "section"]


def section(report: FullReport) -> Section:
    """The facts, of the other space too where there is one."""
    title, lead = words.SECTIONS["about"]
    blocks = list(_blocks(report.about))
    if report.other is not None:
        blocks.append(Aside(title=f"And {report.other.name}", blocks=_blocks(report.other)))
    return Section(key="about", title=title, lead=lead, blocks=tuple(blocks))


def in_short(about: About) -> list[str]:
    """The facts that stand below the title."""
    if not about.rows:
        return [about.learner or about.kind]
    said = [f"{about.rows:,} vectors", f"{about.dim:,} numbers each", about.metric]
    return [*said, about.learner] if about.learner else said


def _blocks(about: About) -> tuple[Block, ...]:
    blocks: list[Block] = [Facts(tuple(_facts(about)))]
    for title, values in (("The recipe", about.recipe), ("The data", about.data)):
        if values:
            pairs = tuple((str(name), words.value(some)) for name, some in values.items())
            blocks.append(Aside(title=title, blocks=(Facts(pairs),)))
    return tuple(blocks)


def _facts(about: About) -> list[tuple[str, str]]:
    facts = [("Name", about.name), ("Kind", about.kind)]
    if about.rows:
        facts += [
            ("Rows", f"{about.rows:,}"),
            ("Numbers a row", f"{about.dim:,}"),
            ("Compared by", about.metric),
            ("Ids", "whole numbers" if about.ids == "integers" else about.ids),
            ("Size", f"{about.megabytes:,.1f} MB"),
        ]
    if about.counted is not None:
        facts.append(("Seen in all", f"{about.counted:,} times"))
    facts.append(("Made by", about.learner or "not known"))
    if about.fingerprint:
        facts.append(("Fingerprint", about.fingerprint))
    return facts
