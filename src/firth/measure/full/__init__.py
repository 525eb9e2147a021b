"""The full report: all that can be said about a space, put together.

`full_report` measures; `FullReport` holds what was found; `firth.measure.page` shows it. A step a file:
`about` (what the space is), `findings` (verdicts in plain words), `neighbours`, `pictures`, `layout` (the
map).
"""

from __future__ import annotations

from firth.measure.full.making import full_report
from firth.measure.full.record import FullReport, Measured

__all__ = ["FullReport", "Measured", "full_report"]
