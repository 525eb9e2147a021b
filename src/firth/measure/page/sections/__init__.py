"""The sections of a full report, one a file: `section(report)` gives it, None where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page.sections import (
    about,
    associations,
    comparison,
    coverage,
    map,
    method,
    neighbours,
    shape,
    summary,
    tasks,
)

if TYPE_CHECKING:
    from firth.measure.full.record import FullReport
    from firth.measure.page.blocks import Section

__all__ = ["sections_of"]

ORDER = (summary, tasks, coverage, neighbours, map, shape, associations, comparison, about, method)


def sections_of(report: FullReport) -> list[Section]:
    """The sections that the report has something for, in the order in which they are read."""
    made = (module.section(report) for module in ORDER)
    return [section for section in made if section is not None]
