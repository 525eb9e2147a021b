"""Are these vectors any good? One page about two spaces: few epochs beside many, on the same text.

The page is one file that can be sent to anyone; the verdicts come with their reasons, and the second space is
compared with the first item by item.
"""

from __future__ import annotations

import firth
from firth import datasets, measure


def main() -> None:
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=20)
    spaces = {}
    for epochs in (1, 3):
        recipe = firth.SkipGram(dim=40, epochs=epochs, learning_rate=0.05)
        spaces[epochs] = recipe.fit(text, run=firth.Run(seed=1, progress=False))

    tasks = [
        measure.Similarity(pairs=datasets.wordsim353()),
        measure.Analogies(questions=datasets.google_analogies(), restrict=10_000),
    ]
    report = measure.full_report(
        spaces[1], tasks, name="one epoch", against=spaces[3], against_name="three epochs", points=200
    )
    print(report)
    for row in report.comparison or ():
        print(f"three epochs are {row.extra['verdict']} on {row.name}")
    for path in ("quality.html", "quality.json"):
        report.save(path, force=True)
        print(f"{path} is written")


if __name__ == "__main__":
    main()
