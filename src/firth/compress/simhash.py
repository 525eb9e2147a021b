"""`SimHash`: a sketch of bits from which the angle between two rows can be told, and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import BadRow, Bytes, Codec, CodecRecipe, Floats, Scorer
from firth.compress.drawn import gaussian
from firth.compress.scores import lengths_of, minus_root, single
from firth.compress.stated import take_parts
from firth.errors import DataError, OptionError
from firth.kernels.bits import count_pairs, hamming, pack_signs
from firth.kernels.project import project
from firth.neighbours import unit_rows
from firth.options import check_flag, check_real, check_whole
from firth.run import Run

__all__ = ["Angles", "SimHash", "SimHashCodec"]


class Angles(NamedTuple):
    """Angles in radians, 0 to π, float64, (n,), each with its interval."""

    angle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SimHash(CodecRecipe):
    """On which side of random hyperplanes a row lies, a bit for each plane.

    A plane separates two rows with the chance angle/π, whatever their dim, so that the share of bits that
    differ is an estimate of the angle without bias (Charikar 2002, "Similarity Estimation Techniques from
    Rounding Algorithms", STOC; Goemans and Williamson 1995), with a standard error of at most π / (2 √bits).
    `SimHashCodec.angle` gives the interval too. Nothing is learnt, so sketches of rows that were never seen
    are as good as any.

    Scores are estimates: the cosine of the estimated angle, times lengths where the metric asks for them. A
    sketch alone knows no length. With `lengths` each code has four bytes more that hold it; without, all
    decoded rows have the mean length of the fitted ones, and "dot" and "euclidean" order rows by angle.

    `decode` gives the sum of the planes' normals, each with the sign of its bit, which has the direction of
    the row in expectation, at the length above.

    Attributes:
        bits: how many planes, a multiple of 8.
        lengths: whether each code holds the length of its row, as float32.

    >>> import numpy as np
    >>> from firth.compress import SimHash
    >>> rows = np.array([[1.0, 0.0], [1.0, 1.0], [-1.0, 0.0]], np.float32)
    >>> codec = SimHash(bits=4096).fit(rows)
    >>> codes = codec.encode_rows(rows)
    >>> codec.angle(codes[[0, 0]], codes[[1, 2]]).angle.round(1).tolist()  # π/4 and π
    [0.8, 3.1]
    """

    bits: int = 256
    lengths: bool = False

    def __post_init__(self) -> None:
        if check_whole("bits", self.bits, 8, 1 << 20) % 8:
            raise OptionError(f"bits is a multiple of 8, since codes are bytes, not {self.bits}")
        check_flag("lengths", self.lengths)

    def _fit(self, rows: Floats, metric: str, run: Run) -> SimHashCodec:
        planes = gaussian(run.seed, (rows.shape[1], self.bits))
        mean = np.array([lengths_of(rows).mean()], np.float32)
        report = {"standard_error": float(np.pi / (2 * np.sqrt(self.bits)))}
        return SimHashCodec(self, rows.shape[1], {"planes": planes, "length": mean}, report)


class SimHashCodec(Codec):
    """Sketches of bits. A row of zeros has no angle; its bits are all 0 and its length, where kept, is 0.
    Without lengths a sketch does not show that.

    Its report says the largest standard error of an estimated angle, in radians ("standard_error").
    """

    recipe_type = SimHash
    recipe: SimHash

    def __init__(
        self, recipe: SimHash, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ):
        super().__init__(recipe, dim, report=report)
        self.planes: Floats = parts["planes"]
        self.length: Floats = parts["length"]
        self._bytes = recipe.bits // 8

    @property
    def width(self) -> int:
        return self._bytes + 4 * self.recipe.lengths

    def parts(self) -> dict[str, NDArray[Any]]:
        return {"planes": self.planes, "length": self.length}

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        wanted = {"planes": (np.float32, (dim, recipe.bits)), "length": (np.float32, (1,))}
        taken = take_parts(parts, wanted, what="SimHash")
        if np.abs(taken["planes"]).max() > 10:  # a chance of 10⁻²³ a number
            raise DataError("the part 'planes' of SimHash was not drawn from a Gaussian")
        if taken["length"][0] < 0:
            raise DataError(f"the part 'length' of SimHash is no length: {taken['length'][0]}")
        return cls(recipe, dim, taken, report)

    def angle(self, a: Bytes, b: Bytes, *, confidence: float = 0.95) -> Angles:
        """The angles between rows, estimated from their codes, a pair at a time.

        The count of differing bits is binomial over the draw of the planes; its interval is that of Clopper
        and Pearson (1934), which covers the truth at least as often as it says. It is of each pair: all
        pairs share the planes, so they do not err independently. Bits do not tell a row of zeros from others:
        what is estimated for a pair with one, about π/2, means nothing.

        Args:
            a: codes (n, width). b: as many.
            confidence: how often an interval covers the true angle, above 0 and below 1.

        Returns:
            The angles, with their intervals.

        Raises:
            DataError: the codes do not fit this codec, or each other.
            OptionError: confidence is outside its range.
        """
        from scipy.special import betaincinv

        check_real("confidence", confidence, 1e-6, 1 - 1e-6)
        for codes in (a, b):
            self._check_codes(codes)
        if len(a) != len(b):
            raise DataError(f"{len(a):,} codes cannot be paired with {len(b):,}")
        differ, bits = np.empty(len(a), np.int32), self.recipe.bits
        count_pairs(self._signs(a), self._signs(b), differ)
        tail = (1 - confidence) / 2
        low = np.where(differ > 0, betaincinv(np.maximum(differ, 1), bits - differ + 1, tail), 0.0)
        high = np.where(differ < bits, betaincinv(differ + 1, np.maximum(bits - differ, 1), 1 - tail), 1.0)
        return Angles(np.pi * differ / bits, np.pi * low, np.pi * high)

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        """Scores from the estimated angle between the sketch of a query and each code."""
        signs, lengths = self._sketch(queries), lengths_of(queries)[:, None]

        def scores(codes: Bytes) -> Floats:
            differ = np.empty((len(signs), len(codes)), np.int32)
            hamming(signs, self._signs(codes), differ)
            cosine = np.cos(differ * (np.pi / self.recipe.bits))
            others = self._lengths_of(codes).astype(np.float64)
            cosine[lengths[:, 0] == 0] = 0
            if self.recipe.lengths:
                cosine[:, others == 0] = 0
            if metric == "cosine":
                return single(cosine)
            product = lengths * others * cosine
            return single(product) if metric == "dot" else minus_root(lengths**2 + others**2 - 2 * product)

        return scores

    def _encode(self, rows: Floats) -> Bytes:
        signs = self._sketch(rows)
        if not self.recipe.lengths:
            return signs
        lengths = lengths_of(rows)
        beyond = lengths > np.finfo(np.float32).max
        if beyond.any():
            raise BadRow(
                int(np.argmax(beyond)),
                "is so long that its length goes beyond float32; divide the rows by a factor",
            )
        return np.hstack([signs, np.asarray(lengths, "<f4")[:, None].view(np.uint8)])

    def _decode(self, codes: Bytes) -> Floats:
        signs = np.unpackbits(self._signs(codes), axis=1).astype(np.float32) * 2 - 1
        directions = unit_rows(np.asarray(signs @ self.planes.T))
        with np.errstate(over="ignore", invalid="ignore"):  # of lengths that only a damaged code holds
            return directions * self._lengths_of(codes)[:, None]

    def _sketch(self, rows: Floats) -> Bytes:
        """The bits (n, bits / 8) of rows; taken of unit rows, so that no length is too large or too small."""
        values = np.empty((len(rows), self.recipe.bits), np.float32)
        project(unit_rows(rows), self.planes, values)
        signs = np.empty((len(rows), self._bytes), np.uint8)
        pack_signs(values, np.zeros(self.recipe.bits, np.float32), signs)
        return signs

    def _signs(self, codes: Bytes) -> Bytes:
        return np.ascontiguousarray(codes[:, : self._bytes])

    def _lengths_of(self, codes: Bytes) -> Floats:
        """The lengths (n,) that codes say, none below 0; the mean length where they say none."""
        if not self.recipe.lengths:
            return np.full(len(codes), self.length[0])
        said = np.ascontiguousarray(codes[:, self._bytes :]).view("<f4")[:, 0]
        return np.where(said > 0, np.minimum(said, np.finfo(np.float32).max), np.float32(0))

    def _check_codes(self, codes: Bytes) -> None:
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != self.width:
            raise DataError(
                f"codes of {codes.dtype} and shape {codes.shape} do not fit a codec of "
                f"{self.width} bytes a row"
            )
