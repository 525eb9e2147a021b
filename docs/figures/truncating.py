"""Draws docs/figures/truncating.svg: how many neighbours are kept with how many dims.

python docs/figures/truncating.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

import firth
from firth import datasets
from firth.compress import RandomProjection, Truncate, loss

KINDS = {
    "principal directions": lambda dim: Truncate(dim=dim, how="pca"),
    "leading dims": lambda dim: Truncate(dim=dim),
    "random directions": lambda dim: RandomProjection(dim=dim),
}

if __name__ == "__main__":
    run = firth.Run(progress=False, threads=1)
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=20)
    vectors = firth.SkipGram(dim=64, epochs=2).fit(text, run=run).vectors.most_frequent(3000)
    dims = (4, 8, 16, 24, 32, 48, 64)
    mpl.rcParams.update({"svg.hashsalt": "firth", "svg.fonttype": "none"})
    figure, axes = plt.subplots(figsize=(5.4, 3.6), layout="constrained")
    for name, recipe in KINDS.items():
        rows = [loss(recipe(dim).fit(vectors), vectors, sample=400)["neighbours kept"] for dim in dims]
        (line,) = axes.plot(dims, [row.value for row in rows], marker="o", markersize=3, label=name)
        axes.fill_between(
            dims, [row.low for row in rows], [row.high for row in rows], alpha=0.2, color=line.get_color()
        )
    axes.set(xlabel="dims kept, of 64", ylabel="of the 10 nearest, kept", ylim=(0, 1.03))
    axes.legend(frameon=False)
    figure.savefig(Path(__file__).with_suffix(".svg"), metadata={"Date": None})
