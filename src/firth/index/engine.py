"""What an index does inside: find rows near to a query among numbered rows. Ids, filters and exact scores are
the business of the layer above it (`firth.index.Index`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Engine", "Found", "Settings"]

Settings: TypeAlias = Mapping[str, int]
"""What may be chosen for each search, such as {"nprobe": 16}; more is dearer and finds more."""

Found: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Rows (m, c), -1 for none, and their scores (m, c), higher is nearer; in any order, each row once."""


class Engine(ABC):
    """Numbered rows and a way to those near a query.

    The rows come prepared: finite, and at length 1 where the metric is "cosine" (whose order is then that of
    the dot product, and of the euclidean distance too). Row numbers are those of the order in which rows came
    in; they never change.

    Attributes:
        metric: "cosine", "dot" or "euclidean".
        dim: how many numbers a row has.
        exact: whether the answers are the true neighbours and their scores the true scores.
        report: what a reader of `Index.report` should know of its making. Values that JSON can hold.
    """

    metric: str
    dim: int
    exact: ClassVar[bool] = False
    grows: ClassVar[bool] = True
    """Whether rows can be added later."""
    report: Mapping[str, Any] = MappingProxyType({})
    raw: ClassVar[bool] = False
    """Whether rows and queries come as they are, also with the cosine, and not prepared."""
    splits: ClassVar[bool] = False
    """Whether threads share the work for one query."""

    @abstractmethod
    def __len__(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        """Some k rows near each query.

        Args:
            queries: float32, (m, d), C-contiguous, prepared as the rows are; m is at least 1.
            k: how many are wanted, 1 to n.
            allowed: bool, (n,): the rows that may be answers; None for all.
            settings: every key of `settings`.
            threads: how many threads at most.

        Returns:
            Rows (m, c) and scores (m, c), c at least k where that many were found, -1 and -inf filling.
        """

    def add(self, rows: NDArray[np.float32]) -> None:
        """Take in more rows, prepared as the others are."""
        raise NotImplementedError

    @property
    def settings(self) -> Settings:
        """What may be chosen for each search, with its defaults."""
        return {}

    def ladder(self) -> Iterator[Settings]:
        """Settings to try, from cheap and rough to dear and nearly exact."""
        yield self.settings

    def originals(self) -> NDArray[np.float32] | None:
        """The prepared rows (n, d), if the engine keeps them whole, as a view; None if not."""
        return None

    @property
    def holds_rows(self) -> bool:
        """Whether the engine keeps the rows in some form, so that no other copy is needed."""
        return self.originals() is not None

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """The rows (m, d) of these numbers as the engine keeps them; None if it keeps none."""
        originals = self.originals()
        return None if originals is None else originals[rows]

    @abstractmethod
    def memory(self) -> dict[str, int]:
        """Bytes in memory by what they are for: {"codes": …, "lists": …}, without `originals`."""

    @abstractmethod
    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Everything that a file has to keep: arrays by name, and values that JSON can hold."""

    @classmethod
    @abstractmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        """The engine of a file. Everything comes from outside and is checked.

        Raises:
            DataError: it does not fit together.
        """
