"""A curve over a straight line: what is, beside what would be if all were equal."""

from __future__ import annotations

from collections.abc import Sequence

from firth.measure.page.charts.drawing import Frame, Scale, label, picture
from firth.measure.page.markup import tag

__all__ = ["curve"]

WIDTH, HEIGHT = 480, 280


def curve(
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    title: str,
    says: str,
    across: str,
    upwards: str,
    even: str = "",
    point: tuple[float, float, str] | None = None,
) -> str:
    """A rising curve of shares, 0 to 1.

    Args:
        xs, ys: the points, in the order of x; y from 0 to 1.
        title, says: what it is, and what it shows.
        across, upwards: the names of the axes.
        even: what the dashed straight line from corner to corner is; "" for no line.
        point: (x, y, words) of a place on the curve that is worth a word.
    """
    frame = Frame(left=44, top=34, right=WIDTH - 12, bottom=HEIGHT - 48)
    right = Scale(0, max([*xs, 1]), frame.left, frame.right)
    up = Scale(0, 1, frame.bottom, frame.top)
    quarters = (0.0, 0.25, 0.5, 0.75, 1.0)
    body = frame.upwards(up, quarters, upwards, shown=[f"{share:.0%}" for share in quarters])
    marks = right.ticks(6)
    body += [
        label(right(mark), frame.bottom + 17, f"{mark:,.0f}", role="tick", anchor="middle") for mark in marks
    ]
    middle = (frame.left + frame.right) / 2
    body.append(label(middle, frame.bottom + 38, across, role="axis", anchor="middle"))
    path = " L".join(f"{right(x):.1f} {up(y):.1f}" for x, y in zip(xs, ys, strict=True))
    floor = f"{right(xs[-1]):.1f} {frame.bottom} L{frame.left} {frame.bottom} Z" if xs else ""
    if even:
        body.append(tag("line", x1=frame.left, y1=frame.bottom, x2=frame.right, y2=frame.top, class_="even"))
    if path:
        body.append(tag("path", d=f"M{frame.left} {frame.bottom} L{path} L{floor}", class_="area"))
        body.append(tag("path", d=f"M{frame.left} {frame.bottom} L{path}", class_="curve"))
    if even:
        body.append(label(frame.right - 6, up(0.125) + 4, f"dashed: {even}", role="note", anchor="end"))
    if point is not None:
        x, y, words = point
        body.append(tag("circle", cx=right(x), cy=up(y), r=4.5, class_="dot"))
        end = right(x) > (frame.left + frame.right) / 2
        body.append(
            label(
                right(x) + (-10 if end else 10),
                up(y) + (-10 if end else 16),
                words,
                role="said",
                anchor="end" if end else None,
            )
        )
    return picture(WIDTH, HEIGHT, body, title=title, says=says)
