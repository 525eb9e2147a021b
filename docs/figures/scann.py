"""Draws docs/figures/scann.svg: which errors hurt, what the codes gain, and recall by the leaves searched.

python docs/figures/scann.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import firth
from firth.index import Index, Tree
from firth.index.anisotropic import weight_along

ROWS, QUERIES, DIM, K = 4000, 300, 64, 10
RUN = firth.Run(threads=1)


def world() -> tuple[firth.Vectors, np.ndarray]:
    """Rows in overlapping clusters with few directions of much variance, and queries of the same kind."""
    random = np.random.default_rng(1)
    spread = np.arange(1, DIM + 1) ** -0.5
    centres = random.normal(size=(60, DIM)) * spread
    rows = centres[random.integers(60, size=ROWS + QUERIES)]
    rows = (rows + 0.6 * random.normal(size=rows.shape) * spread).astype(np.float32)
    return firth.Vectors(np.arange(ROWS), rows[:ROWS], metric="dot"), rows[ROWS:]


def recall(index: Index, queries: np.ndarray, true: np.ndarray, **settings: int) -> float:
    """The share of the true rows that are found."""
    found = np.array(index.search(queries, K, threads=1, **settings).ids)
    return float(np.mean([len(np.intersect1d(a, b)) / K for a, b in zip(found, true, strict=True)]))


def draw_loss(axes: plt.Axes) -> None:
    """Errors that are equally bad: a circle for plain codes, an ellipse for score-aware ones."""
    turn = np.linspace(0, 2 * np.pi, 80)
    weight = weight_along(0.2, DIM)
    axes.plot(np.cos(turn), np.sin(turn), color="tab:orange")
    axes.plot(np.cos(turn), np.sin(turn) / weight**0.5, color="tab:blue")
    axes.annotate("", (0, 1.3), (0, 0), arrowprops={"arrowstyle": "->"})
    axes.text(0.06, 1.15, "direction of the row")
    axes.text(-1.3, -1.25, "plain: every error alike", color="tab:orange")
    axes.text(-1.3, -1.5, f"T = 0.2: along counts {weight:.1f} ×", color="tab:blue")
    axes.set(xlabel="error across the row", ylabel="error along the row", title="errors that cost the same")
    axes.set(xlim=(-1.5, 1.5), ylim=(-1.65, 1.4), aspect="equal")


def draw_gain(axes: plt.Axes, vectors: firth.Vectors, queries: np.ndarray, true: np.ndarray) -> None:
    """Recall of codes of the same size, no row scored again."""
    sizes = (8, 16, 32, 64)
    for threshold, colour, label in ((0.0, "tab:orange", "plain"), (0.2, "tab:blue", "T = 0.2")):
        found = []
        for parts in sizes:
            recipe = Tree(leaves=1, parts=parts, threshold=threshold, keep="none")
            found.append(recall(recipe.build(vectors, run=RUN), queries, true))
            print(label, parts // 2, "bytes:", round(found[-1], 3))
        axes.plot([parts / 2 for parts in sizes], found, "o-", color=colour, label=label)
    axes.set(xlabel="bytes a row, of 256", ylabel="recall@10", title="greatest products, from codes alone")
    axes.legend(frameon=False)


def draw_leaves(axes: plt.Axes, vectors: firth.Vectors, queries: np.ndarray, true: np.ndarray) -> None:
    """Recall by the leaves that are searched, for several numbers of rows scored again."""
    index = Tree().build(vectors, run=RUN)
    leaves = len(index.engine.partition)
    probes = [1, 2, 4, 8, 16, 32, leaves]
    for rerank, colour in ((1, "tab:orange"), (4, "tab:blue"), (10, "tab:green")):
        found = [recall(index, queries, true, nprobe=nprobe, rerank=rerank) for nprobe in probes]
        axes.plot(probes, found, "o-", color=colour, label=f"rerank={rerank}")
        print("rerank", rerank, [round(value, 3) for value in found])
    axes.set(xlabel=f"nprobe, of {leaves} leaves", title="search", xscale="log")
    axes.set_xticks(probes, [str(probe) for probe in probes])
    axes.minorticks_off()
    axes.legend(frameon=False)


if __name__ == "__main__":
    mpl.rcParams.update({"svg.hashsalt": "firth", "svg.fonttype": "none"})
    vectors, queries = world()
    true = np.argsort(-(queries @ vectors.matrix.T), axis=1, kind="stable")[:, :K]
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    draw_loss(panels[0])
    draw_gain(panels[1], vectors, queries, true)
    draw_leaves(panels[2], vectors, queries, true)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})
