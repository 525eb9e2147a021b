"""Dots and whiskers: a figure and its interval on a strip, and what chance would get.

One strip stands in a cell of a table beside the numbers, so that words stay words: places are shares of the
width, and the strip is as wide as the cell.
"""

from __future__ import annotations

import math

from firth.measure.page import escape
from firth.measure.page.charts.drawing import Scale, number
from firth.measure.page.markup import tag

__all__ = ["ruler", "strip"]

HEIGHT = 26


def strip(
    value: float, low: float, high: float, *, scale: Scale, chance: float | None = None, says: str = ""
) -> str:
    """A figure as a dot, its interval as a line through it, and chance as a short dashed line.

    Args:
        value, low, high: of the figure; what is not a number is not drawn.
        scale: from values to shares of the width, 0 to 100.
        chance: where a space that knows nothing would be.
        says: the same in words.
    """
    middle = HEIGHT / 2
    drawn = [tag("line", x1="0%", x2="100%", y1=middle, y2=middle, class_="rail")]
    if scale.low < 0 < scale.high:
        drawn.append(tag("line", x1=_at(scale(0)), x2=_at(scale(0)), y1=4, y2=HEIGHT - 4, class_="zero"))
    if chance is not None and math.isfinite(chance):
        drawn.append(
            tag("line", x1=_at(scale(chance)), x2=_at(scale(chance)), y1=3, y2=HEIGHT - 3, class_="chance")
        )
    if math.isfinite(low) and math.isfinite(high):
        drawn.append(
            tag("line", x1=_at(scale(low)), x2=_at(scale(high)), y1=middle, y2=middle, class_="whisker")
        )
    if math.isfinite(value):
        drawn.append(tag("circle", cx=_at(scale(value)), cy=middle, r=4.5, class_="dot"))
    title = tag("title", escape.text(says, most=300)) if says else ""
    return tag("svg", title, *drawn, width="100%", height=HEIGHT, class_="strip", role="img", aria_label=says)


def ruler(scale: Scale) -> str:
    """The numbers above a column of strips."""
    marks = scale.ticks(5)
    words = [
        tag(
            "text",
            number(mark),
            x=_at(scale(mark)),
            y=12,
            class_="tick",
            text_anchor="start" if scale(mark) < 2 else "end" if scale(mark) > 98 else "middle",
        )
        for mark in marks
    ]
    return tag("svg", *words, width="100%", height=16, class_="strip", aria_hidden="true")


def _at(share: float) -> str:
    return f"{share:.2f}%"
