"""How many dimensions are worth their bytes? Three sizes and three seeds on the same text.

Figures side by side, paired tests against the largest space, quality against size and speed, and at last the
question that comes before all others: how much of a figure is the seed?
"""

from __future__ import annotations

import firth
from firth import datasets, measure


def train(text: firth.Sequences, *, dim: int, seed: int) -> firth.Vectors:
    recipe = firth.SkipGram(dim=dim, window=8, epochs=1)
    return recipe.fit(text, run=firth.Run(seed=seed, progress=False)).vectors


def main() -> None:
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=10)
    sets = [datasets.google_analogies(), datasets.wordsim353(), datasets.men()]
    spaces = {f"dim {dim}": train(text, dim=dim, seed=1) for dim in (64, 32, 16)}

    figures = measure.standings(spaces, sets)
    print(figures, "\n")
    print(measure.compare(spaces, sets, baseline="dim 64"), "\n")
    print(measure.pareto(spaces, figures), "\n")

    runs = {"seed 1": spaces["dim 32"]}
    runs |= {f"seed {seed}": train(text, dim=32, seed=seed) for seed in (2, 3)}
    print(measure.stability(runs, sets))


if __name__ == "__main__":
    main()
