"""`Procrustes`: the rotation that brings paired rows nearest to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.align.fitting import Maps, PairLearner
from firth.errors import DataError
from firth.options import check_real
from firth.vectors import Vectors

__all__ = ["Procrustes", "check_same_dim", "turned"]

Doubles = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Procrustes(PairLearner):
    """The orthogonal map (a rotation, with or without a reflection) with the least sum of squared residuals.

    It changes no distance and no angle within the source space, and its inverse is exact. Schönemann 1966, "A
    Generalized Solution of the Orthogonal Procrustes Problem", Psychometrika 31; for words, Xing, Wang, Liu
    and Lin 2015, "Normalized Word Embedding and Orthogonal Transform for Bilingual Word Translation", NAACL.

    Attributes:
        unit: take rows at length 1 first, so that each pair counts the same and angles are what is fitted.
        centre: take the mean of all rows from each space, and add the target's mean to what is mapped.
        reweight: to compare, stretch each direction of both spaces by how well the two correlate in it over
            the pairs, to this power, so that those count most in which the spaces agree: the symmetric
            re-weighting of Artetxe, Labaka and Agirre 2018, "Generalizing and Improving Bilingual Word
            Embedding Mappings", AAAI, without its whitening, which needs many pairs. It gains much where
            spaces differ, as those of two languages do, and costs a little where they hardly do. It changes
            `common` alone, never `apply`; 0 leaves it out.

    Raises:
        OptionError: an option is outside its range.

    >>> rows = np.random.default_rng(0).standard_normal((50, 3))
    >>> turned = Vectors(range(50), rows[:, [2, 0, 1]])
    >>> alignment = Procrustes().fit(Vectors(range(50), rows), turned)
    >>> np.abs(alignment.matrix).round(6).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    reweight: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_real("reweight", self.reweight, 0, 4)

    def _check_dims(self, source: Vectors, target: Vectors) -> None:
        check_same_dim("Procrustes", source, target)

    def _maps(self, x: Doubles, y: Doubles) -> Maps:
        return turned(x, y, reweight=self.reweight)


def turned(x: Doubles, y: Doubles, *, reweight: float = 0.0) -> Maps:
    """The orthogonal map W with the least ‖x W - y‖ for rows x and y (p, d), and its weighting.

    With the singular value decomposition xᵀ y = U S Vᵀ, W is U Vᵀ: it turns each column u of U into the
    column v of V. S / (|x u| |y v|) is how well the spaces correlate in that direction, from 0 to 1.
    """
    left, sizes, right = np.linalg.svd(x.T @ y)
    matrix = left @ right
    if not reweight:
        return Maps(matrix, matrix.T, {})
    lengths = np.linalg.norm(x @ left, axis=0) * np.linalg.norm(y @ right.T, axis=0)
    correlations = np.divide(sizes, lengths, out=np.zeros_like(sizes), where=lengths > 0)
    return Maps(matrix, matrix.T, {}, right.T * correlations**reweight)


def check_same_dim(learner: str, source: Vectors, target: Vectors) -> None:
    """Refuse spaces of two dims.

    Raises:
        DataError: the message names what maps between them.
    """
    if source.dim != target.dim:
        raise DataError(
            f"{learner} turns a space and cannot bring dim {source.dim} to {target.dim}: use Ridge or "
            "LowRank, or fill the rows of the smaller space up with zeros"
        )
