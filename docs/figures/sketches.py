"""Draws docs/figures/sketches.svg: angles told from bits, and distances after a random projection.

python docs/figures/sketches.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from firth.compress import RandomProjection, SimHash
from firth.compress.projection import distortion


def draw_angles(axes: plt.Axes) -> None:
    """One pair of rows for each angle, sketched with few bits and with many."""
    angles = np.linspace(0.05, np.pi - 0.05, 40)
    first = np.tile(np.eye(1, 50), (40, 1))
    second = np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * np.roll(first, 1, axis=1)
    axes.plot([0, 180], [0, 180], color="black", linewidth=0.8)
    for bits, colour in ((64, "tab:orange"), (1024, "tab:blue")):
        codec = SimHash(bits=bits).fit(first)
        found = codec.angle(codec.encode_rows(first), codec.encode_rows(second))
        bars = np.degrees([found.angle - found.low, found.high - found.angle])
        axes.errorbar(
            np.degrees(angles), np.degrees(found.angle), yerr=bars, fmt=".", markersize=3,
            linewidth=0.8, color=colour, label=f"{bits} bits",
        )  # fmt: skip
    axes.set(xlabel="true angle", ylabel="angle told, with its 95 % interval")
    axes.legend(frameon=False)


def draw_distances(axes: plt.Axes) -> None:
    """The squared distances of all pairs of 100 rows, over what they were, and the bound for the worst."""
    rows = np.random.default_rng(1).normal(size=(100, 2000)).astype(np.float32)
    pairs = np.triu_indices(100, 1)
    before = np.square(rows[pairs[0]] - rows[pairs[1]]).sum(1)
    dims = (128, 256, 512, 1024)
    for place, dim in enumerate(dims):
        small = RandomProjection(dim=dim).fit(rows).apply_rows(rows)
        ratio = np.square(small[pairs[0]] - small[pairs[1]]).sum(1) / before
        axes.violinplot(ratio, [place], widths=0.7, showextrema=True)
        epsilon = distortion(100, dim)
        if epsilon is not None:
            axes.hlines([1 - epsilon, 1 + epsilon], place - 0.4, place + 0.4, color="tab:red", linewidth=1)
    axes.set(xlabel="dims after the projection, of 2,000", ylabel="squared distance, after / before")
    axes.set_xticks(range(len(dims)), [f"{dim:,}" for dim in dims])


if __name__ == "__main__":
    mpl.rcParams.update({"svg.hashsalt": "firth", "svg.fonttype": "none"})
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    draw_angles(panels[0])
    draw_distances(panels[1])
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})
