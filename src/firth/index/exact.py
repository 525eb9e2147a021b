"""`Exact`: every row is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.index.engine import Engine, Found, Settings
from firth.index.keep import Whole
from firth.index.recipe import IndexRecipe
from firth.neighbours import nearest, row_scales
from firth.run import Run

__all__ = ["Exact", "ExactEngine"]

NOBODY = np.full((1, 1), -1, np.int64)


class ExactEngine(Engine):
    """Rows, and products of blocks of them with blocks of queries."""

    exact: ClassVar[bool] = True

    def __init__(self, rows: NDArray[np.float32], metric: str):
        self.metric = metric
        self.dim = rows.shape[1]
        self._rows = Whole(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        matrix = self._rows.matrix
        chosen = None if allowed is None else np.flatnonzero(allowed)
        if chosen is not None:
            matrix = matrix[chosen]
        excluded = np.broadcast_to(NOBODY, (len(queries), 1))
        scales = row_scales(matrix, self.metric)
        rows, scores = nearest(
            queries, matrix, scales, metric=self.metric, k=min(k, len(matrix)), excluded=excluded
        )
        return (rows if chosen is None else np.where(rows >= 0, chosen[rows], -1)), scores

    def add(self, rows: NDArray[np.float32]) -> None:
        self._rows.append(rows)

    def originals(self) -> NDArray[np.float32]:
        return self._rows.matrix

    def memory(self) -> dict[str, int]:
        return {}

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        return {"rows": self._rows.matrix}, {}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        rows = arrays.get("rows")
        if rows is None or rows.dtype != np.float32 or rows.ndim != 2:
            raise DataError("an exact index keeps its rows as float32 (n, d)")
        return cls(rows, metric)


@dataclass(frozen=True, kw_only=True)
class Exact(IndexRecipe):
    """Compares a query with every row: always right, and the yardstick of every other index."""

    engine_type: ClassVar[type[Engine]] = ExactEngine

    def engine(self, rows: NDArray[np.float32], metric: str, run: Run) -> Engine:
        return ExactEngine(rows, metric)
