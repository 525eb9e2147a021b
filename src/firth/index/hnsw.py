"""`HNSW`: a graph whose links lead from row to nearer row."""

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
from firth.index.faissengine import FaissEngine, check_half, metric_code
from firth.index.ivf import STORAGES
from firth.index.recipe import IndexRecipe
from firth.options import check_whole
from firth.run import Run

__all__ = ["HNSW", "HNSWEngine"]

_EF_SEARCH = 64
_MOST_EF = 4096


class HNSWEngine(FaissEngine):
    """Rows and links between them; a search follows the links with `ef_search` candidates in hand."""

    kinds: ClassVar[tuple[str, ...]] = ("IndexHNSWFlat", "IndexHNSWSQ")

    def __init__(self, inner: Any, metric: str, dim: int, *, threads: int = 1):
        super().__init__(inner, metric, dim, threads=threads)
        self._storage = self._faiss.downcast_index(inner.storage)
        self._whole = type(inner).__name__ == "IndexHNSWFlat"
        self._view: NDArray[np.float32] | None = None

    @property
    def settings(self) -> Settings:
        return {"ef_search": _EF_SEARCH}

    def ladder(self) -> Iterator[Settings]:
        most = max(_EF_SEARCH, min(_MOST_EF, len(self)))
        ef = 8
        while ef < most:
            yield {"ef_search": ef}
            ef = round(ef * math.sqrt(2))
        yield {"ef_search": most}

    def _parameters(self, settings: Settings, chosen: Any) -> Any:
        ef = min(settings["ef_search"], len(self))  # FAISS makes room for so many, whatever there is
        if chosen is None:
            return self._faiss.SearchParametersHNSW(efSearch=ef)
        return self._faiss.SearchParametersHNSW(efSearch=ef, sel=chosen)

    def originals(self) -> NDArray[np.float32] | None:
        """The rows where they are whole; a view of FAISS's memory, which the next `add` may move."""
        if not self._whole:
            return None
        if self._view is None or len(self._view) != len(self):
            n = len(self)
            flat = self._faiss.rev_swig_ptr(self._storage.get_xb(), n * self.width) if n else np.empty(0)
            self._view = flat.reshape(n, self.width).astype(np.float32, copy=False)
            self._view.flags.writeable = False
        return self._view

    def memory(self) -> dict[str, int]:
        graph = self.inner.hnsw
        links = 4 * graph.neighbors.size() + 8 * graph.offsets.size() + 4 * graph.levels.size()
        codes = 0 if self._whole else len(self) * int(self._storage.code_size)
        return {"links": int(links), "codes": codes}


@dataclass(frozen=True, kw_only=True)
class HNSW(IndexRecipe):
    """A graph of near rows in layers, searched greedily from the sparse layer at the top to the one at the
    bottom that holds all (Malkov and Yashunin 2020, "Efficient and Robust Approximate Nearest Neighbor Search
    Using Hierarchical Navigable Small World Graphs", TPAMI).

    The fastest at high recall, in memory that is the rows and 8 bytes a link. For the dot product the graph
    is built of the products themselves (Morozov and Babenko 2018, "Non-metric Similarity Graphs for Maximum
    Inner Product Search", NeurIPS): on word vectors of lengths 1 to 6 it finds .98 of the ten best with 64
    candidates, where the detour over distances in one more dim (Bachrach et al. 2014) finds .81.

    Many equal rows spend their links on each other: where 300 of 600 rows are the same, a sixth of the others
    is found no more, however many candidates are in hand. Let duplicates out, or take IVF, if there are many.

    Attributes:
        links: of a row in the upper layers, and twice as many in the lowest.
        ef_construction: how many candidates are in hand where a row's links are chosen.
        storage: in what form the graph holds the rows: "float32", then `keep` has no effect, since they are
            there; "float16" or "int8", then candidates are scored again by the rows that `keep` keeps.

    Setting: ef_search, how many candidates are in hand, at least as many as are asked for.
    """

    rerank: int = 2
    links: int = 16
    ef_construction: int = 200
    storage: str = "float32"

    engine_type: ClassVar[type[Engine]] = HNSWEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("links", self.links, 2, 512)
        check_whole("ef_construction", self.ef_construction, 1, 100_000)
        if self.storage not in STORAGES:
            raise OptionError(f"storage is one of {', '.join(STORAGES)}, not {self.storage!r}")

    def engine(self, rows: NDArray[np.float32], metric: str, run: Run) -> Engine:
        faiss = require("faiss", extra="index")
        dim, code = rows.shape[1], metric_code(metric)
        if not dim:
            raise DataError("rows without a dim have no neighbours")
        if self.storage == "float32":
            inner = faiss.IndexHNSWFlat(dim, self.links, code)
        elif self.storage == "float16":
            check_half(rows)
            inner = faiss.IndexHNSWSQ(dim, faiss.ScalarQuantizer.QT_fp16, self.links, code)
        else:
            inner = faiss.IndexHNSWSQ(dim, faiss.ScalarQuantizer.QT_8bit, self.links, code)
        inner.hnsw.efConstruction = self.ef_construction
        inner.hnsw.rng = faiss.RandomGenerator(run.seed % 2**31)  # it draws the level of each row
        engine = HNSWEngine(inner, metric, dim, threads=run.worker_count)
        if not inner.is_trained:
            if not len(rows):
                raise DataError("HNSW(storage='int8') learns the range of each dim and there are no rows")
            engine.train(rows)
        engine.add(rows)
        return engine
