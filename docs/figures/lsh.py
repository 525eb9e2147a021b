"""Draws docs/figures/lsh.svg: how often two rows meet in a hash, and what more probes find.

python docs/figures/lsh.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from firth import Vectors
from firth.index import LSH, Exact
from firth.index.collisions import hyperplane_probability
from firth.index.hashspace import HashSpace
from firth.kernels.lsh import hash_rows
from firth.run import Run

ONE = Run(threads=1)
TABLES, DRAWS = 1000, 8


def share_that_meets(angles: np.ndarray, bits: int) -> list[float]:
    """In how many of the tables two rows at each angle have the same slot."""
    rows = np.concatenate([[[1.0, 0.0]], np.stack([np.cos(angles), np.sin(angles)], axis=1)])
    recipe = LSH(tables=TABLES, bits=bits, center=False)
    shares = []
    for seed in range(DRAWS):
        space = HashSpace.draw(rows.astype(np.float32), recipe.plan("cosine", seed))
        slots = np.empty((TABLES, len(rows)), np.int32)
        points = space.points(rows.astype(np.float32))
        hash_rows(points, space.planes, space.shifts, space.multipliers, space.slot_bits, space.signs, slots)
        shares.append((slots[:, :1] == slots[:, 1:]).mean(axis=0))
    return [float(share) for share in np.mean(shares, axis=0)]


def draw_collisions(axes: plt.Axes) -> None:
    """Theory as lines, what is measured as dots."""
    angles, fine = np.linspace(0.05, np.pi, 16), np.linspace(0, np.pi, 200)
    for bits, colour in ((1, "tab:blue"), (4, "tab:orange"), (16, "tab:green")):
        label = f"{bits} hyperplane{'s' if bits > 1 else ''}"
        axes.plot(np.degrees(fine), hyperplane_probability(fine) ** bits, color=colour, label=label)
        axes.plot(np.degrees(angles), share_that_meets(angles, bits), ".", color=colour)
    axes.set(
        title="two rows meet in a table",
        xlabel="angle between them (degrees)",
        ylabel="probability",
        xticks=range(0, 181, 45),
    )
    axes.legend(frameon=False)


def draw_recall(axes: plt.Axes) -> None:
    """Recall by the share of the rows looked at: many tables, or many probes."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(300, 32))
    rows = (centres[random.integers(300, size=20_000)] + random.normal(size=(20_000, 32))).astype(np.float32)
    vectors, queries = Vectors(np.arange(20_000), rows), rows[:200] + np.float32(0.05)
    truth = Exact().build(vectors).search(queries, 10).rows
    for tables, colour in ((4, "tab:blue"), (16, "tab:orange"), (64, "tab:green")):
        index = LSH(tables=tables, bits=12).build(vectors, run=ONE)
        points = []
        for probes in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
            found = index.search(queries, 10, probes=probes, threads=1).rows
            recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth, strict=True)])
            points.append((index.engine.looked.share, recall))
            if recall > 0.995:
                break
        axes.plot(*np.array(points).T, ".-", color=colour, label=f"{tables} tables")
        axes.annotate("1 probe", points[0], textcoords="offset points", xytext=(6, -4), fontsize=7)
    axes.set(title="more probes find more", xlabel="share of the rows looked at", ylabel="recall@10")
    axes.set_xscale("log")
    axes.legend(frameon=False, loc="lower right")


if __name__ == "__main__":
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "firth", "font.size": 9, "axes.spines.top": False})
    mpl.rcParams["axes.spines.right"] = False
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    draw_collisions(left)
    draw_recall(right)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None, "Creator": None})
