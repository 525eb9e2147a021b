"""`Binary`: one bit a dim, scored against whole queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Bytes, Codec, CodecRecipe, Floats, Scorer
from firth.compress.itq import learn_rotation
from firth.compress.linear import check_reach
from firth.compress.scores import distances, inverse, power_of, scaled, single, squares_of
from firth.compress.stated import take_parts
from firth.compress.truncate import check_orthonormal
from firth.errors import DataError, OptionError
from firth.kernels.bits import hamming, pack_signs, table_scores
from firth.kernels.project import project
from firth.neighbours import unit_rows
from firth.options import check_whole
from firth.run import Run

__all__ = ["Binary", "BinaryCodec"]

HOWS = ("sign", "threshold", "itq")
_SIDES = (np.arange(256)[:, None] >> np.arange(7, -1, -1)) & 1  # the bits of each byte, (256, 8)


@dataclass(frozen=True, kw_only=True)
class Binary(CodecRecipe):
    """A bit for each dim: 1/32 of the bytes.

    `how="sign"` asks of each number whether it is above 0. `how="threshold"` learns what to ask: is it above
    the median (or mean) of its dim, so that both answers are as likely and a bit tells most. `how="itq"`
    first turns the centred rows so that the corners of a cube lie as near to them as they can (Gong and
    Lazebnik 2011, "Iterative Quantization: A Procrustean Approach to Learning Binary Codes", CVPR): dims that
    go together, or vary little, no longer waste their bits.

    A bit is decoded to the mean of the numbers that had it, dim by dim, which is the value of the least
    squared error. Scores compare the query as it is with decoded rows, by looking up what each byte of a code
    adds; `BinaryCodec.hamming` compares two codes instead, which is faster and less exact.

    Attributes:
        how: "sign", "threshold" or "itq".
        bits: with "itq", how many, at most the dim: the directions of the most variance; None means the dim.
        threshold: with "threshold", "median" or "mean".
        iterations: with "itq", how many turns at most; it ends before where they change nothing.

    >>> import numpy as np
    >>> from firth.compress import Binary
    >>> rows = np.array([[1.0, -2.0], [3.0, 2.0], [-1.0, 4.0], [-3.0, -4.0]], np.float32)
    >>> codec = Binary().fit(rows)
    >>> codec.width, codec.decode_rows(codec.encode_rows(rows)).tolist()
    (1, [[2.0, -3.0], [2.0, 3.0], [-2.0, 3.0], [-2.0, -3.0]])
    """

    how: str = "sign"
    bits: int | None = None
    threshold: str = "median"
    iterations: int = 50

    def __post_init__(self) -> None:
        if self.how not in HOWS:
            raise OptionError(f"how is one of {', '.join(HOWS)}, not {self.how!r}")
        if self.bits is not None:
            check_whole("bits", self.bits, 1, 2**31 - 1)
            if self.how != "itq":
                raise OptionError(f"bits is of how='itq'; {self.how!r} has a bit for each dim")
        if self.threshold not in ("median", "mean"):
            raise OptionError(f"threshold is 'median' or 'mean', not {self.threshold!r}")
        check_whole("iterations", self.iterations, 1, 10_000)
        for name, how in (("threshold", "threshold"), ("iterations", "itq")):
            if self.how != how and getattr(self, name) != getattr(type(self), name):
                raise OptionError(
                    f"{name} is of how={how!r}; {self.how!r} has none, not {getattr(self, name)!r}"
                )

    def bits_of(self, dim: int) -> int:
        """The bits of the code of a row of so many dims. Raises DataError where there are fewer dims."""
        if self.bits is not None and self.bits > dim:
            raise DataError(f"rows of dim {dim} have at most {dim} bits, not {self.bits}; set fewer bits")
        return dim if self.bits is None else self.bits

    def _fit(self, rows: Floats, metric: str, run: Run) -> BinaryCodec:
        bits, parts = self.bits_of(rows.shape[1]), {}
        report: dict[str, Any] = {}
        if self.how == "threshold":
            middle = np.median(rows, axis=0) if self.threshold == "median" else rows.mean(axis=0, dtype="f8")
            parts["offset"] = np.asarray(middle, np.float32)
        elif self.how == "itq":
            parts["offset"], parts["rotation"], report = learn_rotation(
                rows, bits, iterations=self.iterations, seed=run.seed
            )
        turned = _turn(rows, parts.get("offset"), parts.get("rotation"))
        parts["levels"] = _levels(turned)
        return BinaryCodec(self, rows.shape[1], parts, report)


class BinaryCodec(Codec):
    """Codes of bits, the first of eight the highest of its byte; what is left of the last byte is 0.

    With "itq" its report says how many turns were made ("iterations"), of how many rows ("turned"), and the
    share of the variance that is lost between rows and corners before and after them ("error_before",
    "error_after").
    """

    recipe_type = Binary
    recipe: Binary

    def __init__(
        self, recipe: Binary, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ):
        super().__init__(recipe, dim, report=report)
        self._parts = dict(parts)
        self.levels: Floats = self._parts["levels"]
        self.offset: Floats | None = self._parts.get("offset")
        self.rotation: Floats | None = self._parts.get("rotation")
        self.bits = recipe.bits_of(dim)

    @property
    def width(self) -> int:
        return -(-self.bits // 8)

    def parts(self) -> dict[str, NDArray[Any]]:
        return dict(self._parts)

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        bits = recipe.bits_of(dim)
        wanted: dict[str, tuple[Any, tuple[int, ...]]] = {"levels": (np.float32, (2, bits))}
        if recipe.how != "sign":
            wanted["offset"] = (np.float32, (dim,))
        if recipe.how == "itq":
            wanted["rotation"] = (np.float32, (bits, dim))
        taken = take_parts(parts, wanted, what="Binary")
        if (taken["levels"][0] > taken["levels"][1]).any():
            raise DataError("the part 'levels' of Binary decodes a 0 to more than a 1")
        if recipe.how == "itq":
            check_orthonormal(taken["rotation"], what="the part 'rotation' of Binary")
        return cls(recipe, dim, taken, report)

    def hamming(self, a: Bytes, b: Bytes) -> NDArray[np.int32]:
        """In how many bits each of the codes (m, width) differs from each of (n, width): int32, (m, n)."""
        for codes in (a, b):
            if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != self.width:
                raise DataError(
                    f"codes of {codes.dtype} and shape {codes.shape} do not fit a codec of "
                    f"{self.width} bytes a row"
                )
        counted = np.packbits(np.arange(8 * self.width) < self.bits)
        out = np.empty((len(a), len(b)), np.int32)
        hamming(np.ascontiguousarray(a & counted), np.ascontiguousarray(b & counted), out)
        return out

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        """The scores of decoded rows, without decoding: a look-up and a sum for each byte of a code.

        A decoded row is o + Uᵀ y, with y one of two levels a dim and orthonormal rows U; so q·x is
        q·o + Σ (U q)ⱼ yⱼ, and |x|² is Σ (yⱼ + (U o)ⱼ)² and what of o is outside U: sums over bits, and thus
        over bytes, whose 256 values are added up beforehand.
        """
        if metric == "euclidean":
            return self._distances(queries)
        left = unit_rows(queries) if metric == "cosine" else queries
        unit = power_of(max(float(np.abs(part).max()) for part in (self.levels, self._origin)))
        levels, origin = self.levels / np.float64(unit), self._origin / np.float64(unit)
        weights, powers = scaled(self._along(left))
        products = _byte_tables(weights[:, None, :] * levels)
        shift = (left.astype(np.float64) @ origin)[:, None]
        inside = self._along(origin[None])
        outside = float(squares_of(origin[None] - self._across(inside))[0])
        squares = _byte_tables(np.square(levels + inside)[None])
        units = single(np.asarray(1.0 if metric == "cosine" else unit))

        def scores(codes: Bytes) -> Floats:
            codes = np.ascontiguousarray(codes)
            product = np.empty((len(left), len(codes)), np.float32)
            table_scores(products, codes, product)
            found = single(product * powers + shift)
            if metric == "dot":
                with np.errstate(over="ignore", invalid="ignore"):
                    return found * units
            norms = np.empty((1, len(codes)), np.float32)
            table_scores(squares, codes, norms)
            return found * inverse(np.sqrt(norms + outside))

        return scores

    def _distances(self, queries: Floats) -> Scorer:
        """Distances to the corners of a box, the decoded rows, from the middle of the box.

        With y = middle ± half, |q - x|² is what of q - o is outside U, and |w|² + |half|² - 2 Σ ± wⱼ halfⱼ
        with w = U (q - o) - middle: no length is larger than query and box are apart.
        """
        moved = queries - self._origin.astype(np.float64)
        along = self._along(moved)
        outside = moved - self._across(along)
        away = along - self.levels.mean(axis=0, dtype=np.float64)
        half = (self.levels[1] - self.levels[0].astype(np.float64)) / 2
        own = np.square(outside).sum(axis=1) + np.square(away).sum(axis=1)
        others = float(np.square(half).sum())
        weights, powers = scaled(away * half)
        products, factors = _byte_tables(np.stack([-weights, weights], axis=1)), 2.0 * powers[:, 0]

        def scores(codes: Bytes) -> Floats:
            codes = np.ascontiguousarray(codes)
            product = np.empty((len(queries), len(codes)), np.float32)
            table_scores(products, codes, product)
            return distances(
                product,
                factors,
                own,
                np.full(len(codes), others),
                queries=queries,
                rows=lambda some: self.decode_rows(codes[some]),
            )

        return scores

    @property
    def _origin(self) -> Floats:
        """The offset, zeros where there is none: float32, (dim,)."""
        return np.zeros(self.dim, np.float32) if self.offset is None else self.offset

    def _along(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """What rows (m, dim) have along the directions of the bits, (m, bits)."""
        wide = rows.astype(np.float64)
        return wide if self.rotation is None else wide @ self.rotation.T

    def _across(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """The way back of `_along`: rows (m, dim)."""
        return along if self.rotation is None else along @ self.rotation

    def _encode(self, rows: Floats) -> Bytes:
        with np.errstate(over="ignore", invalid="ignore"):
            turned = _turn(rows, self.offset, self.rotation)
        check_reach(turned)
        codes = np.empty((len(rows), self.width), np.uint8)
        pack_signs(turned, np.zeros(self.bits, np.float32), codes)
        return codes

    def _decode(self, codes: Bytes) -> Floats:
        bits = np.unpackbits(codes, axis=1, count=self.bits)
        rows = np.where(bits == 1, self.levels[1], self.levels[0])
        if self.rotation is not None:
            rows = rows @ self.rotation
        return np.asarray(rows if self.offset is None else rows + self.offset, np.float32)


def _turn(rows: Floats, offset: Floats | None, rotation: Floats | None) -> Floats:
    """What the bits are taken of: (n, bits), above 0 or not."""
    if offset is not None:
        rows = rows - offset
    if rotation is None:
        return rows
    turned = np.empty((len(rows), len(rotation)), np.float32)
    project(rows, np.ascontiguousarray(rotation.T), turned)
    return turned


def _levels(turned: Floats) -> Floats:
    """The mean of the numbers not above 0 and of those above, dim by dim: float32, (2, bits). 0 for none."""
    above = turned > 0
    sides = [
        np.divide(
            np.sum(turned, axis=0, dtype=np.float64, where=side),
            np.count_nonzero(side, axis=0),
            out=np.zeros(turned.shape[1]),
            where=side.any(axis=0),
        )
        for side in (~above, above)
    ]
    return np.asarray(sides, np.float32)


def _byte_tables(adds: NDArray[Any]) -> Floats:
    """What each byte of a code adds, float32, (m, width, 256), from what each bit does, (m, 2, bits)."""
    m, _, bits = adds.shape
    width = -(-bits // 8)
    padded = np.zeros((m, 2, 8 * width), np.float32)
    padded[:, :, :bits] = adds
    zero, one = (padded[:, side].reshape(m, width, 8) for side in (0, 1))
    steps = np.asarray((one - zero) @ _SIDES.T.astype(np.float32))
    return np.ascontiguousarray(steps + zero.sum(axis=2, keepdims=True), np.float32)
