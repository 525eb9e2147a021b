"""`IVFPQ`: inverted lists of product codes, a few bytes a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.extras import require
from firth.index.engine import Engine, Settings
from firth.index.faissengine import coarse_centroids, fit_to, metric_code
from firth.index.ivf import MOST_LISTS, IVFEngine, list_count
from firth.index.recipe import IndexRecipe
from firth.options import check_flag, check_whole
from firth.parallel import faiss_threads
from firth.run import Run

__all__ = ["IVFPQ", "IVFPQEngine"]

_ROTATION_SAMPLE = 1 << 15  # rows that the rotation is learnt from

_ROTATIONS = 20  # turns of learning


class IVFPQEngine(IVFEngine):
    """Codes in the list of their row's nearest centroid."""

    kinds: ClassVar[tuple[str, ...]] = ("IndexIVFPQ", "IndexIVFPQFastScan", "IndexPreTransform")

    def __init__(self, inner: Any, metric: str, dim: int, *, threads: int = 1):
        super().__init__(inner, metric, dim, threads=threads)
        faiss = self._faiss
        self._rotated = isinstance(inner, faiss.IndexPreTransform)
        self.lists_of = faiss.downcast_index(faiss.extract_index_ivf(inner)) if self._rotated else inner
        # A rotation takes rows as they are; without one, zeros fill the last part.
        self.width = dim if self._rotated else int(inner.d)

    @property
    def lists(self) -> int:
        return int(self.lists_of.nlist)

    def _parameters(self, settings: Settings, chosen: Any) -> Any:
        inside = super()._parameters(settings, chosen)
        return self._faiss.SearchParametersPreTransform(index_params=inside) if self._rotated else inside

    def memory(self) -> dict[str, int]:
        inner, rows = self.lists_of, len(self)
        pq, lists = inner.pq, self.lists
        parts = {
            "codes": rows * int(pq.code_size),
            "lists": rows * 8 + 16 * lists,
            "centroids": 4 * (lists + int(pq.ksub)) * int(inner.d),
        }
        if type(inner).__name__ == "IndexIVFPQFastScan":  # whole blocks, the last of each list partly empty
            sizes = [inner.invlists.list_size(i) for i in range(lists)]
            parts["codes"] = sum(-(-size // inner.bbs) * inner.bbs * inner.M2 // 2 for size in sizes)
        parts["tables"] = 4 * int(inner.precomputed_table.size())
        if self._rotated:
            parts["rotation"] = 4 * self.dim * int(inner.d)
        return parts

    @classmethod
    def _opened(cls, inner: Any, recipe: Any, metric: str, dim: int, values: Mapping[str, Any]) -> Self:
        faiss = require("faiss", extra="index")
        if faiss.try_extract_index_ivf(inner) is None:
            raise DataError("it holds no inverted lists")
        kind = type(faiss.downcast_index(faiss.extract_index_ivf(inner))).__name__
        if kind not in cls.kinds[:2]:
            raise DataError(f"its lists are of an {kind}, not of an {' or '.join(cls.kinds[:2])}")
        return super()._opened(inner, recipe, metric, dim, values)


@dataclass(frozen=True, kw_only=True)
class IVFPQ(IndexRecipe):
    """Inverted lists of product codes: each row is cut into parts, each named by the nearest of 16 or 256
    centroids of that part (Jégou, Douze and Schmid 2011, "Product Quantization for Nearest Neighbor Search").
    With 4 bits a part the scores of 32 rows at a time are looked up in registers (André, Kermarrec and Le
    Scouarnec 2015, "Cache Locality is not Enough", VLDB). With 8 bits, and for the dot product, the codes are
    of what is left of a row beyond the centroid of its list. The best candidates are scored again by the rows
    that `keep` keeps; of a saved index these stay in the file.

    For the cosine, rows of length 1 are compared by their distances. The order is that of the products, but
    the error of a code counts along the difference of row and query, which is small for the near ones, and
    not along the whole query: where all vectors lie to one side of the origin (26,030 words whose mean has
    the length .95) 40 candidates hold .82 of the ten nearest so, and .34 by products.

    Attributes:
        lists: how many lists; None for about 4·√n. Never more than rows.
        parts: how many parts; None for one for every two numbers of a row. Zeros fill the last part.
        bits: 4 or 8 for each part.
        rotate: whether rows are rotated first, so that the parts lose little (Ge, He, Ke and Sun 2013,
            "Optimized Product Quantization"). Pays where a few dims vary much and most little.

    Setting: nprobe, how many lists a search looks into.
    """

    rerank: int = 16
    lists: int | None = None
    parts: int | None = None
    bits: int = 4
    rotate: bool = False

    engine_type: ClassVar[type[Engine]] = IVFPQEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lists is not None:
            check_whole("lists", self.lists, 1, MOST_LISTS)
        if self.parts is not None:
            check_whole("parts", self.parts, 1, 1 << 16)
        if check_whole("bits", self.bits, 4, 8) not in (4, 8):
            raise OptionError(f"bits is 4 or 8, not {self.bits!r}")
        check_flag("rotate", self.rotate)

    def engine(self, rows: NDArray[np.float32], metric: str, run: Run) -> Engine:
        lists = list_count(self.lists, rows, type(self).__name__)
        centroids = 1 << self.bits
        if len(rows) < centroids:
            raise DataError(
                f"IVFPQ with {self.bits} bits learns {centroids} centroids a part and there are only "
                f"{len(rows):,} rows; take {'bits=4 or ' if len(rows) >= 16 else ''}Exact()"
            )
        dim = rows.shape[1]
        parts = self.parts if self.parts is not None else (dim + 1) // 2
        if parts > dim:
            raise DataError(f"rows of dim {dim} cannot be cut into {parts:,} parts; take at most {dim}")
        width = -(-dim // parts) * parts
        rotation, inside = None, fit_to(rows, width)
        if self.rotate:
            rotation = self._rotation(rows, parts, width, run)
            with faiss_threads(run.worker_count):
                inside = rotation.apply(np.ascontiguousarray(rows))
        inside_metric = "dot" if metric == "dot" else "euclidean"
        inner = self._inner(coarse_centroids(inside, lists, metric=metric, run=run), parts, inside_metric)
        with faiss_threads(run.worker_count):
            inner.train(inside)
        engine = IVFPQEngine(_around(rotation, inner), metric, dim, threads=run.worker_count)
        engine.add(rows)
        engine.report = {"lists": lists, "parts": parts}
        return engine

    def _inner(self, centroids: NDArray[np.float32], parts: int, metric: str) -> Any:
        """The empty lists around these centroids."""
        faiss = require("faiss", extra="index")
        (lists, width), code = centroids.shape, metric_code(metric)
        coarse = faiss.IndexFlat(width, code)
        coarse.add(centroids)
        if self.bits == 4:
            inner = faiss.IndexIVFPQFastScan(coarse, width, lists, parts, 4, code)
        else:
            inner = faiss.IndexIVFPQ(coarse, width, lists, parts, 8, code)
        # In registers, tables for each list that is looked into cost more than the finer codes are worth: of
        # 26,030 words 8 times the time at the same recall. A product gets its tables once in any case.
        inner.by_residual = self.bits == 8 or metric == "dot"
        inner.pq.cp.min_points_per_centroid = 1  # fewer rows make a coarser code, not a warning a part
        inner.own_fields = True
        coarse.this.disown()
        return inner

    def _rotation(self, rows: NDArray[np.float32], parts: int, width: int, run: Run) -> Any:
        """The rotation that makes the parts easy to code, learnt from a sample."""
        faiss = require("faiss", extra="index")
        rotation = faiss.OPQMatrix(rows.shape[1], parts, width)
        coder = faiss.ProductQuantizer(width, parts, self.bits)
        coder.cp.min_points_per_centroid = 1
        rotation.pq, rotation.niter, rotation.max_train_points = coder, _ROTATIONS, _ROTATION_SAMPLE
        with faiss_threads(run.worker_count):
            rotation.train(np.ascontiguousarray(rows))
        rotation.pq = None  # it does not own it
        return rotation


def _around(rotation: Any, inner: Any) -> Any:
    """The lists behind the rotation, if there is one."""
    if rotation is None:
        return inner
    faiss = require("faiss", extra="index")
    whole = faiss.IndexPreTransform(rotation, inner)
    whole.own_fields = True
    rotation.this.disown()
    inner.this.disown()
    return whole
