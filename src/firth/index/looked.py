"""How many rows a search looked at: what an index saves, counted."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Looked"]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a search looked at, over all its queries.

    Attributes:
        queries: how many queries there were.
        rows: how many rows were compared with a query, summed over the queries.
        of: how many there would have been without the index: queries × rows that may be answers.
    """

    queries: int = 0
    rows: int = 0
    of: int = 0

    @property
    def share(self) -> float:
        """The rows looked at, of all; 0 where there were none."""
        return self.rows / self.of if self.of else 0.0
