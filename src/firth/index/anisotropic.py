"""Product codes that keep inner products: the score-aware loss of Guo et al. 2020.

"Accelerating Large-Scale Inference with Anisotropic Vector Quantization", ICML 2020. A code is not judged by
how far it is from the row, but by what it does to those inner products that matter, the great ones. For a
query of a random direction whose product with the row x is at least T |x|, the expected square of the error
of the product is h∥ |e∥|² + h⊥ |e⊥|², the error e taken apart along x and across it; only η = h∥ / h⊥
matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.extras import require
from firth.kernels import anisotropic as kernels
from firth.parallel import each_shard, faiss_threads
from firth.run import Run

__all__ = ["Codebooks", "weight_along"]

Floats = NDArray[np.float32]

SAMPLE = 32_768  # rows that the centres are learnt from: 2,048 for each
ITERATIONS = 12
ENOUGH = 1e-3  # the fall of the loss, as a share of it, that ends training
SWEEPS = 10
BLOCK = 1 << 14


def weight_along(threshold: float, dim: int) -> float:
    """η: how much more an error along a row counts than one across it.

    Theorem 3.2 of the paper: with A(d) = ∫ sinᵈ θ dθ from 0 to arccos T, h∥ = A(d - 2) - A(d) and
    h⊥ = A(d) / (d - 1), whose quotient tends to (d - 1) T² / (1 - T²). Here the quotient is computed for the
    dim itself, with A as an incomplete beta function.

    Args:
        threshold: T, 0 to below 1, as a share of the row's length.
        dim: d. With one dim there is no error across, and η is 1.

    Example:
        >>> round(weight_along(0.2, 128), 2)
        7.15
    """
    from scipy.special import beta, betainc

    if dim < 2 or threshold <= 0:
        return 1.0
    within = 1.0 - threshold**2
    both = [betainc((d + 1) / 2, 0.5, within) * beta((d + 1) / 2, 0.5) for d in (dim - 2, dim)]
    if both[1] <= 0:  # so high a power of so small a sine is below all floats: the limit is near enough
        return float((dim - 1) * threshold**2 / within)
    return float((dim - 1) * (both[0] / both[1] - 1.0))


@dataclass(frozen=True)
class Codebooks:
    """Sixteen centres for each part of a row, and the loss they are chosen by.

    Attributes:
        centres: float32, (M, s, 16): those of part m are the columns of centres[m]. M is even.
        extra: η - 1, at least 0.
        history: the loss a row of the sample, falling, from that of the centres of plain codes on.
    """

    centres: Floats
    extra: float
    history: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """How many numbers a padded row has: M · s."""
        return int(self.centres.shape[0] * self.centres.shape[1])

    @classmethod
    def learn(cls, rows: Floats, along: Floats, parts: int, *, extra: float, run: Run) -> Codebooks:
        """Centres for rows like these, from those of plain product codes.

        Args:
            rows: float32, (n, w), w a multiple of `parts`, n at least 16.
            along: float32, (n, w): the direction along which an error counts more, of length 1 or 0.
            parts: M, even.
        """
        if len(rows) > SAMPLE:
            drawn = np.sort(np.random.default_rng(run.seed).choice(len(rows), SAMPLE, replace=False))
            rows, along = rows[drawn], along[drawn]
        rows, along = np.ascontiguousarray(rows), np.ascontiguousarray(along)
        centres = _plain(rows, parts, run)
        if extra == 0:
            return cls(centres, extra)
        history: list[float] = []
        codes = np.empty((len(rows), parts), np.uint8)
        best = centres
        for _ in range(ITERATIONS):
            _encode(rows, along, centres, extra, codes, run.worker_count)
            loss = kernels.loss(rows, along, centres, codes, extra) / len(rows)
            # Codes are chosen anew from the nearest centres, as they will be for rows to come, and not from
            # the codes before; so the loss may rise at the end, by less than it falls in a step before.
            if history and loss >= history[-1]:
                break
            history.append(loss)
            best = centres.copy()
            if len(history) > 1 and loss > (1 - ENOUGH) * history[-2]:
                break
            kernels.move_centres(rows, along, codes, extra, centres)
        return cls(best, extra, tuple(history))

    def encode(self, rows: Floats, along: Floats, *, threads: int) -> NDArray[np.uint8]:
        """The codes of rows (n, w): uint8, (n, M / 2), part 2p in the low four bits of byte p."""
        packed = np.empty((len(rows), self.centres.shape[0] // 2), np.uint8)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            codes = np.empty((len(rows[block]), self.centres.shape[0]), np.uint8)
            _encode(rows[block], along[block], self.centres, self.extra, codes, threads)
            packed[block] = codes[:, ::2] | codes[:, 1::2] << 4
        return packed

    def decode(self, packed: NDArray[np.uint8]) -> Floats:
        """The rows (n, w) that codes stand for."""
        codes = np.stack([packed & 15, packed >> 4], axis=2).reshape(len(packed), -1)
        chosen = self.centres[np.arange(codes.shape[1]), :, codes]
        return np.ascontiguousarray(chosen.reshape(len(packed), self.width))


def _encode(
    rows: Floats, along: Floats, centres: Floats, extra: float, codes: NDArray[np.uint8], threads: int
) -> None:
    def work(part: slice) -> None:
        kernels.encode(rows[part], along[part], centres, extra, SWEEPS, codes[part])

    each_shard(work, len(rows), threads=threads, least=256)


def _plain(rows: Floats, parts: int, run: Run) -> Floats:
    """The centres of plain product codes: k-means of each part, by FAISS."""
    faiss = require("faiss", extra="index")
    quantizer = faiss.ProductQuantizer(rows.shape[1], parts, 4)
    quantizer.cp.niter = 15
    quantizer.cp.seed = int(np.random.default_rng(run.seed).integers(1, 2**31 - 1))
    quantizer.cp.min_points_per_centroid = 1
    quantizer.cp.max_points_per_centroid = SAMPLE
    with faiss_threads(run.worker_count):
        quantizer.train(rows)
    centroids = faiss.vector_to_array(quantizer.centroids).reshape(parts, 16, -1)
    return np.ascontiguousarray(centroids.transpose(0, 2, 1))
