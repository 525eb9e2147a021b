"""`PPMI`: word vectors from counts, by decomposing positive pointwise mutual information (Levy et al.)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, get_args

import numpy as np

from firth.data.cooccur import Weighting, cooccur
from firth.data.edges import Edges
from firth.data.memory import check_memory
from firth.errors import OptionError
from firth.learn.opening import open_sequences, without_seconds
from firth.learn.pmi import pmi
from firth.learn.svd import svd
from firth.model import Model
from firth.options import check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["PPMI"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PPMI:
    """Word vectors from counts alone: co-occurrence, shifted positive PMI, truncated SVD.

    Attributes:
        dim: how many numbers a vector has; fewer where the rank of the PPMI is lower.
        window: how many words to each side are context.
        weighting: what a neighbour at distance d counts: "linear" (window - d + 1) / window, as a skip-gram
            with a dynamic window draws it, "harmonic" 1 / d, "flat" 1.
        min_count: rarer words are left out.
        shift: ln of this is taken off every PMI; see `firth.pmi`.
        smoothing: contexts count to this power; see `firth.pmi`.
        eigenvalue_weight: words are the rows of U Σᵖ, with this p. 1 is the optimal rank-d approximation; ½
            and 0 serve word similarity better.
        iterations, tolerance: how exactly the directions are found; see `firth.svd`.

    Raises:
        OptionError: a value is outside its range.

    Levy and Goldberg 2014, "Neural Word Embedding as Implicit Matrix Factorization"; Levy, Goldberg and Dagan
    2015, "Improving Distributional Similarity with Lessons Learned from Word Embeddings".

    >>> model = PPMI(dim=2, min_count=1, window=1).fit([["a", "b", "c", "a", "b", "d"]] * 2)
    >>> model.vectors
    Vectors(4 ids, dim 2, cosine)
    """

    dim: int = 100
    window: int = 5
    weighting: Weighting = "linear"
    min_count: int = 5
    shift: float = 1.0
    smoothing: float = 0.75
    eigenvalue_weight: float = 0.5
    iterations: int = 20
    tolerance: float = 1e-2

    def __post_init__(self) -> None:
        if self.weighting not in get_args(Weighting):
            raise OptionError(f"weighting is 'harmonic', 'linear' or 'flat', not {self.weighting!r}")
        for name, value in {
            "dim": check_whole("dim", self.dim, 1, 65_536),
            "window": check_whole("window", self.window, 1, 1_000),
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "shift": check_real("shift", self.shift, 0, 1e9, above=True),
            "smoothing": check_real("smoothing", self.smoothing, 0, 1),
            "eigenvalue_weight": check_real("eigenvalue_weight", self.eigenvalue_weight, 0, 1),
            "iterations": check_whole("iterations", self.iterations, 1, 10_000),
            "tolerance": check_real("tolerance", self.tolerance, 0, 1),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        """Count, weigh and decompose.

        Args:
            observations: `Sequences`, or whatever `firth.read_text` takes; or the `Edges` of any counts,
                for which `window`, `weighting` and `min_count` are not used.
            run: threads, the seed and the work folder.

        Returns:
            A model with the spaces "words", the rows of U Σᵖ, and "contexts", those of V Σ¹⁻ᵖ, both with a
            column "counts". The dot product of a word and a context is nearly their PPMI. The singular
            values are in the `meta` of both.

        Raises:
            DataError: no word has company, or no pair meets more often than chance would have it.
            MemoryBudgetError: the PPMI or the vectors would not fit into memory.
        """
        run = run or Run()
        surprise = self._surprise(observations, run=run)
        table = surprise.to_sparse()
        found = svd(table, self.dim, iterations=self.iterations, tolerance=self.tolerance, run=run)
        words, contexts = found.left, found.right
        words *= (found.values**self.eigenvalue_weight).astype(np.float32)
        contexts *= (found.values ** (1 - self.eigenvalue_weight)).astype(np.float32)
        weighed = without_seconds(surprise.report)
        report = {
            **found.report,
            "empty_words": int(np.count_nonzero(np.diff(table.indptr) == 0)),
            "data": weighed["counts"].pop("data", {}),
            "pmi": weighed,
        }
        meta = {"singular_values": found.values.tolist()}
        spaces = {
            name: Vectors(
                side.keys,
                matrix,
                columns={"counts": side.counts},
                meta={"fingerprint": side.fingerprint(), **meta},
            )
            for name, side, matrix in (
                ("words", surprise.left, words),
                ("contexts", surprise.right, contexts),
            )
        }
        return Model(spaces, recipe={"learner": type(self).__name__, **asdict(self)}, report=report)

    def _surprise(self, observations: Any, *, run: Run) -> Edges:
        with self._counted(observations, run=run) as counts:
            _log.info("%s", check_memory(12 * len(counts) + (64 << 20), "the PPMI"))
            return pmi(counts, shift=self.shift, smoothing=self.smoothing)

    @contextmanager
    def _counted(self, observations: Any, *, run: Run) -> Iterator[Edges]:
        """How often words stand near each other; what was read for it is given back at the end."""
        if isinstance(observations, Edges):
            yield observations
            return
        with open_sequences(observations, min_count=self.min_count, run=run) as sequences:
            yield cooccur(
                sequences,
                window=self.window,
                weighting=self.weighting,
                work=run.work,
                threads=run.threads,
            )
