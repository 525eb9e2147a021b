"""The figure of a comparison of tokenizers: what a larger vocabulary brings, and what it costs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firth.errors import OptionError
from firth.extras import require
from firth.formats.atomic import replacing
from firth.tokenize.comparing import Comparison, Measured

__all__ = ["check_figure", "draw_comparison"]

FORMATS = (".png", ".svg", ".pdf")

# Okabe and Ito 2008, "Color Universal Design": told apart with every colour vision. Markers differ too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P")


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """One of the drawings side by side.

    Attributes:
        title: what is drawn.
        field: of `Measured`.
        scale: what it is multiplied by.
        has_intervals: whether the ends of its intervals are known, `low` and `high`.
    """

    title: str
    field: str
    scale: float = 1
    has_intervals: bool = False


_PANELS = (
    _Panel(title="tokens a word (fewer is shorter)", field="fertility", has_intervals=True),
    _Panel(title="% of the vocabulary used", field="used", scale=100),
    _Panel(title="efficiency (1: all tokens equally often)", field="efficiency"),
)


def check_figure(path: str | os.PathLike[str]) -> None:
    """Raise OptionError unless the suffix of the path names a form of figure."""
    if Path(path).suffix.lower() not in FORMATS:
        raise OptionError(f"a figure ends in {', '.join(FORMATS)}; {os.fspath(path)} does not")


def draw_comparison(comparison: Comparison, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Draw the trained tokenizers over the sizes of their vocabularies, others as lines across.

    Args:
        comparison: what to draw.
        path: .png, .svg or .pdf; written atomically.
        force: replace a file that is there.

    Raises:
        ExistsError: the file is there and `force` is not set.
        MissingExtraError: matplotlib is not installed.
        OptionError: the suffix names no form of figure.
    """
    check_figure(path)
    require("matplotlib", extra="plot")
    figures = require("matplotlib.figure", extra="plot")
    figure = figures.Figure(figsize=(12, 4.4), layout="constrained")
    axes = figure.subplots(1, len(_PANELS))
    trained = [row for row in comparison.rows if row.algorithm is not None]
    for axis, panel in zip(axes, _PANELS, strict=True):
        _draw_panel(axis, trained, panel)
        axis.set_xlabel("tokens in the vocabulary")
        axis.set_title(panel.title, fontsize=10, loc="left")
    words = [row for row in comparison.rows if row.name == "rules"]
    for row in words:
        axes[0].axhline(row.fertility, color="0.4", linestyle=":", linewidth=1.2, label="rules (whole words)")
    axes[0].legend(frameon=False, fontsize=9)
    figure.suptitle(
        f"Subword vocabularies on {comparison.report['held_out_lines']:,} held-out lines (bars: 95 %)",
        fontsize=11,
        x=0.01,
        ha="left",
    )
    with replacing(path, force=force) as file:
        figure.savefig(file, format=Path(path).suffix.lower()[1:], dpi=150)


def _draw_panel(axis: Any, rows: list[Measured], panel: _Panel) -> None:
    """A line for each algorithm, over the sizes of its vocabularies."""
    for i, algorithm in enumerate(dict.fromkeys(row.algorithm for row in rows)):
        mine = sorted((row for row in rows if row.algorithm == algorithm), key=lambda row: row.vocabulary)
        sizes = [row.vocabulary for row in mine]
        values = [panel.scale * getattr(row, panel.field) for row in mine]
        style = {"color": _COLOURS[i % 6], "marker": _MARKERS[i % 6], "markersize": 6, "linewidth": 1.6}
        if panel.has_intervals:
            reach = [
                [max(0.0, row.fertility - row.low) for row in mine],
                [max(0.0, row.high - row.fertility) for row in mine],
            ]
            axis.errorbar(sizes, values, yerr=reach, capsize=3, label=algorithm, **style)
        else:
            axis.plot(sizes, values, label=algorithm, **style)
    sizes = sorted({row.vocabulary for row in rows})
    axis.set_xscale("log")
    if sizes:
        shown = [size for k, size in enumerate(sizes) if k == 0 or size > 1.3 * sizes[k - 1]]
        axis.set_xticks(shown, [f"{size:,}" for size in shown])
    axis.minorticks_off()
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="0.9")
