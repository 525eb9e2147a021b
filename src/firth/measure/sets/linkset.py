"""`LinkSet`: pairs of ids that are linked, and pairs that are not."""

from __future__ import annotations

from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["LinkSet"]


@dataclass(frozen=True, kw_only=True)
class LinkSet(TestSet):
    """Links held out of training and pairs without a link, for link prediction.

    Attributes:
        links: pairs of ids that are linked.
        others: pairs of ids that are not.
    """

    links: tuple[tuple[str | int, str | int], ...]
    others: tuple[tuple[str | int, str | int], ...]

    def __len__(self) -> int:
        return len(self.links) + len(self.others)
