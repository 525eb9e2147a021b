"""`OutlierGroups`: groups of words of one kind, and words that do not belong to them."""

from __future__ import annotations

from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["OutlierGroups"]


@dataclass(frozen=True, kw_only=True)
class OutlierGroups(TestSet):
    """Groups of words with their outliers, as in the 8-8-8 set; an item is one outlier among its group.

    Camacho-Collados and Navigli 2016, "Find the word that does not belong", RepEval.

    Attributes:
        groups: (name, members, outliers) of each group.
    """

    groups: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]

    def __len__(self) -> int:
        return sum(len(outliers) for _, _, outliers in self.groups)
