"""`Standardize`, `Normalize`, `Robust`: a column of numbers moved and stretched onto a common scale.

What is learned is learned by scikit-learn's scalers, kept as a few numbers in units of the column, and
applied here, so that a saved model is a file of numbers like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.learn.columnwise import Block, FromColumns, Learnt
from firth.learn.numeric import (
    Missing,
    Numbers,
    block_of,
    check_missing,
    facts_of,
    listed,
    names_of,
    number_in,
    read_numbers,
    split_flag,
    toward_one,
)
from firth.options import check_flag, check_real

__all__ = ["Normalize", "Robust", "Standardize"]

_SMALLEST = float(np.finfo(np.float64).tiny)  # the smallest normal number; a spread below it counts as none


@dataclass(frozen=True, kw_only=True)
class Standardize(FromColumns):
    """A number as how many standard deviations it lies above the mean: (x - mean) / deviation.

    Attributes:
        center: whether the mean is taken off.
        scale: whether to divide by the standard deviation, that of the values there are (divided by n).
        missing: "own", "middle" (the mean) or "error"; see `firth.learn.numeric`.

    Raises:
        OptionError: a value is outside its range.

    A constant column has no deviation and is divided by 1, which the report says. Numbers are those of
    scikit-learn's StandardScaler.

    >>> model = Standardize().fit({"age": [20.0, 30.0, 40.0]})
    >>> model.encode({"age": [30.0, 50.0]}).matrix.astype(float).round(3).tolist()
    [[0.0], [2.449]]
    """

    center: bool = True
    scale: bool = True
    missing: Missing = "own"

    width: ClassVar[int] = 1
    numeric: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_flag("center", self.center)
        check_flag("scale", self.scale)
        check_missing(self.missing)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """Mean and standard deviation."""
        numbers, small, exponent = _read(columns[0], self.missing)
        scaler = require("sklearn.preprocessing", extra="table").StandardScaler().fit(small[:, None])
        deviation, constant = _spread(scaler.scale_[0], exponent, columns[0].name)
        # The mean of n times the same number may miss it by a rounding, which then has no deviation to be
        # measured by.
        mean = small[:1] if (small == small[0]).all() else scaler.mean_
        arrays = {"mean": np.ldexp(mean, exponent), "deviation": deviation}
        return Learnt(arrays=arrays, facts=facts_of(numbers.counts, self.missing, constant=constant))

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """How many deviations above the mean; see `ColumnLearner`."""
        mean, zero, unit = self._scale(learnt)
        numbers = read_numbers(columns[0], self.missing)
        filled = np.where(numbers.absent, mean, numbers.values)
        return block_of(_moved(filled, zero, unit / 2), numbers, learnt=learnt, column=columns[0].name)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The numbers themselves, None where the flag says that there was none."""
        _, zero, unit = self._scale(learnt)
        encoded, absent = split_flag(learnt, matrix)
        return [listed(_moved_back(encoded, zero, unit / 2), absent)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """The name of the column; with a flag, that too."""
        return names_of(learnt, columns, column=columns[0])

    def _scale(self, learnt: Learnt) -> tuple[float, float, float]:
        """The mean, what becomes 0, and how much more than that becomes 1."""
        mean, deviation = number_in(learnt, "mean"), _positive(learnt, "deviation")
        return mean, mean if self.center else 0.0, deviation if self.scale else 1.0


@dataclass(frozen=True, kw_only=True)
class Normalize(FromColumns):
    """A number as its place between the least and the greatest of its column, which become `low` and `high`.

    Attributes:
        low: what the least becomes.
        high: what the greatest becomes.
        clip: whether later values beyond these are put on the border; else they lie outside. The report
            counts them either way.
        missing: "own", "middle" (the mean) or "error"; see `firth.learn.numeric`.

    Raises:
        OptionError: a value is outside its range, or low is not below high.

    A constant column becomes `low`, which the report says. Numbers are those of scikit-learn's MinMaxScaler,
    which takes a range below 2.2e-15 for none, in whatever unit; here only equal numbers are constant. A
    single far value presses all others together: see `Robust` and `Quantile`.

    >>> model = Normalize().fit({"age": [20.0, 30.0, 40.0]})
    >>> model.encode({"age": [25.0, 50.0]}).matrix.tolist()
    [[0.25], [1.5]]
    """

    low: float = 0.0
    high: float = 1.0
    clip: bool = False
    missing: Missing = "own"

    width: ClassVar[int] = 1
    numeric: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", check_real("low", self.low, -1e6, 1e6))
        object.__setattr__(self, "high", check_real("high", self.high, -1e6, 1e6))
        if not self.low < self.high:
            raise OptionError(f"low is below high; low={self.low:g} is not below high={self.high:g}")
        check_flag("clip", self.clip)
        check_missing(self.missing)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The least and the greatest value, and the mean."""
        numbers, small, exponent = _read(columns[0], self.missing)
        scaler = require("sklearn.preprocessing", extra="table").MinMaxScaler().fit(small[:, None])
        found = {"least": scaler.data_min_, "greatest": scaler.data_max_, "mean": small.mean(keepdims=True)}
        arrays = {name: np.ldexp(array, exponent) for name, array in found.items()}
        _, constant = _half_range(arrays["least"][0], arrays["greatest"][0])
        return Learnt(arrays=arrays, facts=facts_of(numbers.counts, self.missing, constant=constant))

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """The place between the least and the greatest; see `ColumnLearner`."""
        least, greatest, half = self._range(learnt)
        numbers = read_numbers(columns[0], self.missing)
        filled = np.where(numbers.absent, number_in(learnt, "mean"), numbers.values)
        matrix = self.low + _moved(filled, least, half) * (self.high - self.low)
        if self.clip:
            matrix = matrix.clip(self.low, self.high)
        outside = int(np.count_nonzero((filled < least) | (filled > greatest)))
        extra = {"outside": outside} if outside else {}
        return block_of(matrix, numbers, learnt=learnt, column=columns[0].name, extra=extra)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The numbers themselves, None where the flag says that there was none; what was clipped stays so."""
        least, _, half = self._range(learnt)
        encoded, absent = split_flag(learnt, matrix)
        return [listed(_moved_back((encoded - self.low) / (self.high - self.low), least, half), absent)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """The name of the column; with a flag, that too."""
        return names_of(learnt, columns, column=columns[0])

    def _range(self, learnt: Learnt) -> tuple[float, float, float]:
        """The least and the greatest value, and half of their distance."""
        least, greatest = number_in(learnt, "least"), number_in(learnt, "greatest")
        if least > greatest:
            raise DataError(
                f"this model cannot encode: its least value {least} is above its greatest {greatest}"
            )
        return least, greatest, _half_range(least, greatest)[0]


@dataclass(frozen=True, kw_only=True)
class Robust(FromColumns):
    """A number as its distance from the median, in units of the distance between two quantiles.

    Attributes:
        low: the lower quantile, in percent.
        high: the upper quantile, in percent. Between 25 and 75 lies the middle half of the values, and what
            lies outside of it does not move the scale, however far it is.
        missing: "own", "middle" (the median) or "error"; see `firth.learn.numeric`.

    Raises:
        OptionError: a value is outside its range, or low is not below high.

    Where the two quantiles are the same, numbers are divided by 1, and the report calls the column constant.
    Numbers are those of scikit-learn's RobustScaler, which takes a distance below 2.2e-15 for none, in
    whatever unit; here one is none below about 1e-14 of the largest number.

    >>> model = Robust().fit({"income": [1.0, 2.0, 3.0, 4.0, 1000.0]})
    >>> model.encode({"income": [1.0, 3.0, 1000.0]}).matrix.tolist()
    [[-1.0], [0.0], [498.5]]
    """

    low: float = 25.0
    high: float = 75.0
    missing: Missing = "own"

    width: ClassVar[int] = 1
    numeric: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", check_real("low", self.low, 0, 100))
        object.__setattr__(self, "high", check_real("high", self.high, 0, 100))
        if not self.low < self.high:
            raise OptionError(f"low is below high; low={self.low:g} is not below high={self.high:g}")
        check_missing(self.missing)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The median and the distance of the quantiles."""
        numbers, small, exponent = _read(columns[0], self.missing)
        preprocessing = require("sklearn.preprocessing", extra="table")
        scaler = preprocessing.RobustScaler(quantile_range=(self.low, self.high)).fit(small[:, None])
        distance, constant = _spread(scaler.scale_[0], exponent, columns[0].name)
        arrays = {"median": np.ldexp(scaler.center_, exponent), "distance": distance}
        return Learnt(arrays=arrays, facts=facts_of(numbers.counts, self.missing, constant=constant))

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """How many units above the median; see `ColumnLearner`."""
        median, distance = number_in(learnt, "median"), _positive(learnt, "distance")
        numbers = read_numbers(columns[0], self.missing)
        filled = np.where(numbers.absent, median, numbers.values)
        return block_of(_moved(filled, median, distance / 2), numbers, learnt=learnt, column=columns[0].name)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The numbers themselves, None where the flag says that there was none."""
        median, distance = number_in(learnt, "median"), _positive(learnt, "distance")
        encoded, absent = split_flag(learnt, matrix)
        return [listed(_moved_back(encoded, median, distance / 2), absent)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """The name of the column; with a flag, that too."""
        return names_of(learnt, columns, column=columns[0])


def _read(column: Column, missing: Missing) -> tuple[Numbers, NDArray[np.float64], int]:
    """A training column: as it was read; its numbers brought toward 1; the exponent that takes them back."""
    numbers = read_numbers(column, missing, learning=True)
    small, exponent = toward_one(numbers.values[~numbers.absent])
    return numbers, small, exponent


def _spread(scale: float, exponent: int, name: str) -> tuple[NDArray[np.float64], bool]:
    """How widely a column is spread, float64, (1,), and whether it is not, which makes it 1.

    Args:
        scale: what scikit-learn's scalers found in the column toward 1. There no spread exceeds 1/2, and a 1
            is their mark of a constant column.
        exponent: that takes it back.
        name: of the column.
    """
    with np.errstate(over="ignore"):
        spread = float(np.ldexp(scale, exponent))
    if not np.isfinite(spread):
        raise DataError(
            f"the column {name!r} spreads wider than a float64 can tell, {np.finfo(np.float64).max:g}; "
            "divide its numbers by 10"
        )
    constant = scale == 1.0 or spread < _SMALLEST
    return np.array([1.0 if constant else spread]), constant


def _half_range(least: float, greatest: float) -> tuple[float, bool]:
    """Half of the distance of two numbers, which is always finite, and whether there is none, which makes it
    half of 1."""
    half = greatest / 2 - least / 2
    return (half, False) if half > 0 else (0.5, True)


def _moved(values: NDArray[np.float64], zero: float, half: float) -> NDArray[np.float64]:
    """(values - zero) / unit as (n, 1), given half of the unit. Halves are exact and their difference is
    finite where that of the numbers may not be."""
    with np.errstate(over="ignore"):
        moved: NDArray[np.float64] = (values / 2 - zero / 2) / half
    return moved[:, None]


def _moved_back(encoded: NDArray[np.float64], zero: float, half: float) -> NDArray[np.float64]:
    """What `_moved` was given, (n,), for (n, 1)."""
    with np.errstate(over="ignore"):
        values: NDArray[np.float64] = 2 * (encoded[:, 0] * half + zero / 2)
    return values


def _positive(learnt: Learnt, name: str) -> float:
    """A number above 0 that was learned."""
    number = number_in(learnt, name)
    if number <= 0:
        raise DataError(f"this model cannot encode: its part {name!r} is {number}, which is not above 0")
    return number
