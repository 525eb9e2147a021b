"""The picture of a plan: memory against recall, coloured by the time of a query."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firth.errors import DataError, OptionError
from firth.extras import require

if TYPE_CHECKING:
    from firth.index.planning import Plan

__all__ = ["check_figure", "draw"]

INK, PALE = "#222222", "#8a8a8a"
WIDTH, HEIGHT = 9.0, 5.6  # inches
APART = 0.034  # of the height: as near may two labels be
ABOVE = 0.026  # of the height: a label stands so far above its point, clear of the line
LETTER = 0.0095  # of the width: that of a letter of a label, about
TICKS = (1.0, 2.0, 5.0)  # of each power of ten
SHOWN = (".png", ".svg", ".pdf", ".jpg", ".jpeg", ".webp")


def draw(found: Plan, path: str | os.PathLike[str]) -> None:
    """Write the picture of a plan to a file; the suffix says in which format.

    A point is a trial on all rows: the bytes that it needs in memory (to the left is better), its recall with
    the 95 % interval (higher is better), and in colour the milliseconds of a query asked alone. The line
    joins the frontier: what no other trial beats in all three. A ring marks the winner; dashed lines are
    limits.

    Raises:
        MissingExtraError: matplotlib is not installed.
        DataError: nothing was tried.
        OptionError: the suffix is of no format.
    """
    suffix = check_figure(path)
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    if not found.trials:
        raise DataError("nothing was tried on all rows, so there is nothing to draw; give it more time")
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _limits(axes, found)
    axes.plot(
        [one.memory / 1e6 for one in found.frontier],
        [one.recall.value for one in found.frontier],
        color=PALE,
        linewidth=1.2,
        zorder=1,
        label="frontier: none beats these in memory, recall and time together",
    )
    _points(figure, axes, found)
    axes.set_xscale("log")
    _labels(axes, found)
    axes.set_xlabel("MB in memory, without ids (log scale)")
    axes.set_ylabel(f"recall@{found.k}, with 95 % interval")
    axes.xaxis.set_major_locator(LogLocator(subs=TICKS, numticks=50))
    axes.xaxis.set_major_formatter(_plain)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_title(
        f"{found.rows:,} rows of dim {found.dim}, {found.metric}: {found.whole / 1e6:,.1f} MB as float32",
        loc="left",
        fontsize=11,
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower left", frameon=False, fontsize=9, ncols=2)
    # No date and no random ids, so that the same plan makes the same bytes.
    with mpl.rc_context({"svg.hashsalt": "firth", "svg.fonttype": "none"}):
        figure.savefig(path, dpi=150, metadata={"Date": None} if suffix == ".svg" else None)


def check_figure(path: str | os.PathLike[str]) -> str:
    """The suffix of a figure that can be drawn here; called before long work starts.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OptionError: the suffix is of no format.
    """
    require("matplotlib", extra="plot")
    suffix = Path(path).suffix.lower()
    if suffix not in SHOWN:
        raise OptionError(f"a figure ends in {', '.join(SHOWN)}, not {suffix!r}")
    return suffix


def _plain(value: float, _at: float) -> str:
    return f"{value:g}"


def _limits(axes: Any, found: Plan) -> None:
    style: Any = {"color": PALE, "linewidth": 0.8, "linestyle": (0, (4, 4)), "zorder": 0}
    axes.axhline(found.limits.recall, label="limits", **style)
    if found.limits.memory is not None:
        axes.axvline(found.limits.memory / 1e6, **style)


def _points(figure: Any, axes: Any, found: Plan) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import LogLocator, NullFormatter

    x = [one.memory / 1e6 for one in found.trials]
    y = [one.recall.value for one in found.trials]
    times = [one.speed.median for one in found.trials]
    reach = [
        [one.recall.value - one.recall.low for one in found.trials],
        [one.recall.high - one.recall.value for one in found.trials],
    ]
    axes.errorbar(x, y, yerr=reach, fmt="none", ecolor=PALE, elinewidth=0.9, zorder=2)
    least, most = min(times), max(times)
    norm = LogNorm(least / 1.05, most * 1.05)
    points = axes.scatter(
        x, y, c=times, norm=norm, cmap="viridis", s=64, zorder=3, edgecolors="white", linewidths=0.7
    )
    bar = figure.colorbar(points, ax=axes, pad=0.015)
    bar.set_label("ms a query asked alone (log scale)")
    bar.ax.yaxis.set_major_locator(LogLocator(subs=TICKS))
    bar.ax.yaxis.set_major_formatter(_plain)
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    if found.winner is not None:
        axes.scatter(
            [found.winner.memory / 1e6],
            [found.winner.recall.value],
            s=230,
            facecolors="none",
            edgecolors="#c0392b",
            linewidths=1.8,
            zorder=4,
            label="winner",
        )


def _labels(axes: Any, found: Plan) -> None:
    """A name beside each point; where labels would meet, the lower one moves down and a line leads to it."""
    trials = found.trials
    low = min(found.limits.recall, *(one.recall.low for one in trials))
    span = max(0.02, 1.0 - low)
    axes.set_ylim(low - 0.08 * span, 1.0 + 0.06 * span)
    sizes = [one.memory / 1e6 for one in trials]
    if found.limits.memory is not None:
        sizes.append(found.limits.memory / 1e6)
    left, right = min(sizes), max(sizes)
    axes.set_xlim(left / 1.3, right * 1.5)
    flat = axes.transAxes.inverted()
    points = {
        one.name: flat.transform(axes.transData.transform((one.memory / 1e6, one.recall.value)))
        for one in trials
    }
    # What no label may lie on, as x from 0 to 1, width, y from 0 to 1: the points, and the labels so far.
    placed = [(x - 0.012, 0.024, y) for x, y in points.values()]
    for one in sorted(trials, key=lambda one: -one.recall.value):
        at = (one.memory / 1e6, one.recall.value)
        x, y = points[one.name]
        width, away = LETTER * len(one.name), 0.022 if one is found.winner else 0.014
        on_the_left = x + away + width > 1
        start = x - away - width if on_the_left else x + away
        place = y + ABOVE
        while any(abs(place - v) < APART and start < u + w and u < start + width for u, w, v in placed):
            place -= APART / 4
        placed.append((start, width, place))
        axes.annotate(
            one.name,
            at,
            xytext=(x - away if on_the_left else x + away, place),
            textcoords="axes fraction",
            va="center",
            ha="right" if on_the_left else "left",
            fontsize=8,
            color=INK,
            arrowprops=None
            if abs(place - y) <= ABOVE
            else {"arrowstyle": "-", "color": PALE, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3},
        )
