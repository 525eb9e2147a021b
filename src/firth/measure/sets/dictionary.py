"""`Dictionary`: words of one language and their translations, many to many."""

from __future__ import annotations

from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["Dictionary"]


@dataclass(frozen=True, kw_only=True)
class Dictionary(TestSet):
    """Pairs of a word and one of its translations; a word may have several, and be that of several.

    Attributes:
        pairs: (source, target).
    """

    pairs: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.pairs)
