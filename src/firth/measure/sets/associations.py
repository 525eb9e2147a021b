"""`AssociationTest`: two sets of targets and two of attributes, for the word embedding association test."""

from __future__ import annotations

from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["AssociationTest"]


@dataclass(frozen=True, kw_only=True)
class AssociationTest(TestSet):
    """Do the words of `x` go with `a` and those of `y` with `b` (Caliskan, Bryson and Narayanan 2017)?

    Attributes:
        x, y: the targets, such as flowers and insects.
        a, b: the attributes, such as pleasant and unpleasant words.
        names: what x, y, a and b are called.
    """

    x: tuple[str, ...]
    y: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    names: tuple[str, str, str, str] = ("x", "y", "a", "b")

    def __len__(self) -> int:
        return len(self.x) + len(self.y)
