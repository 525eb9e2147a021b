"""Draws docs/figures/maximumproduct.svg: the balls of a small tree, and the rows a search looks at by dim.

python docs/figures/maximumproduct.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from firth import Vectors
from firth.index import BranchAndBound
from firth.run import Run

ONE = Run(threads=1)
ROWS = 20_000


def draw_balls(axes: plt.Axes) -> None:
    """The leaves of a tree over rows of two dims, and those that a search has to open."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(250, 2)).astype(np.float32)
    query = np.array([1.0, 0.6], np.float32)
    tree = BranchAndBound(leaf=16).build(Vectors(np.arange(250), rows), metric="dot", run=ONE).engine.tree
    best = (rows @ query).max()
    axes.plot(*rows.T, ".", color="grey", markersize=2)
    for node in np.flatnonzero(tree.left == 0):
        bound = tree.centres[node] @ query + np.linalg.norm(query) * tree.radii[node]
        colour = "tab:orange" if bound >= best else "lightgrey"
        axes.add_patch(plt.Circle(tree.centres[node], tree.radii[node], fill=False, color=colour))
    axes.annotate("", query * 2.4, (0, 0), arrowprops={"arrowstyle": "->", "color": "tab:blue"})
    axes.plot(*rows[(rows @ query).argmax()], "o", color="tab:orange", markersize=5)
    axes.set(title="balls that may hold a greater product", xticks=[], yticks=[], aspect="equal")


def share_looked_at(rows: np.ndarray, queries: np.ndarray, metric: str) -> float:
    index = BranchAndBound().build(Vectors(np.arange(len(rows)), rows), metric=metric, run=ONE)
    index.search(queries, 10, threads=1)
    return index.engine.looked.share


def draw_shares(axes: plt.Axes) -> None:
    """What share of the rows must be looked at for exact answers."""
    dims = (2, 3, 4, 6, 8, 12, 16, 24, 32, 50, 100)
    for metric, colour in (("dot", "tab:blue"), ("euclidean", "tab:orange")):
        for name, style in (("normal", "-"), ("in clusters", "--")):
            shares = []
            for dim in dims:
                random = np.random.default_rng(dim)
                rows = random.normal(size=(ROWS, dim))
                if name == "in clusters":
                    rows = rows * 0.2 + random.normal(size=(100, dim))[random.integers(100, size=ROWS)]
                queries = rows[:50] + 0.1 * random.normal(size=(50, dim))
                shares.append(share_looked_at(rows.astype(np.float32), queries.astype(np.float32), metric))
            axes.plot(dims, shares, style, marker=".", color=colour, label=f"{metric}, {name}")
    axes.set(title="rows looked at, of 20,000", xlabel="dim", ylabel="share")
    axes.set_xscale("log")
    axes.set_xticks((2, 4, 8, 16, 32, 100), labels=("2", "4", "8", "16", "32", "100"))
    axes.set_ylim(0, 1.05)
    axes.minorticks_off()
    axes.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.62), fontsize=8)


if __name__ == "__main__":
    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "firth", "font.size": 9, "axes.spines.top": False})
    mpl.rcParams["axes.spines.right"] = False
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    draw_balls(left)
    draw_shares(right)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None, "Creator": None})
