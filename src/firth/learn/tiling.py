"""A sparse table in tiles: the segments of training on pairs, where a segment of a text is a run of tokens.

Rows and columns are cut into bands of like weight. A tile is what a band of rows and a band of columns have
in common: few enough rows of either matrix that they stay in the processor's cache while its pairs are
visited in random order. As most pairs are of frequent words, their bands are narrow; those of rare ones hold
up to WIDEST.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.kernels import glove as kernels
from firth.learn.segments import Segment

__all__ = ["WIDEST", "Tile", "Tiles"]

WIDEST = 1 << 12  # rows of a band, unless there are so many rows that this makes too many bands
_PAIRS = 1 << 16  # pairs of a tile, if all were alike: some 10 ms of work
_BANDS = 1 << 8  # of rows, and of columns, at most: each tile looks for its columns in each of its rows
_STEP = 1 << 22  # pairs looked at together


@dataclass(frozen=True, slots=True)
class Tile(Segment):
    """The pairs of a band of rows with a band of columns.

    Attributes:
        rows, columns: (first, last); last is not in the band.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]


class Tiles:
    """The tiles of a sparse table, in an order drawn anew for each epoch.

    Args:
        starts: int64, (rows + 1,): where the pairs of each row begin in `columns`, and the end.
        columns: int32, the column of each pair, rising in each row.
        width: how many columns there are.
        seed: of the order.
    """

    def __init__(self, starts: NDArray[np.int64], columns: NDArray[np.int32], *, width: int, seed: int):
        self._seed = seed
        weight = np.zeros(width, np.int64)
        for start in range(0, columns.size, _STEP):
            weight += np.bincount(columns[start : start + _STEP], minlength=width)
        self._rows = _bands(starts)
        self._columns = _bands(np.concatenate(([0], np.cumsum(weight))))
        band_of = np.repeat(np.arange(self._columns.size - 1, dtype=np.int32), np.diff(self._columns))
        self._sizes = np.empty((self._rows.size - 1, self._columns.size - 1), np.int64)
        kernels.count_tiles(starts, columns, self._rows, band_of, self._sizes)

    @property
    def largest(self) -> int:
        """How many pairs the largest tile has."""
        return int(self._sizes.max())

    @property
    def across(self) -> int:
        """How many bands of columns there are: in so many tiles a row can be."""
        return self._columns.size - 1

    def in_epoch(self, epoch: int) -> list[Segment]:
        """The tiles that are not empty, in the order of an epoch."""
        order = np.flatnonzero(self._sizes)
        np.random.default_rng((self._seed, 0x711E, epoch)).shuffle(order)
        sizes = self._sizes.reshape(-1)[order]
        stops = np.cumsum(sizes)
        rows, columns = np.divmod(order, self.across)
        return [
            Tile(
                start=stop - size,
                stop=stop,
                offsets=np.array([0, size], np.int64),
                rows=(self._rows[r], self._rows[r + 1]),
                columns=(self._columns[c], self._columns[c + 1]),
            )
            for size, stop, r, c in zip(
                sizes.tolist(), stops.tolist(), rows.tolist(), columns.tolist(), strict=True
            )
        ]


def _bands(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut rows into bands of like weight: where each begins, and the end; int64.

    Args:
        ends: int64, (rows + 1,): the weight of all rows before each one, and of all.
    """
    rows, total = ends.size - 1, int(ends[-1])
    wanted = min(_BANDS, max(1, round((total / _PAIRS) ** 0.5)))
    widest = max(WIDEST, -(-rows // _BANDS))
    bands = [0]
    while bands[-1] < rows:
        first = bands[-1]
        last = int(np.searchsorted(ends, ends[first] + total / wanted, side="right")) - 1
        bands.append(min(rows, max(first + 1, min(last, first + widest))))
    return np.array(bands, np.int64)
