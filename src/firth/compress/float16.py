"""`Float16`: half the bytes, three digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import BadRow, Bytes, Codec, CodecRecipe, Floats
from firth.errors import DataError

__all__ = ["Float16", "Float16Codec"]

LARGEST = 65_504.0
"""The largest number of float16."""

BEYOND = 65_520.0
"""The least number that rounds to infinity (IEEE 754: half way to what would be the next)."""


@dataclass(frozen=True, kw_only=True)
class Float16(CodecRecipe):
    """Each number as a float16: 2 bytes, 11 significant bits, nothing to be learnt.

    The error of a number is at most 2⁻¹¹ of it. Numbers above 65,504 do not fit and are refused, since what
    they would become is nowhere near; those below 6 · 10⁻⁵ lose digits, and the tiniest become 0: `tally`
    counts these.

    >>> import numpy as np
    >>> from firth.compress import Float16
    >>> rows = np.array([[1.0, -0.25, 1 / 3]], np.float32)
    >>> codec = Float16().fit(rows)
    >>> codec.width, codec.decode_rows(codec.encode_rows(rows)).round(4).tolist()
    (6, [[1.0, -0.25, 0.33329999446868896]])
    """

    def _fit(self, rows: Floats, metric: str, run: Any) -> Float16Codec:
        codec = Float16Codec(self, rows.shape[1])
        codec.report = codec.tally(rows)
        return codec


class Float16Codec(Codec):
    """Rows as float16, little-endian."""

    recipe_type = Float16

    @property
    def width(self) -> int:
        return 2 * self.dim

    def parts(self) -> dict[str, NDArray[Any]]:
        return {}

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        if parts:
            raise DataError(f"Float16 has no parts, and the file names {', '.join(sorted(parts))}")
        return cls(recipe, dim, report=report)

    def tally(self, rows: Floats) -> dict[str, int]:
        """How many numbers there are ("numbers"), and how many that are not 0 become 0 ("underflowed")."""
        lost = (rows != 0) & (_half(rows) == 0)
        return {"numbers": int(rows.size), "underflowed": int(np.count_nonzero(lost))}

    def _encode(self, rows: Floats) -> Bytes:
        beyond = (rows.max(axis=1) >= BEYOND) | (rows.min(axis=1) <= -BEYOND)
        if beyond.any():
            row = int(np.argmax(beyond))
            number = rows[row][np.argmax(np.abs(rows[row]))]
            raise BadRow(
                row,
                f"holds {number:g}, beyond {LARGEST:,.0f}, the largest float16; Scalar(bits=8, per='row') "
                "keeps numbers of any size",
            )
        return _half(rows).view(np.uint8)

    def _decode(self, codes: Bytes) -> Floats:
        return np.ascontiguousarray(codes).view("<f2").astype(np.float32)


def _half(rows: Floats) -> NDArray[np.float16]:
    with np.errstate(over="ignore", under="ignore"):
        return np.ascontiguousarray(rows).astype("<f2")
