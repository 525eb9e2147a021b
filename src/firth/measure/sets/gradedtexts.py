"""`GradedTexts`: pairs of sentences that people graded by how much they mean the same."""

from __future__ import annotations

from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["GradedTexts"]


@dataclass(frozen=True, kw_only=True)
class GradedTexts(TestSet):
    """Pairs of sentences with the grades that people gave them, as in the STS benchmark (Cer et al. 2017).

    Attributes:
        pairs: the sentences.
        grades: one a pair, the higher, the more alike.
    """

    pairs: tuple[tuple[str, str], ...]
    grades: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.pairs)
