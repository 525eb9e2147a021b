"""Draws docs/figures/graphs.svg: a way through a graph of near rows, and recall against ef_search.

python docs/figures/graphs.py
"""

from __future__ import annotations

from pathlib import Path

import faiss
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import LineCollection

from firth import Vectors
from firth.index import HNSW, Exact
from firth.run import Run

ONE = Run(threads=1)


def links_of(index: object, node: int) -> np.ndarray:
    """Where the links of a node lead on the lowest level."""
    graph = index.hnsw  # type: ignore[attr-defined]
    offsets, links = faiss.vector_to_array(graph.offsets), faiss.vector_to_array(graph.neighbors)
    own = links[offsets[node] : offsets[node] + graph.nb_neighbors(0)]
    return own[own >= 0]


def draw_way(axes: plt.Axes) -> None:
    """From a row far away, each time to the linked row that is nearest to the query."""
    points = np.random.default_rng(5).uniform(size=(150, 2)).astype(np.float32)
    index = HNSW(links=3).build(Vectors(np.arange(150), points, metric="euclidean"), run=ONE)
    inner = index.engine.inner  # type: ignore[attr-defined]
    lines = [points[[i, j]] for i in range(150) for j in links_of(inner, i)]
    query = np.array([0.86, 0.8], np.float32)
    way = [int(np.argmin(((points - [0.08, 0.1]) ** 2).sum(axis=1)))]
    while True:
        near = links_of(inner, way[-1])
        best = int(near[np.argmin(((points[near] - query) ** 2).sum(axis=1))])
        if ((points[best] - query) ** 2).sum() >= ((points[way[-1]] - query) ** 2).sum():
            break
        way.append(best)
    axes.add_collection(LineCollection(lines, colors="0.85", linewidths=0.6))
    axes.scatter(*points.T, s=7, color="0.5")
    axes.plot(*points[way].T, "o-", color="tab:blue", markersize=4)
    axes.scatter(*query, marker="*", color="tab:red", s=70, zorder=3)
    axes.set(title=f"{len(way) - 1} steps to the query among 150 rows", xticks=[], yticks=[])


def draw_recall(axes: plt.Axes) -> None:
    """Recall@10 by the number of candidates in hand, for three numbers of links."""
    random = np.random.default_rng(1)
    centres = random.normal(size=(200, 32))
    rows = (centres[random.integers(200, size=10_000)] + random.normal(size=(10_000, 32))).astype(np.float32)
    vectors, queries = Vectors(np.arange(10_000), rows), rows[:300] + np.float32(0.05)
    truth = Exact().build(vectors).search(queries, 10).rows
    efs = [20, 32, 64, 128, 256]
    for links, colour in ((4, "tab:orange"), (8, "tab:green"), (16, "tab:blue")):
        index = HNSW(links=links, ef_construction=80).build(vectors, run=ONE)
        recalls = []
        for ef in efs:
            found = index.search(queries, 10, ef_search=ef).rows
            recalls.append(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth, strict=True)]))
        axes.plot(efs, recalls, "o-", color=colour, markersize=3, label=f"links={links}")
        print(links, [round(float(value), 3) for value in recalls])
    axes.set_xscale("log", base=2)
    axes.set(title="10,000 × 32", xlabel="ef_search", ylabel="recall@10", ylim=(0.4, 1.02))
    axes.legend(frameon=False)


def main() -> None:
    mpl.rcParams.update({"svg.hashsalt": "firth", "font.size": 9})
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    draw_way(left)
    draw_recall(right)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
