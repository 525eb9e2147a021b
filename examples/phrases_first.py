"""Phrases first, then words: "united states" gets a vector of its own.

The ladder says what each threshold would join. Text with its phrases joined is text like any other, so every
learner takes it; sentences are then embedded as weighted means of their words and phrases.
"""

from __future__ import annotations

import firth
from firth import datasets


def main() -> None:
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=1)
    recipe = firth.Phrases(connectors="english", threshold=50)
    print(recipe.ladder(text, thresholds=[10, 50, 250]))

    table = recipe.find(text)
    words = firth.SkipGram(dim=50, epochs=2).fit(table.apply(text), run=firth.Run(seed=1)).vectors
    for phrase in ("united_states", "world_war"):
        print(f"near to {phrase!r} are", ", ".join(words.most_similar(phrase, topn=5).ids))

    sentences = ["the united states declared war", "a treaty ended the world war", "the river flows north"]
    documents = table.apply(firth.read_documents(sentences))
    vectors = firth.WeightedMean(components=0).fit(documents, words=words).vectors
    print("nearest to the first sentence:", sentences[vectors.most_similar(0, topn=1).ids[0]])


if __name__ == "__main__":
    main()
