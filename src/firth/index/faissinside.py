"""Checks of an index of FAISS that came out of a file: everything that a search follows leads somewhere.

FAISS checks much when it reads, but not that the links of a graph lead to nodes of their level, nor that the
rows in inverted lists are rows. A search would then read memory that is not its own, perhaps years later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.extras import require

if TYPE_CHECKING:
    from firth.index.faissblob import Wanted

__all__ = ["check_inside"]


def check_inside(index: Any, wanted: Wanted) -> None:
    """Compare an index of FAISS with what is wanted, and follow everything in it once.

    Raises:
        DataError: it is another, of a class that cannot be checked, or it is broken.
    """
    faiss = require("faiss", extra="index")
    kind = type(index).__name__
    if wanted.kinds and kind not in wanted.kinds:
        raise DataError(f"it is an {kind}, not an {' or '.join(wanted.kinds)}")
    for name, value, expected in (("dim", index.d, wanted.dim), ("rows", index.ntotal, wanted.rows)):
        if expected is not None and value != expected:
            raise DataError(f"it has {name} {value:,}, not {expected:,}")
    metrics = (faiss.METRIC_INNER_PRODUCT, faiss.METRIC_L2) if wanted.metric is None else (wanted.metric,)
    if index.metric_type not in metrics:
        raise DataError(f"its metric has FAISS's number {index.metric_type}, not {metrics}")
    if not 1 <= index.d < 1 << 20 or not 0 <= index.ntotal < 1 << 40 or not index.is_trained:
        raise DataError(f"it has dim {index.d}, {index.ntotal} rows, or was never trained")
    _check(index)


def _check(index: Any) -> None:
    kind = type(index).__name__
    if kind not in _CHECKS:
        raise DataError(f"an {kind} cannot be checked; Firth opens {', '.join(sorted(_CHECKS))}")
    _CHECKS[kind](index)


def _down(index: Any) -> Any:
    if index is None:
        raise DataError("a part of it is missing")
    return require("faiss", extra="index").downcast_index(index)


def _same(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise DataError(f"{what}: {found:,}, not {expected:,}")


def _flat(index: Any) -> None:
    _same("the bytes of a row", index.code_size, 4 * index.d)
    _codes(index)


def _codes(index: Any) -> None:
    _same("the bytes of all rows", index.codes.size(), index.ntotal * index.code_size)


def _scalar(index: Any) -> None:
    _quantizer(index.sq, index.d, index.code_size)
    _codes(index)


def _quantizer(sq: Any, dim: int, code_size: int) -> None:
    """The two kinds of scalar quantizer that Firth writes, and their sisters of 4 and 6 bits."""
    faiss = require("faiss", extra="index")
    kinds = faiss.ScalarQuantizer
    bits = {kinds.QT_8bit: 8, kinds.QT_4bit: 4, kinds.QT_6bit: 6, kinds.QT_fp16: 16, kinds.QT_bf16: 16}
    if sq.qtype not in bits:
        raise DataError(f"its scalar quantizer is of FAISS's kind {sq.qtype}, which cannot be checked")
    _same("the dim of its quantizer", sq.d, dim)
    _same("the bytes of a code", sq.code_size, (dim * bits[sq.qtype] + 7) // 8)
    _same("the bytes of a code", code_size, sq.code_size)
    if bits[sq.qtype] < 16:
        _same("the ranges of its quantizer", sq.trained.size(), 2 * dim)


def _product(pq: Any, dim: int, code_size: int) -> None:
    _same("the dim of its quantizer", pq.d, dim)
    if not 1 <= pq.nbits <= 16 or not 1 <= pq.M <= dim or pq.M * pq.dsub != dim:
        raise DataError(f"{pq.M} parts of {pq.dsub} numbers and {pq.nbits} bits do not make dim {dim}")
    _same("the centroids of a part", pq.ksub, 1 << pq.nbits)
    _same("the numbers of its centroids", pq.centroids.size(), pq.ksub * dim)
    _same("the bytes of a code", pq.code_size, (pq.M * pq.nbits + 7) // 8)
    _same("the bytes of a code", code_size, pq.code_size)


def _parts(index: Any) -> None:
    _product(index.pq, index.d, index.code_size)
    if index.search_type != index.ST_PQ or index.encode_signs:
        raise DataError(f"it compares codes in FAISS's way {index.search_type}, which cannot be checked")
    _codes(index)


# --- inverted lists -----------------------------------------------------------------------------------------


def _inverted(index: Any) -> None:
    """An index of inverted lists: a quantizer with a centroid a list, and every row in one list."""
    quantizer = _down(index.quantizer)
    _check(quantizer)
    _same("the dim of its centroids", quantizer.d, index.d)
    _same("its centroids", quantizer.ntotal, index.nlist)
    _same("the metric of its centroids", quantizer.metric_type, index.metric_type)
    if not 1 <= index.nprobe <= index.nlist or not 0 <= index.parallel_mode <= 3:
        raise DataError(
            f"it looks into {index.nprobe:,} of {index.nlist:,} lists, in way {index.parallel_mode}"
        )
    if index.direct_map.type != 0:
        raise DataError("it has a direct map, which Firth neither writes nor checks")
    lists = require("faiss", extra="index").downcast_InvertedLists(index.invlists)
    if type(lists).__name__ not in ("ArrayInvertedLists", "BlockInvertedLists"):
        raise DataError(f"its lists are of the class {type(lists).__name__}, which cannot be checked")
    _same("its lists", lists.nlist, index.nlist)
    blocks = type(lists).__name__ == "BlockInvertedLists"
    if blocks is not _is_fast(index):
        raise DataError(f"an {type(index).__name__} does not keep its rows in {type(lists).__name__}")
    if not blocks:
        _same("the bytes of a code in its lists", lists.code_size, index.code_size)
    else:
        _same("the rows of a block", lists.n_per_block, index.bbs)
        _same("the bytes of a block", lists.block_size, index.bbs * index.M2 // 2)
    _check_lists(lists, index.ntotal, index.code_size, blocks)


def _is_fast(index: Any) -> bool:
    return type(index).__name__.endswith("FastScan")


def _check_lists(lists: Any, rows: int, code_size: int, blocks: bool) -> None:
    """Every list has as many codes as ids, and the ids of all lists are the rows, each once."""
    faiss = require("faiss", extra="index")
    seen = np.zeros(rows, bool)
    total = 0
    for i in range(lists.nlist):
        size = lists.list_size(i)
        if not blocks:  # FAISS compares those of blocks when it reads
            _same(f"the bytes of list {i}", lists.codes.at(i).size(), size * code_size)
        if size:
            found = faiss.rev_swig_ptr(lists.get_ids(i), size)
            if found.min() < 0 or found.max() >= rows:
                raise DataError(f"list {i} holds a row that is not among its {rows:,}")
            seen[found] = True
            total += size
    if total != rows or not seen.all():
        raise DataError(f"its lists hold {total:,} rows, not each of {rows:,} once")


def _inverted_scalar(index: Any) -> None:
    _quantizer(index.sq, index.d, index.code_size)
    _inverted(index)


def _inverted_flat(index: Any) -> None:
    _same("the bytes of a row", index.code_size, 4 * index.d)
    _inverted(index)


def _inverted_parts(index: Any) -> None:
    _product(index.pq, index.d, index.code_size)
    _same("the Hamming distance up to which it compares codes", index.polysemous_ht, 0)
    _inverted(index)


def _inverted_fast(index: Any) -> None:
    _product(index.pq, index.d, index.code_size)
    _same("the bits of a part", index.pq.nbits, 4)
    _same("its parts", index.M, index.pq.M)
    _same("its parts, made even", index.M2, index.M + index.M % 2)
    _same("the centroids of a part", index.ksub, 16)
    _same("the rows of a block", index.bbs, 32)
    if index.implem not in (0, 10, 11, 12, 13, 14, 15) or not 0 <= index.qbs < 1 << 16:
        raise DataError(f"it asks for FAISS's way {index.implem} with {index.qbs}, which is none")
    _inverted(index)


# --- graphs -------------------------------------------------------------------------------------------------


def _graph(index: Any) -> None:
    storage = _down(index.storage)
    _check(storage)
    _same("the dim of its rows", storage.d, index.d)
    _same("its rows", storage.ntotal, index.ntotal)
    _same("the metric of its rows", storage.metric_type, index.metric_type)
    _check_links(index.hnsw, index.ntotal)


def _check_links(graph: Any, rows: int) -> None:
    """Every link leads from a node to a node of the same level."""
    room = _vector(graph.cum_nneighbor_per_level).astype(np.int64)
    levels = _vector(graph.levels).astype(np.int64)
    offsets = _vector(graph.offsets).astype(np.uint64)
    neighbors = _vector(graph.neighbors)
    _same("the levels of its nodes", len(levels), rows)
    _same("the offsets of its nodes", len(offsets), rows + 1)
    if len(room) < 2 or room[0] != 0 or np.any(np.diff(room) < 0) or room[-1] > 1 << 24:
        raise DataError("the room for the links of a level is not set out")
    if offsets[0] != 0 or offsets[-1] != len(neighbors) or len(neighbors) > 1 << 48:
        raise DataError("the offsets of its links do not go from 0 to their number")
    if not rows:
        return
    if levels.min() < 1 or levels.max() >= len(room):
        raise DataError(f"a node is on level {levels.max()} of {len(room) - 1}, or on none")
    if np.any(np.diff(offsets.astype(np.int64)) != room[levels]):
        raise DataError("a node has not the room for the links of its levels")
    if not 0 <= graph.entry_point < rows or graph.max_level != levels[graph.entry_point] - 1:
        raise DataError(
            f"it begins at node {graph.entry_point} on level {graph.max_level}, which is not there"
        )
    if not 1 <= graph.efSearch < 1 << 30 or not 1 <= graph.efConstruction < 1 << 30:
        raise DataError(
            f"it searches with {graph.efSearch} and builds with {graph.efConstruction} candidates"
        )
    if neighbors.min() < -1 or neighbors.max() >= rows:
        raise DataError(f"a link leads to a node that is not among its {rows:,}")
    _check_levels(neighbors, offsets.astype(np.int64), levels, room)


def _check_levels(neighbors: Any, offsets: Any, levels: Any, room: Any) -> None:
    """The links of a level lead to nodes that are on it."""
    for level in range(1, int(levels.max())):  # on level 0 is every node
        high = np.flatnonzero(levels > level)
        places = offsets[high][:, None] + np.arange(room[level], room[level + 1])
        links = neighbors[places]
        if np.any((links >= 0) & (levels[np.maximum(links, 0)] <= level)):
            raise DataError(f"a link of level {level} leads to a node that is not on it")


def _vector(vector: Any) -> NDArray[Any]:
    array: NDArray[Any] = require("faiss", extra="index").vector_to_array(vector)
    return array


# --- what is around others ----------------------------------------------------------------------------------


def _transformed(index: Any) -> None:
    faiss = require("faiss", extra="index")
    width = index.d
    for i in range(index.chain.size()):
        step = faiss.downcast_VectorTransform(index.chain.at(i))
        if type(step).__name__ not in ("LinearTransform", "OPQMatrix", "PCAMatrix", "RandomRotationMatrix"):
            raise DataError(f"it transforms rows by a {type(step).__name__}, which cannot be checked")
        _same("the numbers that go into a transform", step.d_in, width)
        _same("the numbers of its matrix", step.A.size(), step.d_in * step.d_out)
        if step.have_bias:
            _same("the numbers of its bias", step.b.size(), step.d_out)
        width = step.d_out
    inner = _down(index.index)
    _same("the dim inside", inner.d, width)
    _same("the rows inside", inner.ntotal, index.ntotal)
    _same("the metric inside", inner.metric_type, index.metric_type)
    _check(inner)


_CHECKS: dict[str, Callable[[Any], None]] = {
    "IndexFlat": _flat,
    "IndexFlatIP": _flat,
    "IndexFlatL2": _flat,
    "IndexHNSWFlat": _graph,
    "IndexHNSWSQ": _graph,
    "IndexIVFFlat": _inverted_flat,
    "IndexIVFPQ": _inverted_parts,
    "IndexIVFPQFastScan": _inverted_fast,
    "IndexIVFScalarQuantizer": _inverted_scalar,
    "IndexPQ": _parts,
    "IndexPreTransform": _transformed,
    "IndexScalarQuantizer": _scalar,
}
