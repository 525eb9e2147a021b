"""`PhraseTable`: the phrases that were found in a text, to be joined in this one or in any other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.collocations import Collocations, join
from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.run import Run

__all__ = ["PhraseTable"]


class PhraseTable:
    """Phrases with their counts and scores, pass by pass, the highest score first. Immutable.

    Args:
        passes: the phrases of each pass over the text; those of the second are made of what the first joined.
        recipe: the fields of the `Phrases` that found them.
        report: how many pairs each pass looked at, and how many were frequent enough and became phrases.
    """

    __slots__ = ("passes", "recipe", "report")

    passes: tuple[Collocations, ...]
    recipe: Mapping[str, Any]
    report: Mapping[str, Any]

    def __init__(
        self, passes: Sequence[Collocations], *, recipe: Mapping[str, Any], report: Mapping[str, Any]
    ):
        put = object.__setattr__
        put(self, "passes", tuple(passes))
        put(self, "recipe", MappingProxyType(dict(recipe)))
        put(self, "report", MappingProxyType(dict(report)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a PhraseTable is immutable; make a new one instead of setting {name!r}")

    def __len__(self) -> int:
        return sum(map(len, self.passes))

    def __repr__(self) -> str:
        return f"PhraseTable({len(self):,} phrases)"

    @property
    def phrases(self) -> list[str]:
        """Every phrase, its words joined by the delimiter."""
        return [phrase for found in self.passes for phrase in found.phrases]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each was seen, int64. Overlapping ones were all counted; only one of them is joined."""
        return np.concatenate([found.counts for found in self.passes])

    @property
    def scores(self) -> NDArray[np.float64]:
        """The score of each, float64."""
        return np.concatenate([found.scores for found in self.passes])

    def apply(self, observations: Any, *, run: Run | None = None) -> Sequences:
        """Join the phrases in a text, which need not be the one they were found in.

        From left to right, without overlaps: in "new york times" either "new york" or "york times" is joined,
        the first that is a phrase.

        Args:
            observations: `Sequences` of all its words, or whatever `firth.read_text` takes.
            run: threads, and the folder for temporary files.

        Returns:
            New sequences over the words and phrases that are left; the given ones themselves if none of the
            phrases can occur. The report counts "joined_tokens", the words that went into phrases.
        """
        run = run or Run()
        if isinstance(observations, Sequences):
            text = observations
        else:
            text = read_text(observations, min_count=1, threads=run.threads, work=run.work)
        phrases = self.phrases
        words = int(text.offsets[-1]) - _occurrences(phrases, text)
        for found in self.passes:
            before, text = text, join(found, text, run=run)
            if text is not before and before is not observations:
                before.close()
        if text is not observations:
            left = int(text.offsets[-1]) - _occurrences(phrases, text)
            text.report["joined_tokens"] = words - left
        return text

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the table to a file, atomically (see docs/phrases.md for what is in it).

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.formats.phrases import write_phrases

        write_phrases(self, path, force=force)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> PhraseTable:
        """Read a table that `save` wrote.

        Raises:
            FormatError: the file is damaged, or is no table of phrases.
        """
        from firth.formats.phrases import read_phrases

        return read_phrases(path)


def _occurrences(phrases: list[str], text: Sequences) -> int:
    """How many tokens of a text are spelt like a phrase."""
    rows = text.vocabulary.keys.rows(phrases)
    return int(text.vocabulary.counts[np.unique(rows[rows >= 0])].sum())
