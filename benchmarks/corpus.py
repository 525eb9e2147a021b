"""The text that a benchmark reads when it is given none."""

from __future__ import annotations

from pathlib import Path

import firth
from firth import datasets


def bundled_corpus(folder: str) -> Path:
    """A file in the folder: the slice of Wikipedia that ships with Firth, lower-cased, a paragraph a line."""
    path = Path(folder, "wikipedia-slice.txt")
    with firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=1) as text:
        keys = list(text.vocabulary.keys)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(" ".join(keys[token] for token in sequence) + "\n" for sequence in text)
    return path
