"""Draws docs/figures/bruteforce.svg: what one query costs where every row is looked at, measured here.

python docs/figures/bruteforce.py
"""

from __future__ import annotations

import time
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from firth import Vectors
from firth.index import IVF, Exact, Index
from firth.run import Run

ONE = Run(threads=1)
SIZES = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000]
DIM, QUERIES = 100, 15


def clustered(n: int) -> Vectors:
    """Rows in clusters that overlap, as vectors of words lie."""
    random = np.random.default_rng(0)
    middles = random.standard_normal((300, DIM), dtype=np.float32)
    rows = middles[random.integers(0, 300, n)] + random.standard_normal((n, DIM), dtype=np.float32)
    return Vectors(np.arange(n), rows)


def milliseconds(index: Index, queries: np.ndarray) -> float:
    """The time of one query alone, one thread: the median of some."""
    index.search(queries[0], 10, threads=1)
    times = []
    for query in queries:
        start = time.perf_counter()
        index.search(query, 10, threads=1)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def main() -> None:
    """Measure and draw."""
    mpl.rcParams.update({"svg.hashsalt": "firth", "font.size": 9})
    recipes = {
        "every row, float32": (Exact(), "tab:blue"),
        "every row, float16": (Exact(keep="float16"), "tab:green"),
        "every row, int8": (Exact(keep="int8"), "tab:orange"),
        "inverted file": (IVF(), "0.5"),
    }
    found: dict[str, list[float]] = {name: [] for name in recipes}
    for n in SIZES:
        vectors = clustered(n)
        queries = vectors.matrix[np.random.default_rng(1).choice(n, QUERIES)] + np.float32(0.1)
        for name, (recipe, _) in recipes.items():
            found[name].append(milliseconds(recipe.build(vectors, run=ONE), queries))
    figure, axes = plt.subplots(figsize=(5.2, 3.2), layout="constrained")
    for name, (_, colour) in recipes.items():
        axes.loglog(SIZES, found[name], "o-", color=colour, markersize=3, label=name)
    axes.set(xlabel=f"rows of {DIM} numbers", ylabel="milliseconds a query, one thread")
    axes.grid(visible=True, color="0.92")
    axes.legend(frameon=False)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
