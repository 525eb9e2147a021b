"""The shape of the space: figures that need no labels, and pictures of spectrum, neighbours and norms."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from firth.measure.page import words
from firth.measure.page.blocks import Aside, Block, Cell, Column, Judged, Notes, Picture, Row, Section, Table
from firth.measure.page.charts.curve import curve
from firth.measure.page.charts.histogram import histogram
from firth.measure.page.charts.overlap import overlap
from firth.measure.page.charts.scatter import scatter

if TYPE_CHECKING:
    from firth.measure import report as figures
    from firth.measure.full.pictures import Hubs, Nearness, Norms, Spectrum
    from firth.measure.full.record import FullReport

__all__ = ["section"]


def section(report: FullReport) -> Section | None:
    """Geometry and its pictures; None where there are no vectors."""
    pictures: list[Block] = []
    if report.spectrum is not None:
        pictures.append(_spectrum(report.spectrum))
    if report.hubs is not None:
        pictures.append(_hubs(report.hubs))
    if report.nearness is not None:
        pictures.append(_nearness(report.nearness, report.about.metric))
    if report.norms is not None:
        pictures.append(_norms(report.norms))
    if report.geometry is None and not pictures:
        return None
    title, lead = words.SECTIONS["geometry"]
    tables = [_table(report)] if report.geometry is not None else []
    notes = report.geometry.notes if report.geometry is not None else ()
    asides = [Aside(title="Notes on these figures", blocks=(Notes(tuple(notes)),))] if notes else []
    return Section(key="geometry", title=title, lead=lead, blocks=(*pictures, *tables, *asides))


def _table(report: FullReport) -> Table:
    """A line a figure, with that of the other space beside it where there is one."""
    rows = report.geometry.rows if report.geometry is not None else ()
    others = {row.name: row for row in report.other_geometry.rows} if report.other_geometry else None
    columns = [Column("Figure"), Column("Verdict")]  # both in sight where the screen is narrow
    columns += [Column(report.name if others is not None else "Value", "number")]
    columns += [Column("95 % interval", "number")]
    if others is not None and report.other is not None:
        columns.append(Column(report.other.name, "number"))
    columns += [Column("In words", "prose")]
    return Table(
        caption="Figures that need no labels",
        columns=tuple(columns),
        rows=tuple(_line(row, others) for row in rows),
    )


def _line(row: figures.Row, others: dict[str, figures.Row] | None) -> Row:
    verdict = row.extra.get("verdict")
    cells: list[Cell] = [row.name.replace("_", " "), Judged(str(verdict)) if verdict else ""]
    cells += [words.figure(row.value), words.interval(row)]
    if others is not None:
        other = others.get(row.name)
        cells.append("–" if other is None else words.figure(other.value))
    cells.append(str(row.extra.get("meaning", "")))
    return Row(tuple(cells))


def _spectrum(made: Spectrum) -> Picture:
    dim = len(made.shares)
    held = list(itertools.accumulate(made.shares))
    says = (
        f"Half of the variance lies in {made.half:,} of {dim:,} directions ({made.n:,} rows). On the dashed "
        "line all directions would be used alike; a curve that shoots up at once has few that "
        "matter."
    )

    def draw() -> str:
        return curve(
            range(1, dim + 1),
            [min(1.0, share) for share in held],
            title="How many directions are used",
            says=says,
            across="directions, the strongest first",
            upwards="share of the variance",
            even="all used alike",
            point=(made.half, held[made.half - 1], f"half in {made.half:,}"),
        )

    return Picture(draw=draw, title="How many directions are used", says=says)


def _hubs(made: Hubs) -> Picture:
    says = f"How often each of {made.n:,} rows is among the {made.k} nearest of others"
    if made.asked == made.n:
        says += (
            f": {made.k} times on average. {words.share(made.counts[0] / made.n)} never are, and no search "
        )
        says += "finds them; those far to the right, hubs, are found by too many."
    else:
        says += (
            f", of which {made.asked:,} were asked: {words.figure(made.k * made.asked / made.n)} times on "
        )
        says += "average. Those far to the right, hubs, are found by too many."

    def draw() -> str:
        return histogram(
            [100 * count / made.n for count in made.counts],
            made.names,
            title="Who is found, and how often",
            says=says,
            across=f"times among the {made.k} nearest of another row",
            upwards="per cent of rows",
            marked=frozenset({0}) if made.asked == made.n else frozenset(),
        )

    return Picture(draw=draw, title="Who is found, and how often", says=says)


def _nearness(made: Nearness, metric: str) -> Picture:
    random, nearest = made.middle
    says = (
        f"Scores ({metric}) of {made.pairs:,} pairs of rows at random, {words.figure(random)} in the middle, "
        f"and of {made.n:,} rows with their nearest, {words.figure(nearest)}. The less the two overlap, the "
        "more being near says."
    )

    def draw() -> str:
        return overlap(
            made.edges,
            made.random,
            made.nearest,
            names=("two at random", "with its nearest"),
            title="How near is near",
            says=says,
            across=metric if metric != "euclidean" else "minus the distance",
        )

    return Picture(draw=draw, title="How near is near", says=says)


def _norms(made: Norms) -> Picture:
    says = (
        f"Each point is an id; the line is the median over all {made.n:,}. A line that rises or falls "
        "says that the length of a vector tells how frequent its id is, which matters to the dot product and "
        "not to the cosine."
    )

    def draw() -> str:
        return scatter(
            made.counts,
            made.norms,
            names=made.ids,
            title="Length and frequency",
            says=says,
            across="how often the id was seen",
            upwards="length of its vector",
            middle=made.middle,
        )

    return Picture(draw=draw, title="Length and frequency", says=says)
