"""Draws docs/figures/invertedfiles.svg: the cells of inverted lists, and recall by the lists looked into.

python docs/figures/invertedfiles.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from scipy.spatial import Voronoi, voronoi_plot_2d

from firth import Vectors
from firth.index import IVF, IVFPQ, Exact
from firth.kmeans import cluster
from firth.run import Run

ONE = Run(threads=1)


def draw_cells(axes: plt.Axes) -> None:
    """A plane cut into cells around centroids; a query near a border needs the cell beside it."""
    random = np.random.default_rng(4)
    points = random.normal(size=(400, 2)).astype(np.float32)
    found = cluster(points, 14, iterations=20, spherical=False, seed=1, threads=1)
    far = np.array([[9, 9], [-9, 9], [9, -9], [-9, -9]])
    voronoi_plot_2d(
        Voronoi(np.concatenate([found.centroids, far])), ax=axes, show_vertices=False, show_points=False,
        line_colors="0.6",
    )  # fmt: skip
    query = np.array([0.35, 0.35], np.float32)
    near = np.argsort(((found.centroids - query) ** 2).sum(axis=1))[:2]
    cells = ((points[:, None] - found.centroids) ** 2).sum(axis=2).argmin(axis=1)
    axes.scatter(*points.T, s=6, color=np.where(np.isin(cells, near), "tab:blue", "0.75"))
    axes.scatter(*found.centroids.T, marker="+", color="black", s=30, linewidths=0.8)
    axes.scatter(*query, marker="*", color="tab:red", s=70, zorder=3)
    axes.set(title="nprobe=2: the rows of two cells", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
    axes.set(xticks=[], yticks=[])


def draw_recall(axes: plt.Axes) -> None:
    """Recall@10 by the number of lists, exact and re-scored codes and codes alone."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(200, 32))
    rows = (centres[random.integers(200, size=20_000)] + random.normal(size=(20_000, 32))).astype(np.float32)
    vectors, queries = Vectors(np.arange(20_000), rows), rows[:300] + np.float32(0.05)
    truth = Exact().build(vectors).search(queries, 10).rows
    probes = [1, 2, 4, 8, 16, 32, 64, 128]
    coarse, fine = IVF(lists=256).build(vectors, run=ONE), IVFPQ(lists=256).build(vectors, run=ONE)
    # The second lies nearly on the first, which is therefore wide.
    for index, options, label, style in (
        (coarse, {}, "IVF", {"color": "tab:blue", "linewidth": 5, "alpha": 0.4, "markersize": 7}),
        (fine, {"rerank": 16}, "IVFPQ, 160 rows scored again", {"color": "tab:green", "markersize": 3}),
        (fine, {"rerank": 1}, "IVFPQ, codes alone", {"color": "tab:orange", "markersize": 3}),
    ):
        recalls = []
        for nprobe in probes:
            found = index.search(queries, 10, nprobe=nprobe, **options).rows
            recalls.append(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth, strict=True)]))
        axes.plot(probes, recalls, "o-", label=label, **style)
        print(label, [round(float(value), 3) for value in recalls])
    axes.set_xscale("log", base=2)
    axes.set(title="20,000 × 32 in 256 lists", xlabel="nprobe", ylabel="recall@10", ylim=(0, 1.02))
    axes.legend(frameon=False)


def main() -> None:
    mpl.rcParams.update({"svg.hashsalt": "firth", "font.size": 9})
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    draw_cells(left)
    draw_recall(right)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
