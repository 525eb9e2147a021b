"""What every kind of index has in common: a frozen recipe, and `build`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.options import check_metric, check_whole
from firth.run import Run
from firth.vectors import Metric, Vectors

if TYPE_CHECKING:
    from firth.index.engine import Engine
    from firth.index.index import Index

__all__ = ["KEPT", "IndexRecipe"]

KEPT = ("float32", "float16", "int8", "int4", "none")
"""In what form an index keeps the rows beside its own structure."""


@dataclass(frozen=True, kw_only=True)
class IndexRecipe(ABC):
    """The options of an index, named for its kind.

    Attributes:
        keep: in what form the rows themselves are kept, to score the candidates again: "float32", "float16",
            "int8", "int4", or "none", where the scores stay those of the codes.
        rerank: how many candidates are scored again for each answer that is asked for.
    """

    keep: str = "float32"
    rerank: int = 4

    engine_type: ClassVar[type[Engine]]

    def __post_init__(self) -> None:
        if self.keep not in KEPT:
            raise OptionError(f"keep is one of {', '.join(KEPT)}, not {self.keep!r}")
        check_whole("rerank", self.rerank, 1, 10_000)

    def build(self, vectors: Vectors, *, metric: Metric | None = None, run: Run | None = None) -> Index:
        """Make an index of vectors.

        Args:
            vectors: the rows and their ids. Rows that are not finite, and with the cosine rows of zeros, have
                no neighbours: they are left out and counted in `report`.
            metric: what "near" means; None for that of the vectors.
            run: threads and seed.

        Returns:
            The index, complete; none of its kinds changes the vectors.

        Raises:
            DataError: there are too few rows to learn from; the message says how many it takes.
        """
        from firth.index.index import Index

        if metric is not None:
            check_metric(metric)
        return Index.of(vectors, recipe=self, metric=metric or vectors.metric, run=run or Run())

    @abstractmethod
    def engine(self, rows: NDArray[np.float32], metric: str, run: Run) -> Engine:
        """The engine over prepared rows (n, d): see `Engine`. n may be 0 where the engine grows."""

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON holds it: {"index": its name, every option}."""
        return {"index": type(self).__name__, **asdict(self)}
