"""How the reports of `firth.measure` are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from firth.cli.output import print_json, print_line, printable

__all__ = ["Report", "show_reports"]


class Report(Protocol):
    """What every measure returns: it can be printed and put into JSON."""

    def to_dict(self) -> dict[str, Any]:
        """The report as values that JSON can hold."""


def show_reports(reports: Iterable[Report], *, json: bool, **context: Any) -> None:
    """Print reports, each as soon as it is there, or as one JSON document with some context before them."""
    if json:
        print_json({**context, "reports": [report.to_dict() for report in reports]})
        return
    for i, report in enumerate(reports):
        if i:
            print_line()
        for line in str(report).splitlines():
            print_line(printable(line))
