"""`Ridge` and `LowRank`: linear maps between spaces, which may be of different dims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.align.fitting import Maps, PairLearner
from firth.errors import OptionError
from firth.options import check_real, check_whole
from firth.vectors import Vectors

__all__ = ["LowRank", "Ridge"]

Doubles = NDArray[np.float64]
TRIED = tuple(10.0**power for power in np.arange(-6, 2.01, 0.5))
LEAST = 1e-10  # a direction in which x has less of its variance than this is taken for none


@dataclass(frozen=True, kw_only=True)
class Ridge(PairLearner):
    """The linear map with the least squared residuals and a penalty on its size.

    Any map is allowed, not only turns, so that it needs more pairs than `Procrustes` to be better, some times
    the dim; dims may differ. The inverse is no inverse of the matrix, which may not have one, but the same
    map fitted the other way. Hoerl and Kennard 1970, "Ridge Regression", Technometrics 12; for spaces of
    words, Mikolov, Le and Sutskever 2013, "Exploiting Similarities among Languages for Machine Translation".

    Attributes:
        unit: take rows at length 1 first, so that each pair counts the same and angles are what is fitted.
        centre: take the mean of all rows from each space, and add the target's mean to what is mapped.
        penalty: in units of the mean of the squared singular values of the source's rows. None takes, of 17
            from 1e-6 to 100, the one with the least error on pairs that were left out (leave-one-out, in
            closed form: Allen 1974, "The Relationship between Variable Selection and Data Augmentation").

    Raises:
        OptionError: the penalty is negative.
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.penalty is not None:
            check_real("penalty", self.penalty, 0, 1e9)

    def _maps(self, x: Doubles, y: Doubles) -> Maps:
        there, back = self._ridge(x, y), self._ridge(y, x)
        return Maps(there.matrix, back.matrix, _told(there, back))

    def _ridge(self, x: Doubles, y: Doubles) -> Fitted:
        return fitted(x, y, TRIED if self.penalty is None else (self.penalty,))


@dataclass(frozen=True, kw_only=True)
class LowRank(Ridge):
    """A linear map through a few dimensions: the best one of a given rank, with a penalty.

    What the pairs say about further directions is mostly noise where they are few. Reduced-rank regression:
    Izenman 1975, "Reduced-rank Regression for the Multivariate Linear Model"; with a penalty, Mukherjee and
    Zhu 2011, "Reduced Rank Ridge Regression and Its Kernel Extensions". The inverse is fitted the other way,
    as that of `Ridge`.

    Attributes:
        unit, centre, penalty: as in `Ridge`.
        rank: of the map.

    Raises:
        OptionError: the penalty is negative, or the rank is not from 1 to the smaller of the dims.
    """

    rank: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("rank", self.rank, 1, 1_000_000)

    def _check_dims(self, source: Vectors, target: Vectors) -> None:
        most = min(source.dim, target.dim)
        if self.rank > most:
            raise OptionError(f"rank={self.rank} is above {most}, the smaller dim of the two spaces")

    def _maps(self, x: Doubles, y: Doubles) -> Maps:
        there, back = self._ridge(x, y), self._ridge(y, x)
        matrices = [_cut(rows, one.matrix, one.penalty, self.rank) for rows, one in ((x, there), (y, back))]
        return Maps(matrices[0], matrices[1], {**_told(there, back), "rank": self.rank})


class Fitted(NamedTuple):
    """A ridge map (d, e), its penalty in units of x (not of its mean square), and its leave-one-out error:
    the share of the sum of squares of y."""

    matrix: Doubles
    penalty: float
    error: float


def fitted(x: Doubles, y: Doubles, penalties: tuple[float, ...]) -> Fitted:
    """The ridge map of rows x (p, d) to rows y (p, e) with the penalty that does best on pairs left out."""
    squares, directions = np.linalg.eigh(x.T @ x)
    there = squares > LEAST * max(squares[-1], np.finfo(float).tiny)
    squares, directions = squares[there], directions[:, there]
    scale = squares.sum() / x.shape[1]
    scores = x @ directions  # (p, r): the rows in the directions that they have, times their sizes
    pulled = scores.T @ y
    energy = float((y**2).sum()) or 1.0
    best: Fitted | None = None
    for penalty in penalties:
        weights = 1 / (squares + penalty * scale)
        inner = pulled * weights[:, None]
        leverage = np.einsum("pr,r->p", scores**2, weights)
        kept = np.maximum(1 - leverage, 1e-9)  # 0 where a pair determines a direction alone
        error = float((((y - scores @ inner) / kept[:, None]) ** 2).sum()) / energy
        if best is None or error < best.error:
            best = Fitted(directions @ inner, penalty * scale, error)
    if best is None:
        raise OptionError("at least one penalty is needed")
    return best


def _cut(x: Doubles, matrix: Doubles, penalty: float, rank: int) -> Doubles:
    """The ridge map (d, e) of rows x (p, d), kept to the `rank` directions of the target it uses most."""
    gram = matrix.T @ (x.T @ x + penalty * np.eye(x.shape[1])) @ matrix
    used = np.linalg.eigh(gram)[1][:, -rank:]
    cut: Doubles = matrix @ used @ used.T
    return cut


def _told(there: Fitted, back: Fitted) -> dict[str, float]:
    return {
        "penalty": there.penalty,
        "left_out_residual": there.error,
        "penalty_back": back.penalty,
        "left_out_residual_back": back.error,
    }
