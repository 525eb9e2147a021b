"""The matrices of GloVe, and how to train them on a comb (see `firth.learn.training.Task`)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from firth.data.edges import Edges
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError
from firth.kernels import glove as kernels
from firth.learn.combs import Comb, Combs
from firth.learn.continuing import Start
from firth.learn.matrices import row_width, zeros
from firth.learn.segments import Segment
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.learn.glove import GloVe

__all__ = ["GloVeTask", "wide_row"]

_ROWS = 1 << 12  # rows made at a time
_SAMPLE = 1 << 20  # at most so many counts are measured for the loss


def wide_row(dim: int) -> int:
    """Floats of half a row: the vector, its bias and a one, in whole cache lines."""
    return row_width(dim + 2)


class GloVeTask:
    """Rows as `firth.kernels.glove` wants them, begun at random or from a start.

    Args:
        learner: the recipe.
        edges: sorted, every weight above 0.
        seed: of the first rows and of the order of the combs.
        start: what old words begin from, and how strongly they are held there.
    """

    def __init__(self, learner: GloVe, edges: Edges, *, seed: int, start: Start | None):
        self._learner, self._edges = learner, edges
        self._starts = edges.row_starts()
        self._columns = np.asarray(edges.j)  # maps of files as plain arrays, for which kernels are compiled
        self._weight = np.asarray(edges.weight, np.float32)
        self.combs = Combs(len(edges), seed=seed)
        dim = learner.dim
        random = np.random.default_rng((seed, 0x6107E))
        self.words = _random_rows(random, edges.shape[0], dim, one=dim + 1)
        self.contexts = _random_rows(random, edges.shape[1], dim, one=dim)
        self.place = np.full(edges.shape[0], -1, np.int64)  # which of the old words each one is
        self.old = np.empty((0, dim), np.float32)  # where they were, if they are held there
        self._strength = np.float32(0)
        if start is not None:
            self._go_on(start)
        self._sample = np.linspace(0, len(edges) - 1, min(len(edges), _SAMPLE)).astype(np.int64)
        self._own = threading.local()

    @property
    def matrices(self) -> Mapping[str, NDArray[np.float32]]:
        """float32, (rows, 2 · wide_row(dim)): vector, bias and one; the squares of their steps, added up."""
        return {"words": self.words, "contexts": self.contexts}

    @property
    def sampled(self) -> int:
        """Of how many counts `loss` is the mean."""
        return int(self._sample.size)

    def train(
        self, segment: Segment, *, rates: tuple[float, float], seeds: tuple[np.uint64, np.uint64]
    ) -> int | None:
        """Visit the counts of a comb in random order: how many; None if an error was not finite."""
        comb, learner, rate = cast("Comb", segment), self._learner, np.float32(rates[0])
        if self._strength:
            kernels.pull(
                self.words, self.contexts, learner.dim, comb.first, comb.step, self.place, self.old,
                learner.summed, self._strength, rate,
            )  # fmt: skip
        i, j, weight = self._buffers()
        n = kernels.take_comb(
            self._starts, self._columns, self._weight, comb.first, comb.step, seeds[0], i, j, weight
        )
        sound = kernels.train(
            i, j, weight, n, self.words, self.contexts, learner.dim, np.float32(learner.x_max),
            np.float32(learner.alpha), rate,
        )  # fmt: skip
        return int(n) if sound else None

    def loss(self) -> float | None:
        """The weighted squared error of a count, the mean over all of them or an even choice."""
        rows = np.searchsorted(self._starts, self._sample, side="right") - 1
        total = kernels.measure(
            rows.astype(np.int32), self._columns[self._sample], self._weight[self._sample], self.words,
            self.contexts, np.float32(self._learner.x_max), np.float32(self._learner.alpha),
        )  # fmt: skip
        return float(total) / self.sampled

    def _buffers(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        """This thread's room for a comb."""
        own = self._own
        if not hasattr(own, "comb"):
            n = self.combs.largest
            own.comb = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.float32)
        return cast("tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]", own.comb)

    def _go_on(self, start: Start) -> None:
        """Begin the rows of old words where `start` has them, and hold them there if it says so.

        Where the vectors are the sums of both sides, either side begins at half of them; the random numbers
        that new words begin from are added on one side and taken off on the other, since two equal sides
        would stay alike.
        """
        dim, summed = self._learner.dim, self._learner.summed
        rows, known = _matched(self._edges.left, start.words)
        self.place[rows] = np.arange(rows.size)
        for part in range(0, rows.size, _ROWS):
            chosen = rows[part : part + _ROWS]
            old = start.words.matrix[known[part : part + _ROWS]]
            if summed:
                noise = self.words[chosen, :dim]
                self.words[chosen, :dim] = old / 2 + noise
                self.contexts[chosen, :dim] = old / 2 - noise
            else:
                self.words[chosen, :dim] = old
        if summed:
            _take_bias(self.words[:, dim], self._edges.left, start.words, share=0.5)
            _take_bias(self.contexts[:, dim + 1], self._edges.left, start.words, share=0.5)
        else:
            _take_bias(self.words[:, dim], self._edges.left, start.words)
            if start.fill("contexts", self.contexts, self._edges.right).size:
                _take_bias(self.contexts[:, dim + 1], self._edges.right, start.spaces["contexts"])
        if start.anchor:
            self._strength = np.float32(min(start.anchor, 1e30))
            self.old = np.ascontiguousarray(start.words.matrix[known])


def _matched(vocabulary: Vocabulary, vectors: Vectors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the vocabulary whose keys have a vector, and the rows of these vectors."""
    known = vectors.ids.rows(vocabulary.keys)  # type: ignore[arg-type]
    rows = np.flatnonzero(known >= 0)
    return rows, known[rows]


def _take_bias(
    into: NDArray[np.float32], vocabulary: Vocabulary, vectors: Vectors, *, share: float = 1.0
) -> None:
    """Begin biases (one a key of the vocabulary) at a share of those that the vectors have, if they do.

    Raises:
        DataError: a bias is no finite number.
    """
    bias = vectors.columns.get("bias")
    if bias is not None:
        if bias.dtype.kind not in "iuf" or not np.isfinite(bias).all():
            raise DataError("start cannot be gone on from: its biases are not all finite numbers")
        rows, known = _matched(vocabulary, vectors)
        into[rows] = np.float32(share) * bias[known]


def _random_rows(random: np.random.Generator, rows: int, dim: int, *, one: int) -> NDArray[np.float32]:
    """Vectors and biases drawn from ±0.5 / dim, and sums of squares of 1: as the authors' program begins."""
    wide = wide_row(dim)
    matrix = zeros(rows, 2 * wide)
    for start in range(0, rows, _ROWS):  # in parts: a temporary of the whole would be a third matrix
        part = matrix[start : start + _ROWS, : dim + 2]
        part[:] = (random.random(part.shape, dtype=np.float32) - 0.5) / dim
    matrix[:, one] = 1
    matrix[:, wide:] = 1
    return matrix
