"""`LabelledItems`: words, texts or ids of anything, each with the class that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["LabelledItems"]


@dataclass(frozen=True, kw_only=True)
class LabelledItems(TestSet):
    """Items with their classes: for clustering and categorisation, and for the probe of a classifier.

    Attributes:
        items: words, texts, or ids.
        labels: the class of each.
    """

    items: tuple[str, ...] | tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.items)
