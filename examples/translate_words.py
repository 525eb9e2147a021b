"""Translate between two languages with vectors of either and some word pairs. And with none.

The second language is English spelt backwards: its vectors come from the other half of the text, so that the
two spaces are as different as two trained on different texts are, and the right translations are known.
"""

from __future__ import annotations

import lzma

import firth
from firth import align, datasets, measure


def train(lines: list[str]) -> firth.Vectors:
    text = firth.read_text(lines, lowercase=True, tokenizer="words", max_size=2_000)
    return firth.SkipGram(dim=50, epochs=3).fit(text, run=firth.Run(progress=False)).vectors


def main() -> None:
    with lzma.open(datasets.wiki_text(), "rt", encoding="utf-8") as file:
        lines = file.readlines()
    english, other = train(lines[0::2]), train(lines[1::2])
    mirrored = firth.Vectors([word[::-1] for word in other], other.matrix, columns=other.columns)

    shared = [(word, word[::-1]) for word in english if word[::-1] in mirrored]
    known, held_out = tuple(shared[0::2]), tuple(shared[1::2])
    test = measure.Dictionary(name="held-out words", pairs=held_out)
    maps = {
        f"{len(known):,} known pairs": align.Procrustes(centre=True).fit(english, mirrored, known),
        "30 known pairs": align.SelfLearning(reweight=0.0).fit(english, mirrored, known[:30]),
        "no pair at all": align.Unsupervised(initial=2_000, patience=3, reweight=0.0).fit(english, mirrored),
    }
    for name, alignment in maps.items():
        for method in ("nn", "csls"):
            row = measure.lexicon(english, mirrored, test, alignment=alignment, method=method)["P@1"]
            print(
                f"{name:18} {method:5} {row.value:.1%} right ({row.low:.1%} to {row.high:.1%}), n = {row.n:,}"
            )

    to_mirrored = maps["no pair at all"]
    words = ["king", "water", "music"]
    for word, hits in zip(
        words, mirrored.search(to_mirrored.apply(english.take(words)), topn=3).ids, strict=True
    ):
        print(f"{word} is among", ", ".join(hits))


if __name__ == "__main__":
    main()
