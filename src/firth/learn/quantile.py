"""`Quantile`: a number as its rank among those of training, whatever their distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.learn.columnwise import Block, FromColumns, Learnt
from firth.learn.numeric import (
    Missing,
    block_of,
    check_missing,
    facts_of,
    listed,
    names_of,
    read_numbers,
    split_flag,
    toward_one,
)
from firth.options import check_whole

__all__ = ["Quantile"]

# The shares 0 and 1 would lie infinitely far out on a normal curve. Like scikit-learn, we end it at the share
# 1e-7, 5.2 deviations from the middle.
_END = 1e-7 - float(np.spacing(1.0))
_NEAR_END = 1.1e-7  # _END and what float32 makes of its point


@dataclass(frozen=True, kw_only=True)
class Quantile(FromColumns):
    """A number as the share of the training numbers that lie below it, or as the point on a normal curve that
    has this share below it.

    Attributes:
        levels: how many quantiles are kept; between them, numbers are interpolated. At most as many as there
            are numbers.
        shape: "uniform" gives the share, from 0 to 1; "normal" a number from -5.2 to 5.2, of mean 0 and
            deviation 1.
        missing: "own", "middle" (the median) or "error"; see `firth.learn.numeric`.

    Raises:
        OptionError: a value is outside its range.

    However far a value lies out, it is one rank further; numbers beyond those of training become 0 or 1 (or
    -5.2 or 5.2), and the report counts them. A constant column becomes 0, which the report says too.
    Numbers are those of scikit-learn's QuantileTransformer with all rows, but for two things: on a normal
    curve, that takes numbers within 1e-7 of the ends for the ends, whatever the scale of the column, and
    puts a constant column at -5.2.

    >>> model = Quantile(levels=5).fit({"income": [1.0, 2.0, 3.0, 4.0, 1000.0]})
    >>> model.encode({"income": [1.0, 2.5, 502.0, 5000.0]}).matrix.tolist()
    [[0.0], [0.375], [0.875], [1.0]]
    """

    levels: int = 1000
    shape: Literal["uniform", "normal"] = "uniform"
    missing: Missing = "own"

    width: ClassVar[int] = 1
    numeric: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", check_whole("levels", self.levels, 2, 1_000_000))
        if self.shape not in ("uniform", "normal"):
            raise OptionError(f"shape is 'uniform' or 'normal', not {self.shape!r}")
        check_missing(self.missing)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The quantiles."""
        numbers = read_numbers(columns[0], self.missing, learning=True)
        small, exponent = toward_one(numbers.values[~numbers.absent])
        preprocessing = require("sklearn.preprocessing", extra="table")
        levels = min(self.levels, small.size)
        scaler = preprocessing.QuantileTransformer(n_quantiles=levels, subsample=None).fit(small[:, None])
        quantiles = np.ldexp(scaler.quantiles_[:, 0], exponent)
        constant = bool(quantiles[0] == quantiles[-1])
        return Learnt(
            arrays={"quantiles": quantiles}, facts=facts_of(numbers.counts, self.missing, constant=constant)
        )

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """The share below, or its point on a normal curve; see `ColumnLearner`."""
        quantiles = _quantiles(learnt)
        numbers = read_numbers(columns[0], self.missing)
        low, high = quantiles[0], quantiles[-1]
        filled = np.where(numbers.absent, _median(quantiles), numbers.values)
        share = _share(filled, quantiles)
        if self.shape == "normal":
            share = _on_a_normal_curve(share)
        if low == high:
            share[filled == low] = 0.0
        outside = int(np.count_nonzero((filled < low) | (filled > high)))
        extra = {"outside": outside} if outside else {}
        return block_of(share[:, None], numbers, learnt=learnt, column=columns[0].name, extra=extra)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The numbers that have these shares below them, None where the flag says that there was none."""
        quantiles = _quantiles(learnt)
        encoded, absent = split_flag(learnt, matrix)
        share = encoded[:, 0]
        if self.shape == "normal":
            from scipy.special import ndtr

            share = ndtr(share)
            # What stands at an end came from there, or from beyond.
            share = np.where(share < _NEAR_END, 0.0, np.where(share > 1 - _NEAR_END, 1.0, share))
        values = 2 * np.interp(share, _shares(quantiles), quantiles / 2)
        return [listed(values, absent)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """The name of the column; with a flag, that too."""
        return names_of(learnt, columns, column=columns[0])


def _share(values: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of training numbers below each value, float64, (n,).

    Where many training numbers are the same, several quantiles are, and the share is the middle of theirs:
    the mean of interpolating upward and downward. Halves cannot overflow on the way.
    """
    shares, half, values_half = _shares(quantiles), quantiles / 2, values / 2
    upward = np.interp(values_half, half, shares)
    downward = np.interp(-values_half, -half[::-1], -shares[::-1])
    share: NDArray[np.float64] = (upward - downward) / 2
    share[values >= quantiles[-1]] = 1.0
    share[values <= quantiles[0]] = 0.0
    return share


def _shares(quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of training numbers below each quantile, float64, from 0 to 1."""
    return np.linspace(0.0, 1.0, quantiles.size)


def _median(quantiles: NDArray[np.float64]) -> float:
    return float(2 * np.interp(0.5, _shares(quantiles), quantiles / 2))


def _on_a_normal_curve(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers that have these shares of a normal distribution below them, ended at both sides."""
    from scipy.special import ndtri

    end: float = ndtri(1 - _END)
    points: NDArray[np.float64] = ndtri(share)
    return points.clip(ndtri(_END), end)


def _quantiles(learnt: Learnt) -> NDArray[np.float64]:
    """The quantiles that were learned: float64, (levels,), finite, not falling."""
    quantiles = learnt.arrays.get("quantiles")
    if (
        quantiles is None
        or quantiles.ndim != 1
        or not quantiles.size
        or quantiles.dtype != np.float64
        or not np.isfinite(quantiles).all()
        or (np.diff(quantiles / 2) < 0).any()
    ):
        raise DataError("this model cannot encode: its part 'quantiles' is no rising row of finite float64")
    return quantiles
