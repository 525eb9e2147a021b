"""Scattered points: one against another, with the median along the way."""

from __future__ import annotations

from collections.abc import Sequence

from firth.measure.page import escape
from firth.measure.page.charts.drawing import Frame, Scale, number, picture
from firth.measure.page.markup import tag

__all__ = ["scatter"]

WIDTH, HEIGHT = 480, 280


def scatter(
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    names: Sequence[object],
    title: str,
    says: str,
    across: str,
    upwards: str,
    middle: Sequence[tuple[float, float]] = (),
) -> str:
    """Points of positive x, on a logarithmic axis, and y.

    Args:
        xs, ys: the points.
        names: of the points, shown where one points at them.
        title, says: what it is, and what it shows.
        across, upwards: the names of the axes.
        middle: (x, y) along the median.
    """
    frame = Frame(left=44, top=34, right=WIDTH - 12, bottom=HEIGHT - 48)
    if not xs:
        return picture(WIDTH, HEIGHT, [], title=title, says="There is nothing to show.")
    low, high = min(xs), max(xs)
    right = Scale(low, high if high > low else low * 10, frame.left, frame.right, logarithmic=True)
    up = Scale(min(0.0, *ys), (max(ys) or 1.0) * 1.05, frame.bottom, frame.top)
    body = frame.upwards(up, up.ticks(5), upwards)
    body += frame.across(right, right.ticks(6), across)
    for x, y, name in zip(xs, ys, names, strict=True):
        said = tag("title", escape.text(f"{escape.shortened(name, 32)}: {number(y)}", most=60))
        body.append(tag("circle", said, cx=right(x), cy=up(y), r=2.0, class_="point"))
    if middle:
        path = " L".join(f"{right(x):.1f} {up(y):.1f}" for x, y in middle)
        body.append(tag("path", d=f"M{path}", class_="curve"))
    return picture(WIDTH, HEIGHT, body, title=title, says=says)
