"""From text of your own to vectors: read, train, look around, save.

    python examples/train_on_your_text.py corpus.txt vectors.safetensors

Without arguments it reads the slice of Wikipedia that ships with Firth.
"""

from __future__ import annotations

import sys

import firth
from firth import datasets


def main(corpus: object, output: str) -> None:
    text = firth.read_text(corpus, lowercase=True, tokenizer="words", min_count=10)
    print(text.summary())

    recipe = firth.SkipGram(dim=64, epochs=2)
    model = recipe.fit(text, run=firth.Run(seed=1))
    print(model)

    vectors = model.vectors
    frequent = list(vectors.ids[100:105])
    for word, hits in zip(frequent, vectors.search(frequent, topn=5), strict=True):
        print(f"{word:>12}  {', '.join(hits.ids)}")

    model.save(output, force=True)
    print(f"saved; opens again in no time: {firth.load(output)}")


if __name__ == "__main__":
    corpus, output = (sys.argv[1:] or [datasets.wiki_text(), "vectors.safetensors"])[:2]
    main(corpus, str(output))
