"""`IVF`: inverted lists, the rows near each of many centroids."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.extras import require
from firth.index.engine import Engine, Settings
from firth.index.faissengine import FaissEngine, check_half, coarse_centroids, metric_code
from firth.index.recipe import IndexRecipe
from firth.options import check_whole
from firth.run import Run

__all__ = ["IVF", "STORAGES", "IVFEngine", "list_count"]

STORAGES = ("float32", "float16", "int8")
"""In what form the lists hold their rows."""

MOST_LISTS = 1 << 20


class IVFEngine(FaissEngine):
    """Rows in the list of their nearest centroid; a search looks into the `nprobe` lists nearest to it."""

    kinds: ClassVar[tuple[str, ...]] = ("IndexIVFFlat", "IndexIVFScalarQuantizer")

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return int(self.inner.nlist)

    @property
    def settings(self) -> Settings:
        return {"nprobe": max(1, min(self.lists, round(math.sqrt(self.lists) / 2)))}

    def ladder(self) -> Iterator[Settings]:
        nprobe = 1
        while nprobe < self.lists:
            yield {"nprobe": nprobe}
            nprobe = max(nprobe + 1, round(nprobe * math.sqrt(2)))
        yield {"nprobe": self.lists}

    def _parameters(self, settings: Settings, chosen: Any) -> Any:
        nprobe = min(settings["nprobe"], self.lists)
        if chosen is None:
            return self._faiss.SearchParametersIVF(nprobe=nprobe)
        return self._faiss.SearchParametersIVF(nprobe=nprobe, sel=chosen)

    def memory(self) -> dict[str, int]:
        rows = len(self)
        return {
            "codes": rows * int(self.inner.code_size),
            "lists": rows * 8 + 16 * self.lists,  # the number of each row
            "centroids": 4 * self.lists * self.width,
        }


@dataclass(frozen=True, kw_only=True)
class IVF(IndexRecipe):
    """Inverted lists: k-means finds centroids, each with the list of the rows that are nearest to it, and a
    search looks only into the lists whose centroids are nearest to the query (Sivic and Zisserman 2003,
    "Video Google", ICCV; Jégou, Douze and Schmid 2011, "Product Quantization for Nearest Neighbor Search",
    section IV).

    Attributes:
        lists: how many lists; None for about 4·√n. Never more than rows.
        storage: in what form the lists hold the rows, to find candidates: "float32", "float16" or "int8" (a
            step for each dim, between its least and its greatest number). Candidates are scored again by the
            rows that `keep` keeps; with storage="float32" their scores are exact already, and keep="none"
            saves the second copy of the rows.

    Setting: nprobe, how many lists a search looks into, 1 to `lists`, where it is exact.
    """

    lists: int | None = None
    storage: str = "int8"

    engine_type: ClassVar[type[Engine]] = IVFEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lists is not None:
            check_whole("lists", self.lists, 1, MOST_LISTS)
        if self.storage not in STORAGES:
            raise OptionError(f"storage is one of {', '.join(STORAGES)}, not {self.storage!r}")

    def engine(self, rows: NDArray[np.float32], metric: str, run: Run) -> Engine:
        faiss = require("faiss", extra="index")
        lists = list_count(self.lists, rows, type(self).__name__)
        code, dim = metric_code(metric), rows.shape[1]
        coarse = faiss.IndexFlat(dim, code)
        coarse.add(coarse_centroids(rows, lists, metric=metric, run=run))
        if self.storage == "float32":
            inner = faiss.IndexIVFFlat(coarse, dim, lists, code)
        else:
            if self.storage == "float16":
                check_half(rows)
            kind = (
                faiss.ScalarQuantizer.QT_fp16 if self.storage == "float16" else faiss.ScalarQuantizer.QT_8bit
            )
            # Not residuals: for distances each list would need a table of its own, and rows are scored again.
            inner = faiss.IndexIVFScalarQuantizer(coarse, dim, lists, kind, code, False)
        inner.own_fields = True
        coarse.this.disown()
        engine = IVFEngine(inner, metric, dim, threads=run.worker_count)
        engine.train(rows)
        engine.add(rows)
        engine.report = {"lists": lists}
        return engine


def list_count(lists: int | None, rows: NDArray[np.float32], name: str) -> int:
    """How many lists so many rows get.

    Raises:
        DataError: there is no row.
    """
    n, dim = len(rows), rows.shape[1]
    if not n or not dim:
        raise DataError(
            f"{name} learns its lists from rows and there are {n:,} of dim {dim}; Exact takes none"
        )
    wanted: int = lists if lists is not None else round(4 * math.sqrt(n))
    return max(1, min(wanted, n, MOST_LISTS))
