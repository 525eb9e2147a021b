"""`FullReport`: all that was found out about a space, for people (HTML, Markdown) and for programs (JSON)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firth.errors import OptionError
from firth.measure.choice import LeftOut
from firth.measure.full.about import About
from firth.measure.full.findings import Finding, headline
from firth.measure.full.layout import Layout
from firth.measure.full.neighbours import Neighbours
from firth.measure.full.pictures import Hubs, Nearness, Norms, Spectrum
from firth.measure.full.plain import plain
from firth.measure.report import Report

__all__ = ["FORMATS", "SCHEMA", "FullReport", "Measured", "format_of"]

SCHEMA = "firth.report/1"
"""The form of `to_dict`. The number rises when a key changes its meaning or goes away; keys may be added."""

FORMATS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".json": "json"}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One task and what came of it.

    Attributes:
        kind: one of `firth.measure.choice.KINDS`, or the class of a task of your own.
        test: what the set says of itself: name, size, citation, licence, checksum.
        report: the figures, the main one first.
    """

    kind: str
    test: Mapping[str, Any]
    report: Report

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {"kind": self.kind, "set": plain(self.test), "report": plain(self.report.to_dict())}


@dataclass(frozen=True, kw_only=True)
class FullReport:
    """All that was found out about a space.

    Attributes:
        about: what the space is.
        findings: the summary, a verdict a heading.
        measured: the tasks.
        left_out: what was not measured, and why.
        associations: word associations, as information and not as a verdict; None where there are none.
        neighbours: tables of nearest neighbours, by how frequent the ids are.
        geometry: figures that need no labels; None for an encoder without vectors.
        spectrum, hubs, nearness, norms, map: what the pictures show; None where there is nothing to show.
        other: what the space was compared with; None for nothing.
        comparison: how the other differs from the space, task by task; None for nothing.
        other_geometry: the figures of the other that need no labels.
        method: how the figures were made: seed, versions, options.
    """

    about: About
    findings: tuple[Finding, ...]
    measured: tuple[Measured, ...]
    left_out: tuple[LeftOut, ...]
    neighbours: tuple[Neighbours, ...] = ()
    associations: Report | None = None
    geometry: Report | None = None
    spectrum: Spectrum | None = None
    hubs: Hubs | None = None
    nearness: Nearness | None = None
    norms: Norms | None = None
    map: Layout | None = None
    other: About | None = None
    comparison: Report | None = None
    other_geometry: Report | None = None
    method: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the space is called."""
        return self.about.name

    @property
    def headline(self) -> str:
        """The answer to "are these vectors any good?" in one sentence."""
        return headline(self.findings)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.headline}"]
        wide = max(len(one.heading) for one in self.findings)
        lines += [f"  {one.heading.ljust(wide)}  {one.verdict:12}  {one.says}" for one in self.findings]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The report as values that JSON can hold; None stands for what is not there and for no number."""
        parts = ("spectrum", "hubs", "nearness", "norms", "map")
        drawn = {name: getattr(self, name) for name in parts}
        reports = ("associations", "geometry", "comparison", "other_geometry")
        return {
            "schema": SCHEMA,
            "name": self.name,
            "headline": self.headline,
            "findings": [one.to_dict() for one in self.findings],
            "about": self.about.to_dict(),
            "tasks": [some.to_dict() for some in self.measured],
            "not_measured": [some._asdict() for some in self.left_out],
            "neighbours": [some.to_dict() for some in self.neighbours],
            **{name: _dict(getattr(self, name)) for name in reports},
            **{name: _dict(some) for name, some in drawn.items()},
            "other": _dict(self.other),
            "method": plain(self.method),
        }

    def json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def markdown(self) -> str:
        """The report as Markdown with the tables of GitHub."""
        from firth.measure.page.markdown import page

        return page(self)

    def html(self) -> str:
        """The report as one page of HTML that needs nothing else: no network, no script."""
        from firth.measure.page.html import page

        return page(self)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the report in the format of the suffix: .html, .md or .json; atomically.

        Raises:
            OptionError: the suffix is none of these.
            ExistsError: the file is there and `force` is not set.
        """
        from firth.formats.atomic import replacing

        made = {"html": self.html, "markdown": self.markdown, "json": self.json}[format_of(path)]
        with replacing(path, force=force) as file:
            file.write(made().encode("utf-8", "backslashreplace"))


def format_of(path: str | os.PathLike[str]) -> str:
    """The format of a report by the suffix of its file. Raises OptionError for any other suffix."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise OptionError(f"a report ends in .html, .md or .json; {os.fspath(path)!r} ends in {suffix!r}")
    return FORMATS[suffix]


def _dict(some: Any) -> Any:
    return None if some is None else plain(some.to_dict())
