"""A map of some ids, and how far it can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Picture, Section, Words
from firth.measure.page.charts.map import point_map

if TYPE_CHECKING:
    from firth.measure.full.layout import Layout
    from firth.measure.full.record import FullReport

__all__ = ["section"]

TRUSTED, DOUBTED = 0.9, 0.75  # trustworthiness: a good map, and better than a bad one


def section(report: FullReport) -> Section | None:
    """The map; None where there are too few rows for one."""
    made = report.map
    if made is None:
        return None
    title, _ = words.SECTIONS["map"]
    picture = Picture(
        draw=lambda: point_map(
            made.places, made.ids, made.groups, title=f"A map of {report.name}", says=_says(made)
        ),
        title=f"{len(made.ids):,} of {made.total:,} ids",
        says=_says(made),
        wide=True,
    )
    return Section(key="map", title=title, lead=_lead(made), blocks=(picture, Words(_trust(made))))


def _lead(made: Layout) -> str:
    which = (
        f"The {len(made.ids):,} most frequent ids but for the first few"
        if made.total > len(made.ids)
        else "All ids"
    )
    how = (
        "on the plane along which they vary most (PCA)"
        if made.method == "pca"
        else "laid out by t-SNE, which keeps neighbours together; what is far apart on it says nothing"
    )
    return f"{which}, {how}. Colours are groups that lie together in all dimensions, not on the map."


def _says(made: Layout) -> str:
    return f"{len(made.ids):,} points in two dimensions; trustworthiness {words.figure(made.trust)}."


def _trust(made: Layout) -> str:
    word = "good" if made.trust >= TRUSTED else "fair" if made.trust >= DOUBTED else "poor"
    says = (
        f"How far to trust it: {word}. Trustworthiness of the {made.near} nearest points is "
        f"{words.figure(made.trust)} (95 % interval {words.figure(made.low)} to {words.figure(made.high)}, n "
        f"= {len(made.ids):,}): 1 means that whoever is near on the map is near in truth, 0.5 is chance."
    )
    if made.explained is not None:
        says += f" The plane shows {words.share(made.explained)} of the variance of these points."
    return says
