"""`Scalar`: each number as one of 256 or 16 levels, evenly spaced; scales of a dimension or of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.clipping import best_range
from firth.compress.codec import Bytes, Codec, CodecRecipe, Floats, Scorer
from firth.compress.levels import (
    brain_bits,
    brain_down,
    brain_floats,
    brain_up,
    level_scorer,
    pack,
    packed_width,
    unpack,
)
from firth.errors import DataError, OptionError

__all__ = ["Scalar", "ScalarCodec"]

LARGEST = float(np.finfo(np.float32).max)
TOLD = 8192
"""Of so many rows at most the report of scales of each row tells."""
ENDS = 4
"""Bytes of a row's own low and step: the upper halves of two float32."""

_SHRINK = tuple(0.9**i for i in range(11))  # what is tried of the range of a row, down to a third


@dataclass(frozen=True, kw_only=True)
class Scalar(CodecRecipe):
    """Each number as one of 2^bits levels, evenly spaced from a low to a high end.

    Where no number lies beyond the ends, the mean squared error is step²/12 a number, with a step of
    (high - low) / (2^bits - 1). 8 bits make the rows four times smaller, 4 bits eight times; scales of each
    row take 4 bytes of its code.

    Attributes:
        bits: 8 or 4.
        per: "dimension": ends of each dimension, learnt from the rows that the codec is fitted to; numbers
            of later rows beyond them are clipped, which `tally` counts. "row": each row has its own ends,
            whatever its size; nothing is learnt, and nothing depends on other rows. They are kept with 8 bits
            that count, so that far from 0, where low is large beside the range of the row, the error grows:
            subtract the mean first (Chain with Truncate(how="pca"), or scales of dimensions).
        range: "minmax": from the smallest to the largest number. "calibrated": the ends with the least mean
            squared error (`best_range`), which clips outliers and counts them. It pays most with 4 bits; for
            rows it takes some twenty times as long to encode, and gains little. None becomes "calibrated"
            for dimensions and "minmax" for rows.

    Raises:
        OptionError: an option is none of these.

    >>> import numpy as np
    >>> from firth.compress import Scalar
    >>> rows = np.random.default_rng(0).standard_normal((1000, 64)).astype(np.float32)
    >>> codec = Scalar(bits=8).fit(rows)
    >>> back = codec.decode_rows(codec.encode_rows(rows))
    >>> codec.width, bool(np.square(back - rows).mean() < 1e-3)
    (64, True)
    """

    bits: int = 8
    per: Literal["dimension", "row"] = "dimension"
    range: Literal["minmax", "calibrated"] | None = None

    def __post_init__(self) -> None:
        whole = isinstance(self.bits, int | np.integer) and not isinstance(self.bits, bool)
        if not whole or self.bits not in (4, 8):
            raise OptionError(f"bits is 8 or 4, not {self.bits!r}")
        if self.range is None:
            object.__setattr__(self, "range", "calibrated" if self.per == "dimension" else "minmax")
        for name, allowed in (("per", ("dimension", "row")), ("range", ("minmax", "calibrated"))):
            if getattr(self, name) not in allowed:
                one, other = allowed
                raise OptionError(f"{name} is {one!r} or {other!r}, not {getattr(self, name)!r}")

    def _fit(self, rows: Floats, metric: str, run: Any) -> ScalarCodec:
        low = step = np.empty(0, np.float32)
        if self.per == "dimension":
            low, step = _column_scales(rows, self)
        codec = ScalarCodec(self, rows.shape[1], low=low, step=step)
        if self.per == "row":  # nothing is learnt: some rows are enough to tell what to expect
            rows = rows[:: -(-len(rows) // TOLD)]
            codes, counts = codec._encode_counted(rows)
            step = codec.row_ends(codes)[1]
        else:
            counts = codec.tally(rows)
        codec.report = {**counts, "step_error": float(np.mean(np.square(step, dtype=np.float64)) / 12)}
        return codec


class ScalarCodec(Codec):
    """Levels of a byte, or two in a byte; of rows with their own scales behind low and step of the row.

    Args:
        low, step: float32, (d,): level c of a dimension stands for low + step · c. Empty where each row
            carries its own.
    """

    recipe_type = Scalar
    recipe: Scalar

    def __init__(
        self,
        recipe: Scalar,
        dim: int,
        *,
        low: Floats,
        step: Floats,
        report: Mapping[str, Any] | None = None,
    ):
        super().__init__(recipe, dim, report=report)
        self.low, self.step = low, step
        self.top = 2**recipe.bits - 1
        self._first = ENDS if recipe.per == "row" else 0

    @property
    def width(self) -> int:
        return self._first + packed_width(self.dim, self.recipe.bits)

    def parts(self) -> dict[str, NDArray[Any]]:
        return {} if self._first else {"low": self.low, "step": self.step}

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        named = () if recipe.per == "row" else ("low", "step")
        if set(parts) != set(named):
            raise DataError(
                f"Scalar per {recipe.per} has the parts {', '.join(named) or 'none'}, "
                f"not {', '.join(sorted(parts)) or 'none'}"
            )
        scales = [np.array(parts[name]) for name in named] or [np.empty(0, np.float32)] * 2
        for name, scale in zip(named, scales, strict=False):
            if scale.dtype != np.float32 or scale.shape != (dim,) or not np.isfinite(scale).all():
                raise DataError(
                    f"the part {name!r} of Scalar is float32 ({dim},) and finite, not {scale.dtype} of "
                    f"shape {scale.shape}"
                )
        (low, step), top = scales, 2**recipe.bits - 1
        if (step < 0).any() or (low + step.astype(np.float64) * top > LARGEST * (1 + 1e-6)).any():
            raise DataError("the part 'step' of Scalar has steps that are negative or lead beyond all floats")
        return cls(recipe, dim, low=low, step=step, report=report)

    def row_ends(self, codes: Bytes) -> tuple[Floats, Floats]:
        """Low and step, float32, (n,), of codes whose rows carry their own."""
        return brain_floats(codes[:, 0:2]), brain_floats(codes[:, 2:4])

    def tally(self, rows: Floats) -> dict[str, int]:
        """How many numbers of rows (n, d) there are ("numbers"), and how many are clipped ("saturated"):
        those more than half a step beyond the ends."""
        return self._tally(rows, *self._ends(rows))

    def _ends(self, rows: Floats) -> tuple[Floats, Floats]:
        """Low and step of the dimensions, (d,), or of these rows, (n,)."""
        return _row_scales(rows, self.recipe, self.top) if self._first else (self.low, self.step)

    def _tally(self, rows: Floats, low: Floats, step: Floats) -> dict[str, int]:
        if self._first:
            low, step = low[:, None], step[:, None]
        wide, half = step.astype(np.float64), step.astype(np.float64) / 2
        beyond = (rows < low - half) | (rows > low + wide * self.top + half)
        return {"numbers": int(rows.size), "saturated": int(np.count_nonzero(beyond))}

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        return level_scorer(self, queries, metric)

    def levels(self, codes: Bytes) -> tuple[Bytes, int]:
        """The levels, uint8, read-only, and the column in which those of the first dimension stand."""
        if self.recipe.bits == 8:
            found = np.ascontiguousarray(codes).view()
            found.flags.writeable = False  # kernels are compiled once, for arrays that are not written
            return found, self._first
        return unpack(codes[:, self._first :], self.dim), 0

    def _encode(self, rows: Floats) -> Bytes:
        return self._coded(rows, *self._ends(rows))

    def _encode_counted(self, rows: Floats) -> tuple[Bytes, dict[str, int]]:
        ends = self._ends(rows)
        return self._coded(rows, *ends), self._tally(rows, *ends)

    def _coded(self, rows: Floats, low: Floats, step: Floats) -> Bytes:
        from firth.kernels.scalar import levels_by_column, levels_by_row

        levels = np.empty(rows.shape, np.uint8)
        if not self._first:
            levels_by_column(rows, low.astype(np.float64), _inverse(step), float(self.top), levels)
            return levels if self.recipe.bits == 8 else pack(levels)
        levels_by_row(rows, low.astype(np.float64), _inverse(step), float(self.top), levels)
        codes = np.empty((len(rows), self.width), np.uint8)
        codes[:, 0:2], codes[:, 2:4] = brain_bits(low), brain_bits(step)
        codes[:, ENDS:] = levels if self.recipe.bits == 8 else pack(levels)
        return codes

    def _decode(self, codes: Bytes) -> Floats:
        levels, first = self.levels(codes)
        low, step = self.row_ends(codes) if self._first else (self.low, self.step)
        return _numbers(levels, first, low, step, self.recipe)


def _numbers(levels: Bytes, first: int, low: Floats, step: Floats, recipe: Scalar) -> Floats:
    """The numbers, float32, (n, d), of read-only levels from column `first` on."""
    from firth.kernels.scalar import column_values, row_values

    by_row, top = recipe.per == "row", 2**recipe.bits - 1
    rows = np.empty((len(levels), levels.shape[1] - first), np.float32)
    if (step <= LARGEST / top).all():
        (row_values if by_row else column_values)(levels, first, low, step, rows)
        return rows
    # Ranges that are wider than the largest float, and may end just beyond it.
    if by_row:
        low, step = low[:, None], step[:, None]
    with np.errstate(invalid="ignore"):  # the bytes of a damaged file may be no number
        wide = low + step.astype(np.float64) * levels[:, first:]
    return np.clip(wide, -LARGEST, LARGEST).astype(np.float32)


def _column_scales(rows: Floats, recipe: Scalar) -> tuple[Floats, Floats]:
    """Low and step of each dimension."""
    top = 2**recipe.bits - 1
    if recipe.range == "calibrated":
        low, high = best_range(rows, top)
    else:
        low, high = rows.min(axis=0).astype(np.float64), rows.max(axis=0).astype(np.float64)
    begin = low.astype(np.float32)
    return begin, np.maximum((high - begin) / top, 0).astype(np.float32)


def _row_scales(rows: Floats, recipe: Scalar, top: int) -> tuple[Floats, Floats]:
    """Low and step of each row, float32 with 16 bits that count, low rounded down and step up."""
    low, high = rows.min(axis=1).astype(np.float64), rows.max(axis=1).astype(np.float64)
    if recipe.range == "minmax":
        return _row_ends(low, high, top)
    from firth.kernels.scalar import losses_by_row

    best, loss = np.full(len(rows), np.inf), np.empty(len(rows), np.float64)
    lows, steps = np.empty(len(rows), np.float32), np.empty(len(rows), np.float32)
    for share in _SHRINK:
        middle, half = (low + high) / 2, (high - low) / 2 * share
        begin, step = _row_ends(middle - half, middle + half, top)
        losses_by_row(
            rows, begin.astype(np.float64), step.astype(np.float64), _inverse(step), float(top), loss
        )
        better = loss < best
        best[better], lows[better], steps[better] = loss[better], begin[better], step[better]
    return lows, steps


def _inverse(step: Floats) -> NDArray[np.float64]:
    """1 / step, and 0 for the step 0 of numbers that are all equal."""
    wide = step.astype(np.float64)
    return np.divide(1.0, wide, out=np.zeros(len(step)), where=wide > 0)


def _row_ends(low: NDArray[np.float64], high: NDArray[np.float64], top: int) -> tuple[Floats, Floats]:
    begin = brain_down(low.astype(np.float32))
    return begin, brain_up(((high - begin) / top).astype(np.float32))
