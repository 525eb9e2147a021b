"""Is a narrow window better than a wide one? Two models on the same text, compared question by question.

A difference between two figures means little without the pairing: both models answer the same questions, so
`measure.compare` tests the differences and not the figures.
"""

from __future__ import annotations

import firth
from firth import datasets, measure


def main() -> None:
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=10)
    spaces = {}
    for window in (2, 8):
        recipe = firth.SkipGram(dim=50, window=window, epochs=1)
        name = f"window {window}"
        spaces[name] = recipe.fit(text, run=firth.Run(seed=1)).vectors
        print(f"{name}: near to 'france' are", ", ".join(spaces[name].most_similar("france", topn=5).ids))

    print(measure.compare(spaces, [datasets.google_analogies(), datasets.wordsim353()]))


if __name__ == "__main__":
    main()
