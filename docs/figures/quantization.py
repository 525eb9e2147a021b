"""The figure of quantization.md: error and neighbours kept against the bytes of a row.

python docs/figures/quantization.py [VECTORS] writes quantization.svg beside this file. Without a file it
takes rows that it draws: clusters of falling spread with lengths of their own, as vectors of words have them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

import firth
from firth.compress import Binary, Float16, Product, Residual, Scalar, loss

DIM, ROWS = 64, 6_000


def rows(n: int = ROWS, dim: int = DIM) -> np.ndarray:
    """Rows about 60 centres, their dims of falling spread, their lengths different."""
    random = np.random.default_rng(1)
    centres = random.normal(0, 1, (60, dim))
    found = centres[np.arange(n) % 60] + random.normal(0, 0.7, (n, dim))
    found *= np.linspace(1.5, 0.5, dim) * random.lognormal(0, 0.4, (n, 1))
    return found.astype(np.float32)


def main() -> None:
    """Measure each codec and draw."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "firth", "font.size": 9})
    import matplotlib.pyplot as plt

    vectors = firth.load(sys.argv[1]).vectors if len(sys.argv) > 1 else firth.Vectors(range(ROWS), rows())
    d = vectors.dim
    families = {
        "scalar, per row": [Scalar(bits=4, per="row"), Scalar(bits=8, per="row"), Float16()],
        "scalar, per dimension": [Scalar(bits=4), Scalar(bits=8)],
        "product": [Product(parts=parts, iterations=8) for parts in (d // 8, d // 4, d // 2)],
        "residual": [Residual(stages=stages, iterations=4) for stages in (d // 16, d // 8, d // 4)],
        "binary": [Binary()],
    }
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.1), layout="constrained")
    for (name, recipes), marker in zip(families.items(), "osD^x", strict=True):
        found = [
            loss(recipe.fit(vectors, run=firth.Run(threads=1)), vectors, sample=300) for recipe in recipes
        ]
        widths = [report["bytes"].extra["code"] for report in found]
        kept = [report["neighbours kept"] for report in found]
        left.plot(widths, [report["squared error"].value for report in found], marker=marker, label=name)
        ends = [[row.value - row.low for row in kept], [row.high - row.value for row in kept]]
        shares = [row.value for row in kept]
        right.errorbar(widths, shares, np.nan_to_num(ends), marker=marker, label=name, capsize=2)
    left.set(xscale="log", yscale="log", xlabel="bytes a row", ylabel="squared error / variance")
    right.set(xscale="log", xlabel="bytes a row", ylabel="neighbours kept, of 10")
    for axes in (left, right):
        axes.set_xticks([8, 16, 32, 64, 128], ["8", "16", "32", "64", "128"])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    right.legend(fontsize=7)
    path = Path(__file__).with_suffix(".svg")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
