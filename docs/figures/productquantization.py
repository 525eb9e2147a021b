"""Draws docs/figures/productquantization.svg: what codes of 8 bits stand for, and the error by bits.

python docs/figures/productquantization.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from firth.compress import Product, Residual
from firth.run import Run

ONE = Run(threads=1)


def decoded(recipe: Product | Residual, rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Other rows after coding and decoding by a codec that was fitted to the rows."""
    codec = recipe.fit(rows, run=ONE)
    return codec.decode_rows(codec.encode_rows(others))


def draw_grid(axes: plt.Axes, rows: np.ndarray, recipe: Product | Residual, title: str) -> None:
    """Rows of two dims, and the points that stand for them."""
    points = np.unique(decoded(recipe, rows, rows), axis=0)
    axes.plot(*rows.T, ",", color="lightgrey", zorder=0, rasterized=True)
    axes.plot(*points.T, ".", color="tab:blue", markersize=3)
    axes.set(title=title, xticks=[], yticks=[], aspect="equal", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2))


def least_error(variances: np.ndarray, bits: int) -> float:
    """The least squared error of Gaussian rows at so many bits a row: reverse water-filling (Cover and Thomas
    2006, "Elements of Information Theory", theorem 10.3.3)."""
    low, high = 0.0, float(variances.max())
    for _ in range(100):
        level = (low + high) / 2
        spent = np.maximum(np.log2(variances / level), 0).sum() / 2
        low, high = (level, high) if spent > bits else (low, level)
    return float(np.minimum(variances, high).sum())


def draw_errors(axes: plt.Axes) -> None:
    """The share of the variance of new rows that is lost, by the bits of a row of 32 correlated numbers."""
    random = np.random.default_rng(0)
    variances = 0.85 ** np.arange(32)
    turn = np.linalg.qr(random.standard_normal((32, 32)))[0]
    rows = (random.standard_normal((9000, 32)) * np.sqrt(variances) @ turn).astype(np.float32)
    rows, new = rows[:8000], rows[8000:]
    sizes = (1, 2, 4, 8, 16)
    recipes = {
        "Product": lambda size: Product(parts=size, bits=5),
        "Product, rotated": lambda size: Product(parts=size, bits=5, rotate=True),
        "Residual": lambda size: Residual(stages=size, bits=5),
    }
    bits = 5 * np.array(sizes)
    for (name, recipe), mark in zip(recipes.items(), "so^", strict=True):
        errors = [np.square(decoded(recipe(size), rows, new) - new).sum() for size in sizes]
        axes.plot(bits, np.array(errors) / np.square(new).sum(), f"{mark}-", markersize=4, label=name)
    bound = [least_error(variances, size) / variances.sum() for size in bits]
    axes.plot(bits, bound, "k:", label="no code can do better")
    axes.set(xscale="log", yscale="log", xlabel="bits a row (of 1,024)", ylabel="share of the variance lost")
    axes.set_xticks(bits, [str(size) for size in bits])
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8)


def main() -> None:
    mpl.rcParams["svg.hashsalt"] = "firth"  # else the names inside the file differ from run to run
    random = np.random.default_rng(0)
    rows = random.standard_normal((4000, 2)) @ [[0.9, 0.75], [0.1, -0.15]]
    rows = rows.astype(np.float32)
    figure, (straight, turned, residual, errors) = plt.subplots(
        1, 4, figsize=(11, 3), width_ratios=(1, 1, 1, 1.5), layout="constrained"
    )
    draw_grid(straight, rows, Product(parts=2, bits=4), "Product")
    draw_grid(turned, rows, Product(parts=2, bits=4, rotate=True), "Product, rotated")
    draw_grid(residual, rows, Residual(stages=2, bits=4), "Residual")
    draw_errors(errors)
    target = Path(__file__).with_suffix(".svg")
    figure.savefig(target, metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
