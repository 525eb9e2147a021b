"""`Foreign`: what an index is that another program made with FAISS."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.index.engine import Engine, Found, Settings
from firth.index.faissengine import FaissEngine
from firth.index.recipe import IndexRecipe
from firth.run import Run

__all__ = ["Foreign", "ForeignEngine"]

_MOST_EF = 4096
_AT_ONCE = 1 << 22  # answers of FAISS in memory where it is asked for more than are wanted


class ForeignEngine(FaissEngine):
    """An index of FAISS of any class that can be checked (`firth.index.faissinside`), as it was found.

    Attributes:
        core: the index inside the transforms of rows, or `inner` where there are none.
    """

    kinds: ClassVar[tuple[str, ...]] = ()

    def __init__(self, inner: Any, metric: str, dim: int, *, threads: int = 1):
        super().__init__(inner, metric, dim, threads=threads)
        faiss = self._faiss
        self._transformed = isinstance(inner, faiss.IndexPreTransform)
        self.core = faiss.downcast_index(inner.index) if self._transformed else inner
        self._lists = isinstance(self.core, faiss.IndexIVF)
        self._graph = isinstance(self.core, faiss.IndexHNSW)
        holder = faiss.downcast_index(self.core.storage) if self._graph else self.core
        self._half = hasattr(holder, "sq") and holder.sq.qtype == faiss.ScalarQuantizer.QT_fp16
        whole = isinstance(holder, faiss.IndexFlat) and not self._transformed
        self._flat = holder if whole else None
        self._view: NDArray[np.float32] | None = None

    @property
    def settings(self) -> Settings:
        """Those of the file."""
        if self._lists:
            return {"nprobe": int(self.core.nprobe)}
        return {"ef_search": int(self.core.hnsw.efSearch)} if self._graph else {}

    def ladder(self) -> Iterator[Settings]:
        if not self._lists and not self._graph:
            yield {}
            return
        name = "nprobe" if self._lists else "ef_search"
        value, most = (1, int(self.core.nlist)) if self._lists else (8, max(8, min(_MOST_EF, len(self))))
        while value < most:
            yield {name: value}
            value = max(value + 1, round(value * math.sqrt(2)))
        yield {name: most}

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        if allowed is None or type(self.core).__name__ != "IndexPQ":
            return super().search(queries, k, allowed=allowed, settings=settings, threads=threads)
        # FAISS has no filter for product codes without lists: so many more answers that k must be allowed.
        wanted = min(len(self), k + int(np.count_nonzero(~allowed)))
        rows, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        step = max(1, _AT_ONCE // wanted)
        for start in range(0, len(queries), step):
            part = slice(start, start + step)
            found, keys = super().search(
                queries[part], wanted, allowed=None, settings=settings, threads=threads
            )
            out = (found < 0) | ~allowed[found]
            best = np.argsort(out, axis=1, kind="stable")[:, :k]  # what is allowed first, in FAISS's order
            gone = np.take_along_axis(out, best, axis=1)
            rows[part] = np.where(gone, -1, np.take_along_axis(found, best, axis=1))
            scores[part] = np.where(gone, -np.inf, np.take_along_axis(keys, best, axis=1))
        return rows, scores

    def _parameters(self, settings: Settings, chosen: Any) -> Any:
        faiss, filtered = self._faiss, {} if chosen is None else {"sel": chosen}
        if self._lists:
            inside = faiss.SearchParametersIVF(
                nprobe=min(settings["nprobe"], int(self.core.nlist)), **filtered
            )
        elif self._graph:
            inside = faiss.SearchParametersHNSW(efSearch=min(settings["ef_search"], len(self)), **filtered)
        elif filtered:
            inside = faiss.SearchParameters(**filtered)
        else:
            return None
        return faiss.SearchParametersPreTransform(index_params=inside) if self._transformed else inside

    def originals(self) -> NDArray[np.float32] | None:
        """The rows where they are whole and numbered; a view of FAISS's memory, which `add` may move."""
        if self._flat is None:
            return None
        if self._view is None or len(self._view) != len(self):
            n = len(self)
            flat = self._faiss.rev_swig_ptr(self._flat.get_xb(), n * self.width) if n else np.empty(0)
            self._view = flat.reshape(n, self.width).astype(np.float32, copy=False)
            self._view.flags.writeable = False
        return self._view

    def memory(self) -> dict[str, int]:
        parts = _memory(self._faiss, self.inner)
        if self._flat is not None:
            del parts["codes"]  # they are the rows
        return parts

    @classmethod
    def _opened(cls, inner: Any, recipe: Any, metric: str, dim: int, values: Any) -> ForeignEngine:
        engine = super()._opened(inner, recipe, metric, dim, values)
        if dim != engine.width:
            raise DataError(f"an index of width {engine.width} does not fit dim {dim}")
        return engine


def _memory(faiss: Any, index: Any) -> dict[str, int]:
    """Bytes of an index of FAISS by what they are for, and of those inside it."""
    if isinstance(index, faiss.IndexPreTransform):
        steps = (faiss.downcast_VectorTransform(index.chain.at(i)) for i in range(index.chain.size()))
        rotation = sum(4 * int(step.A.size() + step.b.size()) for step in steps)
        return {**_memory(faiss, faiss.downcast_index(index.index)), "rotation": rotation}
    if isinstance(index, faiss.IndexHNSW):
        graph = index.hnsw
        links = 4 * graph.neighbors.size() + 8 * graph.offsets.size() + 4 * graph.levels.size()
        return {**_memory(faiss, faiss.downcast_index(index.storage)), "links": int(links)}
    parts = {"codes": int(index.ntotal * index.code_size)}
    if isinstance(index, faiss.IndexIVF):
        parts["lists"] = 8 * int(index.ntotal) + 16 * int(index.nlist)
        parts["centroids"] = sum(_memory(faiss, faiss.downcast_index(index.quantizer)).values())
        parts["tables"] = (
            4 * int(index.precomputed_table.size()) if hasattr(index, "precomputed_table") else 0
        )
    if hasattr(index, "pq"):
        parts["centroids"] = parts.get("centroids", 0) + 4 * int(index.pq.centroids.size())
    return parts


@dataclass(frozen=True, kw_only=True)
class Foreign(IndexRecipe):
    """What another program made with FAISS and `firth.index.open_faiss` opened. It is not built.

    Setting: nprobe for inverted lists, ef_search for graphs, none for others; as in the file at first.
    """

    keep: str = "none"

    engine_type: ClassVar[type[Engine]] = ForeignEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.keep != "none":
            raise OptionError(f"keep is 'none' for what a file of FAISS holds, not {self.keep!r}")

    def engine(self, rows: NDArray[np.float32], metric: str, run: Run) -> Engine:
        raise DataError(
            "Foreign is what firth.index.open_faiss opens, and cannot be built; build another kind, such as "
            "firth.index.HNSW(), from vectors"
        )
