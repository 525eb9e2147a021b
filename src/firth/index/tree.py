"""`Tree`: leaves of clusters, anisotropic product codes inside them, and the candidates scored again: ScaNN.

Guo et al. 2020, "Accelerating Large-Scale Inference with Anisotropic Vector Quantization". A query looks into
the leaves that promise most, scores their rows by codes of four bits a part, and the layer scores the best of
these by the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.index.anisotropic import Codebooks, weight_along
from firth.index.engine import Engine, Found, Settings
from firth.index.packed import PackedCodes
from firth.index.partition import Partition
from firth.index.recipe import IndexRecipe
from firth.kernels.anisotropic import CENTRES
from firth.kernels.leaves import MOST_PARTS, half_squares, search_leaves
from firth.options import check_real, check_whole
from firth.parallel import each_shard
from firth.run import Run

__all__ = ["Tree", "TreeEngine"]

Floats = NDArray[np.float32]

FEWEST = 8  # leaves that are looked into unless fewer are asked for
BLOCK = 1 << 16
EVERY = np.zeros(0, np.bool_)


class TreeEngine(Engine):
    """Rows as codes in the leaves of a tree.

    Args:
        metric, dim: see `Engine`.
        partition: the leaves.
        codebooks: the centres, over rows padded with zeros to `codebooks.width`.
        threads: how many encode rows that are added.
    """

    def __init__(self, metric: str, dim: int, partition: Partition, codebooks: Codebooks, *, threads: int):
        self.metric = metric
        self.dim = dim
        self.partition = partition
        self.codebooks = codebooks
        self._threads = threads
        pairs = codebooks.centres.shape[0] // 2
        self._codes = PackedCodes(len(partition), pairs, halves=metric == "euclidean")
        self._centroids = _padded(partition.leaves, codebooks.width)
        self._promise = self._promises()

    def __len__(self) -> int:
        return len(self._codes)

    def _promises(self) -> Floats:
        """What is added to the product of a query (of length 1) with each centroid, to order the leaves.

        For the euclidean metric that is -|c|² / 2. For products: the centroid of a wide leaf is short,
        because its rows point in many directions, and yet some of them may point where the query does. Half
        the spread makes up for that; for rows of length 1, where spread + |c|² = 1, the order is then the
        euclidean one. (Of the ten nearest of a million rows, the five first of 1,000 leaves held 95 % so, and
        76 % by the product alone.)
        """
        leaves, spread = self.partition.leaves, self.partition.spread
        squares = np.einsum("ij,ij->i", leaves, leaves, dtype=np.float64)
        if self.metric == "euclidean":
            return np.asarray(-squares / 2, np.float32)
        length = float(np.sqrt(np.mean(squares + spread)))
        return np.asarray(spread / (2.0 * length) if length > 0 else spread, np.float32)

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        wide = _padded(queries, self.codebooks.width)
        keys, found = np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
        probed = min(settings["nprobe"], len(self.partition))

        def work(part: slice) -> None:
            search_leaves(
                wide[part],
                self._centroids,
                self._promise,
                self.codebooks.centres,
                self._codes.blocks,
                self._codes.rows,
                self._codes.order,
                self._codes.first,
                self._codes.counts,
                self._codes.half,
                EVERY if allowed is None else allowed,
                probed,
                keys[part],
                found[part],
            )

        each_shard(work, len(queries), threads=threads)
        return found, self._scores(queries, keys)

    def _scores(self, queries: Floats, keys: Floats) -> Floats:
        """Keys as scores: minus the distance where that is the metric."""
        if self.metric != "euclidean":
            return keys
        squares = np.einsum("ij,ij->i", queries, queries, dtype=np.float64)[:, None]
        return np.asarray(-np.sqrt(np.maximum(squares - 2.0 * keys, 0.0)), np.float32)

    def add(self, rows: Floats) -> None:
        leaves = self.partition.assign(rows, threads=self._threads)
        codes = np.empty((len(rows), self.codebooks.centres.shape[0] // 2), np.uint8)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            rest, along = _rest(rows[block], leaves[block], self.partition, self.codebooks.width)
            codes[block] = self.codebooks.encode(rest, along, threads=self._threads)
        self._take(leaves, codes)  # all at once: what fails, fails before; and leaves lie in one piece

    def _take(self, leaves: NDArray[np.int32], codes: NDArray[np.uint8]) -> None:
        halves = None
        if self.metric == "euclidean":
            halves = np.empty(len(codes), np.float32)
            half_squares(codes, leaves, self._centroids, self.codebooks.centres, halves)
        self._codes.append(leaves, codes, halves)

    @property
    def settings(self) -> Settings:
        leaves = len(self.partition)
        # With `rerank` of 6: 0.97 of the ten nearest of 104,000 words, 0.95 of a million clustered rows.
        return {"nprobe": min(leaves, max(FEWEST, round(leaves**0.5)))}

    def ladder(self) -> Iterator[Settings]:
        leaves = len(self.partition)
        probed = 1
        while probed < leaves:
            yield {"nprobe": probed}
            probed = max(probed + 1, round(probed * 1.4))
        yield {"nprobe": leaves}

    def memory(self) -> dict[str, int]:
        codes, places = self._codes.memory()
        centroids = self.partition.memory()
        if self._centroids is not self.partition.leaves:
            centroids += int(self._centroids.nbytes)
        return {
            "codes": codes,
            "lists": places,
            "centroids": centroids + int(self.codebooks.centres.nbytes),
        }

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        leaves, codes = self._codes.unpacked()
        arrays: dict[str, NDArray[Any]] = {
            "leaves": self.partition.leaves,
            "spread": self.partition.spread,
            "branches": self.partition.branches,
            "first": self.partition.first,
            "centres": self.codebooks.centres,
            "leaf": leaves,
            "codes": codes,
        }
        return arrays, {"metric": self.metric, "dim": self.dim, "extra": self.codebooks.extra}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        from firth.index.treestate import checked

        kept = checked(metric, arrays, values)
        partition = Partition(kept.leaves, kept.spread, kept.branches, kept.first)
        engine = cls(
            metric, kept.dim, partition, Codebooks(kept.centres, kept.extra), threads=Run().worker_count
        )
        engine._take(kept.leaf, kept.codes)
        return engine


@dataclass(frozen=True, kw_only=True)
class Tree(IndexRecipe):
    """Clusters, and anisotropic product codes of what they leave: the ScaNN recipe.

    Attributes:
        leaves: how many clusters; None takes the square root of the number of rows.
        parts: how many parts of a row have a code of four bits; None takes one for two numbers. An odd
            number is raised to an even one, since two codes share a byte.
        threshold: T of the score-aware loss: products of at least so much, as a share of the row's length
            (and for a query of length 1), are to be kept well. 0 makes plain product codes. The euclidean
            metric asks for distances in all directions alike and takes plain codes whatever this says.
    """

    leaves: int | None = None
    parts: int | None = None
    threshold: float = 0.2
    rerank: int = 6

    engine_type: ClassVar[type[Engine]] = TreeEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.leaves is not None:
            check_whole("leaves", self.leaves, 1, 2**24)
        if self.parts is not None:
            check_whole("parts", self.parts, 1, MOST_PARTS)
        check_real("threshold", self.threshold, 0.0, 0.99)

    def engine(self, rows: Floats, metric: str, run: Run) -> Engine:
        n, dim = rows.shape
        least = max(CENTRES, self.leaves or 1)
        if n < least:
            wanted = f" and {self.leaves:,} leaves" if self.leaves else ""
            raise DataError(
                f"a tree learns {CENTRES} centres a part{wanted} and needs at least {least:,} rows, "
                f"not {n:,}; Exact() takes any number"
            )
        if self.parts is not None and self.parts > dim:
            raise DataError(f"rows of dim {dim} cannot be cut into {self.parts:,} parts")
        parts = self.parts or min(-(-dim // 2), MOST_PARTS)
        size = -(-dim // parts)
        parts += parts % 2
        partition = Partition.learn(rows, self.leaves or max(1, round(n**0.5)), run=run)
        extra = 0.0 if metric == "euclidean" else weight_along(self.threshold, dim) - 1.0
        drawn = np.arange(n)
        if n > BLOCK:
            drawn = np.sort(np.random.default_rng(run.seed).choice(n, BLOCK, replace=False))
        sample = rows[drawn]
        of = partition.assign(sample, threads=run.worker_count)
        rest, along = _rest(sample, of, partition, parts * size)
        codebooks = Codebooks.learn(rest, along, parts, extra=max(0.0, extra), run=run)
        engine = TreeEngine(metric, dim, partition, codebooks, threads=run.worker_count)
        engine.add(rows)
        engine.report = {"leaves": len(partition), "parts": parts, "weight_along": 1.0 + codebooks.extra}
        return engine


def _rest(rows: Floats, leaves: NDArray[np.int32], partition: Partition, width: int) -> tuple[Floats, Floats]:
    """What the centroids leave of rows, and the directions of the rows; both padded, (n, width)."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    along = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return _padded(rows - partition.leaves[leaves], width), _padded(along, width)


def _padded(rows: Floats, width: int) -> Floats:
    """Rows with zeros at their end: neither products nor distances change."""
    if rows.shape[1] == width:
        return np.ascontiguousarray(rows)
    wide = np.zeros((len(rows), width), np.float32)
    wide[:, : rows.shape[1]] = rows
    return wide
