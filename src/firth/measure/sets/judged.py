"""`RetrievalSet`: queries, documents, and which documents people judged to answer which query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firth.measure.sets.testset import TestSet

__all__ = ["RetrievalSet"]


@dataclass(frozen=True, kw_only=True)
class RetrievalSet(TestSet):
    """Queries with judged documents.

    Attributes:
        documents: the text of each document by id.
        queries: the text of each query by id.
        judgements: by query id, the grade of each judged document by its id; 0 and less is not relevant.
    """

    documents: Mapping[str, str]
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]

    def __len__(self) -> int:
        return len(self.queries)
