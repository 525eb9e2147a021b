"""`LatLong`: places on the earth as points of the unit sphere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError
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
    split_flag,
)

__all__ = ["LatLong"]

_CENTRE = 1e-6  # a point nearer to the centre of the earth than this lies below no place


@dataclass(frozen=True, kw_only=True)
class LatLong(FromColumns):
    """Latitude and longitude, two columns in this order, in degrees, as x, y and z on the unit sphere.

    Attributes:
        missing: "own", "middle" (the centre of the earth, 0, 0 and 0) or "error"; see `firth.learn.numeric`.
            A place of which one number is missing is missing.

    Raises:
        OptionError: missing is none of these words.

    x points to 0° N 0° E, y to 0° N 90° E, z to the north pole. The euclidean distance c of two points is the
    straight way through the earth; the way on its surface is 2 · 6,371 km · asin(c / 2). Differences of
    degrees are no distances: a degree of longitude is 111 km at the equator and nothing at the poles, and
    179.9° E is beside 179.9° W.

    Latitudes go from -90 to 90, longitudes from -180 to 180 or from 0 to 360; they come back as -180 to 180.

    >>> model = LatLong().fit({"lat": [0.0, 90.0], "lon": [180.0, 0.0]})
    >>> model.encode({"lat": [0.0, 90.0], "lon": [180.0, 0.0]}).matrix.round(3).tolist()
    [[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """

    missing: Missing = "own"

    width: ClassVar[int] = 2
    numeric: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_missing(self.missing)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """Whether places are missing; the sphere is known beforehand."""
        latitude, _ = self._read(columns)
        return Learnt(facts=facts_of(latitude.counts, self.missing))

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Points on the unit sphere; see `ColumnLearner`."""
        latitude, longitude = self._read(columns)
        up, around = np.radians(latitude.values), np.radians(longitude.values)
        points = np.column_stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])
        points[latitude.absent] = 0.0
        return block_of(points, latitude, learnt=learnt, column=columns[0].name)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """Latitudes and longitudes in degrees of the places that the points lie below or above, None at the
        centre and where the flag says that there was no place."""
        encoded, absent = split_flag(learnt, matrix)
        x, y, z = encoded.T
        level = np.hypot(x, y)
        absent |= np.hypot(level, z) < _CENTRE
        latitude, longitude = np.degrees(np.arctan2(z, level)), np.degrees(np.arctan2(y, x))
        return [listed(latitude, absent), listed(longitude, absent)]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "lat,lon x", "lat,lon y" and "lat,lon z"; with a flag, that too."""
        place = ",".join(columns)
        return names_of(learnt, [f"{place} {axis}" for axis in "xyz"], column=place)

    def _read(self, columns: Sequence[Column]) -> tuple[Numbers, Numbers]:
        """Latitudes and longitudes, both absent where one is.

        Raises:
            DataError: a number is missing where that is an error, or lies beyond the poles or the whole turn.
        """
        latitude, longitude = (read_numbers(column, self.missing) for column in columns)
        _check_range(latitude.values, columns[0].name, "a latitude", -90, 90)
        _check_range(longitude.values, columns[1].name, "a longitude", -180, 360)
        absent = latitude.absent | longitude.absent
        read = [Numbers(values=numbers.values, absent=absent, rounded=0) for numbers in (latitude, longitude)]
        return read[0], read[1]


def _check_range(values: NDArray[np.float64], name: str, what: str, low: int, high: int) -> None:
    outside = (values < low) | (values > high)  # false for NaN
    if outside.any():
        row = int(np.argmax(outside))
        raise DataError(
            f"the column {name!r} holds {values[row]:g} in row {row}, which is not {what} in degrees "
            f"({low} to {high}); is it in another unit, or are latitude and longitude exchanged?"
        )
