"""`Unsupervised`: a map between two spaces of one shape, without a single pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.align.alignment import Alignment
from firth.align.dictionaries import induce
from firth.align.pairing import Pairing
from firth.align.procrustes import check_same_dim
from firth.align.selflearning import SelfLearner
from firth.errors import DataError
from firth.neighbours import unit_rows, usable
from firth.options import check_whole
from firth.vectors import Vectors

__all__ = ["Unsupervised"]

Floats = NDArray[np.float32]
FEWEST = 10


@dataclass(frozen=True, kw_only=True)
class Unsupervised(SelfLearner):
    """A rotation found without a dictionary, from nothing but the shape of the two spaces.

    Words that mean the same have similarities to the other words of their language of much the same
    distribution: sorted, they need not know which words these are. The rows nearest to each other by their
    sorted similarities are a bad dictionary, but better than chance, and self-learning makes a good one of it
    where the spaces are alike enough. Artetxe, Labaka and Agirre 2018, "A Robust Self-learning Method for
    Fully Unsupervised Cross-lingual Mappings of Word Embeddings", ACL; the patience and the vocabulary are
    smaller here, for two cores.

    It can fail and cannot know it: read `report["objective"]` beside that of another seed, and measure with a
    few pairs that you do know.

    Attributes:
        initial: how many of the most frequent rows of either side the first dictionary is made of; it takes
            8 bytes and some time for each pair of them.
        vocabulary, direction, k, centre, reweight, keep, patience, tolerance, iterations, seed: as in
            `SelfLearning`.

    Raises:
        OptionError: an option is outside its range.
    """

    patience: int = 10
    initial: int = 4_000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("initial", self.initial, FEWEST, 50_000)

    def fit(self, source: Vectors, target: Vectors) -> Alignment:
        """Fit the map.

        Args:
            source, target: two spaces of one dim; `counts` say which rows are frequent, else their order.

        Returns:
            The map; its report says how many pairs it began and ended with, the objective of each round, and
            whether it settled.

        Raises:
            DataError: the dims differ, or a space has fewer than ten usable rows.
        """
        check_same_dim("Unsupervised", source, target)
        rows = [self._first(vectors) for vectors in (source, target)]
        size = min(len(some) for some in rows)
        if size < FEWEST:
            raise DataError(
                f"{size} usable rows are too few to tell the shape of a space; {FEWEST} are needed"
            )
        spectra = [
            _spectra(vectors.matrix[some[:size]])
            for vectors, some in zip((source, target), rows, strict=True)
        ]
        begun = induce(spectra[0], spectra[1], k=self.k, direction="both")
        start = Pairing(source=rows[0][begun.source], target=rows[1][begun.target], report={})
        return self._learn(source, target, start, kept=False, report={"initial_pairs": len(start)})

    def _first(self, vectors: Vectors) -> NDArray[np.int64]:
        """The usable ones of the most frequent rows, int64."""
        rows = vectors.rows(list(vectors.most_frequent(self.initial).ids))
        return rows[usable(vectors.matrix[rows])]


def _spectra(matrix: Floats) -> Floats:
    """What rows (n, d) look like without their names: sorted similarities with all of them, float32, (n, n).

    Of the similarities X Xᵀ the square root is taken, which is as high as a row is long, and the rows are
    brought to length 1, centred, and brought to length 1 again (section 3.1 of the paper).
    """
    rows = unit_rows(matrix).astype(np.float64)
    rows = unit_rows((rows - rows.mean(axis=0)).astype(np.float32)).astype(np.float64)
    left, sizes, _ = np.linalg.svd(rows, full_matrices=False)
    similar = ((left * sizes) @ left.T).astype(np.float32)
    similar.sort(axis=1)
    similar = unit_rows(similar)
    similar -= similar.mean(axis=0)
    return unit_rows(similar)
