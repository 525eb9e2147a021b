"""`pareto`: quality against size and speed, and which spaces are not worth keeping."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from firth.errors import DataError, OptionError
from firth.measure.named import named_spaces
from firth.measure.report import Report, Row
from firth.measure.spaces import Space
from firth.measure.standings import standings
from firth.measure.tasks import Given
from firth.model import Model
from firth.options import check_real, check_seed, check_whole
from firth.vectors import Vectors

__all__ = ["pareto"]


class Point(NamedTuple):
    """What a space gives and what it takes; NaN where that is not known."""

    quality: float
    size: float
    speed: float


def pareto(
    spaces: Mapping[str, Any] | Sequence[Any],
    quality: Report | Given | Iterable[Given],
    *,
    sizes: Mapping[str, int | str | os.PathLike[str]] | None = None,
    topn: int = 10,
    queries: int = 256,
    repeats: int = 5,
    tolerance: float = 0.1,
    seed: int = 1,
) -> Report:
    """Set the quality of spaces against their size and the speed of their search.

    A space is dominated by another that is as good, as small and as fast, and better in one of the three.
    What is not dominated is a choice to make: more quality for more bytes, or the other way round.

    Args:
        spaces: by name, vectors, models, encoders or whatever else the tasks take, such as runs for
            retrieval; those of a sequence are called "space 1", "space 2", ….
        quality: what `standings` returned for these spaces, or the tasks to measure them on. With several
            tasks the quality is the plain mean of their main figures.
        sizes: the bytes of a space by its name, or the file whose size they are. Else those of the matrix,
            for a model of subwords with that of the n-grams.
        topn, queries, repeats: how speed is measured: exact search for the `topn` nearest rows of `queries`
            rows at once, the median of `repeats` rounds in which the spaces take turns.
        tolerance: speeds that differ by no more than this share count as equal.
        seed: which rows are the queries; of the measurement of quality, too.

    Returns:
        A report with a row for each space, the best first: its quality with the interval (of a mean over
        tasks as if these were independent). `extra` holds "bytes", "megabytes", "queries_per_second",
        "front", whether no space dominates it, and "dominated_by", the names of those that do. Points are
        compared and not intervals: whether a difference in quality is more than chance is for `compare` to
        say.

    Raises:
        DataError: there is no space, the report lacks one, or more of a figure is not better.
        OptionError: an option is outside its range.
        FormatError: a file of a set is damaged; the message names the line.
    """
    named = named_spaces(spaces, what="pareto")
    check_whole("topn", topn, 1, 1_000_000)
    check_whole("queries", queries, 1, 1_000_000)
    check_whole("repeats", repeats, 1, 1_000)
    check_real("tolerance", tolerance, 0, 1)
    report = quality if isinstance(quality, Report) else standings(named, quality, seed=check_seed(seed))
    rows = {name: _quality(name, report) for name in named}
    taken = _sizes(named, sizes or {})
    speeds = _speeds(named, topn=topn, queries=queries, repeats=repeats, seed=seed)
    points = {name: Point(rows[name].value, taken[name], speeds[name]) for name in named}
    found = []
    for name in sorted(named, key=lambda name: (math.isnan(points[name].quality), -points[name].quality)):
        by = [other for other in named if _dominates(points[other], points[name], tolerance)]
        found.append(_row(rows[name], points[name], by))
    return Report(
        title="quality against size and speed of search",
        rows=tuple(found),
        columns=("megabytes", "queries_per_second", "dominated_by"),
        notes=tuple(_notes(report, points, tolerance, topn=topn, queries=queries, repeats=repeats)),
        details={"topn": topn, "queries": queries, "repeats": repeats, "tolerance": tolerance},
    )


def _quality(name: str, report: Report) -> Row:
    """The main figures of a space as one: their mean, with the interval of a mean of independent figures."""
    mine = [row for row in report.rows if row.extra.get("space") == name]
    main = list({row.task: row for row in reversed(mine)}.values())[::-1]
    if not main:
        raise DataError(f"the report has no row of the space {name!r}; give that of standings(spaces, tasks)")
    for row in main:
        if row.extra.get("higher_is_better", True) is not True:
            raise DataError(f"{row.task}: more is not better there, so that it is no quality; leave it out")
    value = statistics.fmean(row.value for row in main)
    below = math.sqrt(sum((row.value - row.low) ** 2 for row in main)) / len(main)
    above = math.sqrt(sum((row.high - row.value) ** 2 for row in main)) / len(main)
    return Row(
        task=", ".join(row.task for row in main),
        name=name,
        value=value,
        low=value - below,
        high=value + above,
        n=sum(row.n for row in main),
        total=sum(row.total for row in main),
    )


def _sizes(
    spaces: Mapping[str, Space], given: Mapping[str, int | str | os.PathLike[str]]
) -> dict[str, float]:
    unknown = sorted(set(given) - set(spaces))
    if unknown:
        raise OptionError(f"sizes has {unknown[0]!r}, which is none of {', '.join(map(repr, spaces))}")
    sizes = {}
    for name, space in spaces.items():
        size = given.get(name)
        if isinstance(size, str | os.PathLike):
            size = Path(size).stat().st_size
        if size is not None:
            check_whole(f"the size of {name!r}", size, 0, 2**63 - 1)
        sizes[name] = _bytes(space) if size is None else float(size)
    return sizes


def _bytes(space: Space) -> float:
    """What it takes to look things up: the main matrix, and that of the n-grams where there is one."""
    if isinstance(space, Vectors):
        return float(space.matrix.nbytes)
    if not isinstance(space, Model) or not space.spaces:
        return math.nan
    pieces = space.spaces.get("subwords")
    more = 0 if pieces is None or pieces is space.vectors else pieces.matrix.nbytes
    return float(space.vectors.matrix.nbytes + more)


def _speeds(
    spaces: Mapping[str, Space], *, topn: int, queries: int, repeats: int, seed: int
) -> dict[str, float]:
    """Queries a second of each space; NaN for encoders, which have nothing to search."""
    random = np.random.default_rng(seed)
    asked = {}
    for name, space in spaces.items():
        vectors = space if isinstance(space, Vectors) else None
        if isinstance(space, Model) and space.spaces:
            vectors = space.vectors
        if vectors is not None:
            rows = random.permutation(len(vectors))[: 2 * queries]  # some may be no queries
            items = vectors.matrix[np.sort(rows)]
            items = items[np.isfinite(items).all(axis=1)][:queries]
            if len(items):
                vectors.search(items, topn=topn)  # compiles what it needs, and finds the lengths of the rows
                asked[name] = vectors, items
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(repeats):
        for name, (vectors, items) in asked.items():
            started = time.perf_counter()
            vectors.search(items, topn=topn)
            seconds[name].append((time.perf_counter() - started) / len(items))
    return {name: 1 / statistics.median(seconds[name]) if name in seconds else math.nan for name in spaces}


def _dominates(one: Point, other: Point, tolerance: float) -> bool:
    """Whether one is at least as good in all three, and better in one; never where something is not known."""
    as_good = (
        one.quality >= other.quality and one.size <= other.size and one.speed >= other.speed * (1 - tolerance)
    )
    better = one.quality > other.quality or one.size < other.size or one.speed > other.speed * (1 + tolerance)
    return as_good and better


def _row(row: Row, point: Point, by: list[str]) -> Row:
    extra = {
        "space": row.name,
        "bytes": None if math.isnan(point.size) else int(point.size),
        "megabytes": None if math.isnan(point.size) else point.size / 1e6,
        "queries_per_second": None if math.isnan(point.speed) else round(point.speed),
        "front": not by,
        "dominated_by": ", ".join(by),
    }
    return Row(
        task=row.task,
        name=row.name,
        value=row.value,
        low=row.low,
        high=row.high,
        n=row.n,
        total=row.total,
        extra=extra,
    )


def _notes(
    report: Report, points: Mapping[str, Point], tolerance: float, *, topn: int, queries: int, repeats: int
) -> list[str]:
    tasks = list(dict.fromkeys(row.task for row in report.rows))
    of = f"the mean of the main figures of {', '.join(tasks)}" if len(tasks) > 1 else f"that of {tasks[0]}"
    notes = [
        f"quality: {of}, over what each space covers",
        f"speed: exact search for the {topn} nearest of {queries:,} queries at once, median of {repeats} "
        f"rounds in turn on this machine; within {tolerance:.0%} of each other they count as equal",
    ]
    blank = [name for name, point in points.items() if any(map(math.isnan, point))]
    if blank:
        notes.append(f"not placed, since quality, size or speed is not known: {', '.join(blank)}")
    return notes
