"""`Periodic`: what comes round again, such as hours, weekdays and angles, as points on a circle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError, OptionError
from firth.learn.columnwise import Block, FromColumns, Learnt
from firth.learn.numeric import (
    Missing,
    Numbers,
    block_of,
    check_missing,
    facts_of,
    listed,
    names_of,
    read_numbers,
    refuse_missing,
    split_flag,
)
from firth.options import check_real, check_whole

__all__ = ["Periodic"]

_CENTRE = 1e-6  # a point nearer to the centre of the circle than this points nowhere


class _Unit(NamedTuple):
    """What is counted: how many there are until it begins again, the first of them, whether they are whole,
    and how they are read from times (datetime64[us]); None for what times do not have."""

    period: float
    first: int
    whole: bool
    of_times: Callable[[NDArray[np.datetime64]], NDArray[np.float64]] | None


_SECOND = 1_000_000  # microseconds
_HOUR, _DAY = 3600 * _SECOND, 86_400 * _SECOND


def _since(begin: int, part: int) -> Callable[[NDArray[np.datetime64]], NDArray[np.float64]]:
    """Reads how much has gone by since the last whole hour or day, counted in parts of it."""

    def read(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
        gone: NDArray[np.float64] = times.astype(np.int64) % begin / part  # rounds down, before 1970 too
        return gone

    return read


def _weekday(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    days = times.astype("M8[D]").astype(np.int64)
    weekday: NDArray[np.float64] = ((days + 3) % 7).astype(np.float64)  # 1970 began on a Thursday
    return weekday


def _month(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    months = times.astype("M8[M]").astype(np.int64)
    month: NDArray[np.float64] = (months % 12 + 1).astype(np.float64)
    return month


def _day_of_year(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    days = times.astype("M8[D]") - times.astype("M8[Y]").astype("M8[D]")
    day: NDArray[np.float64] = (days.astype(np.int64) + 1).astype(np.float64)
    return day


_UNITS: dict[str, _Unit] = {
    "minute": _Unit(60, 0, False, _since(_HOUR, 60 * _SECOND)),
    "hour": _Unit(24, 0, False, _since(_DAY, _HOUR)),
    "weekday": _Unit(7, 0, True, _weekday),
    "month": _Unit(12, 1, True, _month),
    "yearday": _Unit(366, 1, True, _day_of_year),
    "angle": _Unit(360, 0, False, None),
    "radian": _Unit(2 * np.pi, 0, False, None),
}


@dataclass(frozen=True, kw_only=True)
class Periodic(FromColumns):
    """A number that begins anew after each period, as sine and cosine of its place in it.

    Attributes:
        unit: what a column of numbers counts, or what is taken of a column of times:

            - "minute": minutes of the hour, 0 to 60, with their fractions;
            - "hour": hours since midnight, 0 to 24, with their fractions;
            - "weekday": 0 for Monday to 6 for Sunday;
            - "month": 1 for January to 12;
            - "yearday": the day of the year, 1 to 366;
            - "angle": degrees; "radian": radians; both of numbers only.
        period: after how much a column of numbers begins anew, where that is none of these units. One of
            unit and period is given.
        harmonics: how many sines and cosines; the k-th goes k times round in a period, so that a linear model
            can tell a narrow part of it.
        missing: "own", "middle" (the centre of the circle, 0 and 0) or "error"; see `firth.learn.numeric`.

    Raises:
        OptionError: a value is outside its range, or both or none of unit and period are given.

    Hour 23 and hour 0 are as near as hour 0 and hour 1. Times of a zone are read in UTC.

    >>> model = Periodic(unit="hour").fit({"hour": [0, 6]})
    >>> model.encode({"hour": [0, 6, 24]}).matrix.round(3).tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """

    unit: Literal["minute", "hour", "weekday", "month", "yearday", "angle", "radian"] | None = None
    period: float | None = None
    harmonics: int = 1
    missing: Missing = "own"

    width: ClassVar[int] = 1
    numeric: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.unit is not None and not (isinstance(self.unit, str) and self.unit in _UNITS):
            raise OptionError(f"unit is one of {', '.join(map(repr, _UNITS))} or None, not {self.unit!r}")
        if (self.unit is None) == (self.period is None):
            raise OptionError(
                f"give unit or period, and one of them: unit={self.unit!r}, period={self.period!r}; such as "
                "Periodic(unit='hour') or Periodic(period=24)"
            )
        if self.period is not None:
            period = check_real("period", self.period, 0, 1e100, above=True)
            object.__setattr__(self, "period", period)
        object.__setattr__(self, "harmonics", check_whole("harmonics", self.harmonics, 1, 1000))
        check_missing(self.missing)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """Whether values are missing; a circle is known beforehand."""
        return Learnt(facts=facts_of(self._read(columns[0]).counts, self.missing))

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Points on the circle; see `ColumnLearner`."""
        numbers = self._read(columns[0])
        # The remainder is exact, so that the millionth period is as good as the first.
        turn = np.mod(numbers.values, self._unit.period) / self._unit.period * (2 * np.pi)
        turns = turn[:, None] * np.arange(1, self.harmonics + 1)
        points = np.stack([np.sin(turns), np.cos(turns)], axis=2).reshape(len(turn), -1)
        points[numbers.absent] = 0.0
        return block_of(points, numbers, learnt=learnt, column=columns[0].name)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """The number within the first period that lies in the direction of the first sine and cosine, None
        at the centre and where the flag says that there was none; of times, the part that was taken."""
        encoded, absent = split_flag(learnt, matrix)
        sine, cosine = encoded[:, 0], encoded[:, 1]
        period, first, whole, _ = self._unit
        values = np.arctan2(sine, cosine) / (2 * np.pi) * period
        if whole:
            values = np.rint(values)
        values = np.mod(values - first, period) + first
        values[values >= period + first] = first  # the remainder of -1e-20 is rounded up to the whole period
        return [listed(values, absent | (np.hypot(sine, cosine) < _CENTRE))]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "start hour sin", "start hour cos", then "start hour sin 2", …; with a flag, that too."""
        what = f"{columns[0]} {self.unit}" if self.unit else columns[0]
        names = [
            f"{what} {function}{f' {k}' if k > 1 else ''}"
            for k in range(1, self.harmonics + 1)
            for function in ("sin", "cos")
        ]
        return names_of(learnt, names, column=columns[0])

    @property
    def _unit(self) -> _Unit:
        if self.unit is not None:
            return _UNITS[self.unit]
        return _Unit(self.period or 1.0, 0, False, None)

    def _read(self, column: Column) -> Numbers:
        """The numbers of a column, or what the unit takes of its times.

        Raises:
            DataError: it holds neither, or times for a unit that times do not have.
        """
        if column.kind != "time":
            return read_numbers(column, self.missing)
        of_times = self._unit.of_times
        if of_times is None:
            units = ", ".join(repr(name) for name, unit in _UNITS.items() if unit.of_times)
            asked = f"unit={self.unit!r}" if self.unit else f"period={self.period:g}"
            raise DataError(
                f"the column {column.name!r} holds times, of which {asked} takes nothing; give as unit one "
                f"of {units}"
            )
        times = column.times()
        absent = np.isnat(times)
        refuse_missing(absent, column.name, self.missing)
        values = np.full(times.size, np.nan)
        values[~absent] = of_times(times[~absent])
        return Numbers(values=values, absent=absent, rounded=0)
