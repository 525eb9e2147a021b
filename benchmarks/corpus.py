"""The text that a benchmark of word vectors reads."""

from __future__ import annotations

import itertools
from pathlib import Path

import firth
from firth import datasets


def chosen_corpus(corpus: Path | None, lines: int | None, folder: str) -> Path:
    """The corpus, or the bundled one if none is given; of `lines`, a file in the folder of the first ones."""
    corpus = corpus or bundled_corpus(folder)
    if lines is None:
        return corpus
    path = Path(folder, "corpus.txt")
    with corpus.open("rb") as source, path.open("wb") as file:
        file.writelines(itertools.islice(source, lines))
    return path


def bundled_corpus(folder: str) -> Path:
    """A file in the folder: the slice of Wikipedia that ships with Firth, lower-cased, a paragraph a line."""
    path = Path(folder, "wikipedia-slice.txt")
    with firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=1) as text:
        keys = list(text.vocabulary.keys)
        with path.open("w", encoding="utf-8") as file:
            file.writelines(" ".join(keys[token] for token in sequence) + "\n" for sequence in text)
    return path


def words_in(corpus: Path, lines: int | None = None) -> int:
    """How many words the corpus has, or its first lines; reading it puts it into the page cache."""
    with corpus.open("rb") as file:
        return sum(len(line.split()) for line in itertools.islice(file, lines))
