"""A map: points in two dimensions with as many of their names as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from firth.measure.page import escape
from firth.measure.page.charts.drawing import label, picture
from firth.measure.page.markup import tag

__all__ = ["Box", "place_labels", "point_map"]

WIDTH, HEIGHT = 960, 620
EDGE = 28.0
SIZE = 12.0  # of the type; the style sheet says the same
SHOWN = 24  # letters of a name


class Box(NamedTuple):
    """A rectangle on the page."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share a place."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def point_map(
    places: Sequence[tuple[float, float]],
    names: Sequence[object],
    groups: Sequence[int],
    *,
    title: str,
    says: str,
) -> str:
    """Points with names; the earlier a point, the sooner its name gets room.

    Args:
        places: (x, y) of each point, in units of their own, the same for both axes.
        names: of each point.
        groups: of each point a number from 0 to 7, its colour.
        title, says: what it is, and what it shows.
    """
    if not places:
        return picture(WIDTH, HEIGHT, [], title=title, says="There is nothing to show.", role="chart map")
    points = _on_page(places)
    words = [escape.shortened(name, SHOWN) for name in names]
    dots = [
        tag("circle", tag("title", escape.text(name)), cx=x, cy=y, r=3.0, class_=f"point group{group % 8}")
        for (x, y), name, group in zip(points, names, groups, strict=True)
    ]
    labels = [
        label(box.left, box.bottom - 3, words[i], role=f"name group{groups[i] % 8}")
        for i, box in place_labels(points, words)
    ]
    return picture(WIDTH, HEIGHT, [*dots, *labels], title=title, says=says, role="chart map")


def place_labels(points: Sequence[tuple[float, float]], words: Sequence[str]) -> Iterator[tuple[int, Box]]:
    """Where names can stand: none meets another, and none covers a point.

    Each point in turn tries the right, the left, above and below, and goes without a name if all are taken.

    Args:
        points: (x, y) on the page.
        words: of each point.

    Yields:
        (number of the point, the box of its name).
    """
    taken: list[Box] = []
    dots = [Box(x - 3, y - 3, x + 3, y + 3) for x, y in points]
    for i, (x, y) in enumerate(points):
        wide, high = escape.width_of(words[i]) * SIZE + 4, SIZE + 3
        for left, top in (
            (x + 5, y - high / 2),
            (x - 5 - wide, y - high / 2),
            (x - wide / 2, y - high - 4),
            (x - wide / 2, y + 4),
        ):
            box = Box(left, top, left + wide, top + high)
            inside = box.left >= 0 and box.top >= 0 and box.right <= WIDTH and box.bottom <= HEIGHT
            if not inside or any(box.meets(other) for other in taken):
                continue
            if any(box.meets(dot) for j, dot in enumerate(dots) if j != i):
                continue
            taken.append(box)
            yield i, box
            break


def _on_page(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The places on the page, as large as they fit: one unit is as long across as it is down."""
    xs, ys = [x for x, _ in places], [y for _, y in places]
    wide, high = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE
    unit = max((max(xs) - min(xs)) / wide, (max(ys) - min(ys)) / high) or 1.0
    left, top = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    return [(WIDTH / 2 + (x - left) / unit, HEIGHT / 2 - (y - top) / unit) for x, y in places]
