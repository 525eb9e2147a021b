"""A histogram: how many there are of each size."""

from __future__ import annotations

from collections.abc import Sequence

from firth.measure.page import escape
from firth.measure.page.charts.drawing import Frame, Scale, label, number, picture
from firth.measure.page.markup import tag

__all__ = ["histogram"]

WIDTH, HEIGHT = 480, 280


def histogram(
    counts: Sequence[float],
    names: Sequence[str],
    *,
    title: str,
    says: str,
    across: str,
    upwards: str,
    marked: frozenset[int] = frozenset(),
) -> str:
    """Bars side by side, one a bin, each with its size above it.

    Args:
        counts: of the bins, none negative.
        names: of the bins, below them.
        title, says: what it is, and what it shows.
        across, upwards: the names of the axes.
        marked: the bins that are drawn in the colour of what asks for a look.
    """
    frame = Frame(left=44, top=34, right=WIDTH - 8, bottom=HEIGHT - 48)
    most = max([*counts, 0]) or 1
    scale = Scale(0, most, frame.bottom, frame.top)
    body = frame.upwards(scale, scale.ticks(5), upwards)
    step = (frame.right - frame.left) / max(1, len(counts))
    gap = min(8.0, step * 0.2)
    for i, (count, name) in enumerate(zip(counts, names, strict=True)):
        left, top = frame.left + i * step, scale(count)
        body.append(
            tag(
                "rect",
                tag("title", escape.text(f"{name}: {number(count)}")),
                x=left + gap / 2,
                y=top,
                width=step - gap,
                height=max(0.0, frame.bottom - top),
                rx=min(2.0, step / 6),
                class_="bar marked" if i in marked else "bar",
            )
        )
        if len(counts) <= 16 or i % 4 == 0:
            body.append(label(left + step / 2, frame.bottom + 17, name, role="tick", anchor="middle"))
    body.append(tag("line", x1=frame.left, x2=frame.right, y1=frame.bottom, y2=frame.bottom, class_="base"))
    middle = (frame.left + frame.right) / 2
    body.append(label(middle, frame.bottom + 38, across, role="axis", anchor="middle"))
    return picture(WIDTH, HEIGHT, body, title=title, says=says)
