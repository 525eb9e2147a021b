"""Where rows are hashed: points made of rows so that near in the sense of a metric means near in the sense of
the hash, and the directions on which they are projected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.index.collisions import stable_probability
from firth.index.readonly import read_only
from firth.neighbours import nearest, row_scales, unit_rows

__all__ = ["HashSpace", "Plan"]

Floats = NDArray[np.float32]

MOST_BITS = 24  # of a slot number: 64 MB of offsets a table
ROWS_A_SLOT = 8  # where the number of bits is not given
_SAMPLE = 64  # rows whose true neighbours are looked at to choose a width
_NEAR = 10  # the neighbour whose distance counts as near
_REACH = 2.0  # a width is so many times the distance of a near row


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is drawn and chosen for a table: see `firth.index.LSH` for the meaning of each."""

    metric: str
    family: str
    tables: int
    bits: int | None
    width: float | None
    center: bool
    seed: int


class HashSpace:
    """Random directions, and how rows become points that are projected on them.

    With the cosine the points are the rows at length 1. With the dot product a row gets one more coordinate,
    so that all points have length 1 and the angle to a query falls with the product (Neyshabur and Srebro
    2015, "On symmetric and asymmetric LSHs for inner product search", section 4). With the euclidean distance
    they are scaled to length 1 at most. If `center` is set they are moved so that their middle is the origin,
    which the hyperplanes pass through: vectors that were learnt lie to one side of their origin, and
    hyperplanes through it part few of them (for 100,000 word vectors at the recall 0.94, 19 % of the rows
    were looked at without, 6 % with it).

    Attributes:
        signs: whether a number of the hash is a sign, or an interval of width 1 (the directions are divided
            by the width).
        bits: how many numbers make the hash of a table.
        slot_bits: slots of a table are counted by so many bits.
        planes: float32, (e, tables · bits), the directions. shifts: float32, (tables · bits,).
        multipliers: int64, (tables, bits).
        middle: float32, (e,), and longest: how points are moved and scaled.
        width: of an interval, in the units of the rows; 0 for signs.
    """

    def __init__(
        self,
        *,
        metric: str,
        signs: bool,
        planes: Floats,
        shifts: Floats,
        multipliers: NDArray[np.int64],
        slot_bits: int,
        middle: Floats,
        longest: float,
        width: float,
    ):
        self.metric = metric
        self.signs = signs
        self.planes, self.shifts = read_only(planes), read_only(shifts)
        self.multipliers = read_only(multipliers)
        self.tables, self.bits = multipliers.shape
        self.slot_bits = slot_bits
        self.middle, self.longest, self.width = middle, longest, width

    @classmethod
    def draw(cls, rows: Floats, plan: Plan) -> Self:
        """The space for rows (n, d), n at least 1; the same for a seed."""
        random = np.random.default_rng(plan.seed)
        middle, longest = _extent(rows, plan.metric, plan.center)
        signs = plan.family == "hyperplane"
        likely = max(1, round(np.log2(max(2, len(rows)) / ROWS_A_SLOT)))
        bits, slot_bits, width = plan.bits or min(likely, MOST_BITS), 0, 0.0
        if signs:
            slot_bits = bits
        else:
            slot_bits = min(MOST_BITS, max(1, int(np.ceil(np.log2(len(rows) + 1)))))
            chosen = rows[random.choice(len(rows), min(_SAMPLE, len(rows)), replace=False)]
            asked = _query_points(chosen, plan.metric, middle, longest)
            points = _points(rows, plan.metric, middle, longest)
            width = plan.width / longest if plan.width else _width(asked, points)
            bits = plan.bits or _bits(asked, points, width)
        count = plan.tables * bits
        dim = rows.shape[1] + (plan.metric == "dot")
        planes = random.standard_normal((dim, count)).astype(np.float32)
        shifts = np.zeros(count, np.float32)
        multipliers = np.tile(np.int64(1) << np.arange(bits, dtype=np.int64), (plan.tables, 1))
        if not signs:
            planes = np.asarray(planes / width, np.float32)
            shifts = random.random(count).astype(np.float32)
            multipliers = random.integers(-(2**62), 2**62, (plan.tables, bits)) | 1
        return cls(
            metric=plan.metric,
            signs=signs,
            planes=planes,
            shifts=shifts,
            multipliers=multipliers,
            slot_bits=slot_bits,
            middle=middle,
            longest=longest,
            width=width * longest,
        )

    def points(self, rows: Floats) -> Floats:
        """The points of rows (n, d) of the index, float32, (n, e)."""
        return _points(rows, self.metric, self.middle, self.longest)

    def query_points(self, queries: Floats) -> Floats:
        """The points of queries (m, d), float32, (m, e)."""
        return _query_points(queries, self.metric, self.middle, self.longest)

    def parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and values for a file."""
        arrays = {
            "planes": self.planes,
            "shifts": self.shifts,
            "multipliers": self.multipliers,
            "middle": self.middle,
        }
        values = {"slot_bits": self.slot_bits, "longest": self.longest, "width": self.width}
        return arrays, values

    @classmethod
    def of_parts(
        cls, metric: str, signs: bool, dim: int, arrays: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Self:
        """What `parts` wrote, checked.

        Raises:
            DataError: it does not fit together.
        """
        planes, shifts = arrays.get("planes"), arrays.get("shifts")
        multipliers, middle = arrays.get("multipliers"), arrays.get("middle")
        there = (
            _is(multipliers, np.int64, 2)
            and _is(planes, np.float32, 2)
            and _is(shifts, np.float32, 1)
            and _is(middle, np.float32, 1)
        )
        if not there:
            raise DataError("an LSH index holds planes, shifts, multipliers and middle, and one is not there")
        tables, bits = multipliers.shape  # type: ignore[union-attr]
        slot_bits, longest, width = (values.get(name) for name in ("slot_bits", "longest", "width"))
        fits = (
            planes.shape == (dim + (metric == "dot"), tables * bits)  # type: ignore[union-attr]
            and shifts.shape == (tables * bits,)  # type: ignore[union-attr]
            and middle.shape == (dim + (metric == "dot"),)  # type: ignore[union-attr]
            and tables >= 1
            and 1 <= bits <= MOST_BITS
            and type(slot_bits) is int
            and 1 <= slot_bits <= MOST_BITS
            and isinstance(longest, float)
            and 0 < longest < np.inf
            and isinstance(width, float)
            and 0 <= width < np.inf
        )
        if signs and fits:  # then a hash is itself the number of a slot
            powers = np.int64(1) << np.arange(bits, dtype=np.int64)
            fits = slot_bits == bits and bool(np.all(multipliers == powers))
        if not fits:
            raise DataError(f"planes, tables and slots of an LSH index of dim {dim} do not fit each other")
        return cls(
            metric=metric,
            signs=signs,
            planes=planes,  # type: ignore[arg-type]
            shifts=shifts,  # type: ignore[arg-type]
            multipliers=multipliers,  # type: ignore[arg-type]
            slot_bits=slot_bits,  # type: ignore[arg-type]
            middle=np.ascontiguousarray(middle),
            longest=longest,  # type: ignore[arg-type]
            width=width,  # type: ignore[arg-type]
        )


def _is(array: Any, dtype: Any, dims: int) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == dtype and array.ndim == dims


def _lengths(rows: Floats, middle: Floats) -> NDArray[np.float64]:
    """The distances of rows from the middle, float64, (n,), in blocks."""
    lengths = np.empty(len(rows))
    for start in range(0, len(rows), 1 << 14):
        block = rows[start : start + (1 << 14)].astype(np.float64) - middle
        lengths[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
    return lengths


def _extent(rows: Floats, metric: str, center: bool) -> tuple[Floats, float]:
    """What points are moved by, float32, (e,), and the length that is scaled to 1."""
    origin = np.zeros(rows.shape[1], np.float32)
    middle = np.asarray(rows.mean(axis=0, dtype=np.float64), np.float32) if center else origin
    if metric == "cosine":
        return middle, 1.0
    longest = float(_lengths(rows, middle if metric == "euclidean" else origin).max()) or 1.0
    if metric == "euclidean":
        return middle, longest
    if center:
        middle = _points(rows, metric, np.zeros(rows.shape[1] + 1, np.float32), longest).mean(axis=0)
    return middle, longest


def _points(rows: Floats, metric: str, middle: Floats, longest: float) -> Floats:
    if metric == "cosine":
        return rows - middle
    if metric == "euclidean":
        moved = np.subtract(rows, middle, dtype=np.float64)
        return np.asarray(moved / longest, np.float32)
    points = np.empty((len(rows), rows.shape[1] + 1), np.float32)
    scaled = rows.astype(np.float64) / longest
    points[:, :-1] = scaled
    points[:, -1] = np.sqrt(np.maximum(0.0, 1.0 - np.einsum("ij,ij->i", scaled, scaled)))
    return points - middle


def _query_points(queries: Floats, metric: str, middle: Floats, longest: float) -> Floats:
    if metric != "dot":
        return _points(queries, metric, middle, longest)
    points = np.zeros((len(queries), queries.shape[1] + 1), np.float32)
    points[:, :-1] = unit_rows(queries)
    return points - middle


def _width(asked: Floats, points: Floats) -> float:
    """A width in which near rows often fall together: some times the median distance of a near row."""
    nobody = np.full((len(asked), 1), -1, np.int64)
    k = min(_NEAR + 1, len(points))  # a row is its own nearest
    _, scores = nearest(
        asked, points, row_scales(points, "euclidean"), metric="euclidean", k=k, excluded=nobody
    )
    near = float(np.median(-scores[:, -1]))
    if near == 0:  # most rows are there several times
        away = -scores[scores < 0]
        near = float(away.max()) if len(away) else 1.0
    return _REACH * near


def _bits(asked: Floats, points: Floats, width: float) -> int:
    """So many numbers that a slot holds few rows that are there by chance."""
    some = points[:: max(1, len(points) // 256)]
    squares = np.square(asked).sum(axis=1)[:, None] + np.square(some).sum(axis=1)
    apart = np.sqrt(np.maximum(0, squares - 2 * asked @ some.T))
    chance = stable_probability(apart, width=width)
    for bits in range(1, MOST_BITS):
        if float(np.mean(chance**bits)) * len(points) <= ROWS_A_SLOT:
            return bits
    return MOST_BITS
