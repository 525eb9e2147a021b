"""What a file says of a tree, checked before a kernel follows its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.formats.check import rises
from firth.kernels.anisotropic import CENTRES
from firth.kernels.leaves import MOST_PARTS

__all__ = ["Kept", "checked"]

_KINDS: dict[str, tuple[Any, int]] = {
    "leaves": (np.float32, 2),
    "spread": (np.float32, 1),
    "branches": (np.float32, 2),
    "first": (np.int64, 1),
    "centres": (np.float32, 3),
    "leaf": (np.int32, 1),
    "codes": (np.uint8, 2),
}


class Kept(NamedTuple):
    """The arrays and values of a tree; see `Partition`, `Codebooks` and `PackedCodes`."""

    leaves: NDArray[np.float32]
    spread: NDArray[np.float32]
    branches: NDArray[np.float32]
    first: NDArray[np.int64]
    centres: NDArray[np.float32]
    leaf: NDArray[np.int32]
    codes: NDArray[np.uint8]
    dim: int
    extra: float


def checked(metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> Kept:
    """The parts of a tree, if they fit together.

    Raises:
        DataError: one is missing, or has another type, shape or range; or the tree was made for another
            metric than this one, which orders its leaves and rows otherwise.
    """
    parts: dict[str, Any] = {}
    for name, (kind, ndim) in _KINDS.items():
        array = arrays.get(name)
        if array is None or array.dtype != kind or array.ndim != ndim:
            found = "nothing" if array is None else f"{array.dtype} of shape {array.shape}"
            raise DataError(f"a tree keeps {name!r} as {np.dtype(kind)} of {ndim} axes, not {found}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DataError(f"{name!r} of the tree holds a number that is not finite")
        parts[name] = np.ascontiguousarray(array)
    dim, extra = values.get("dim"), values.get("extra")
    if values.get("metric") != metric:
        raise DataError(f"this tree was made for the metric {values.get('metric')!r:.80}, not {metric!r}")
    if not isinstance(dim, int) or isinstance(dim, bool) or dim < 1:
        raise DataError(f"the dim of a tree is a whole number of at least 1, not {dim!r:.80}")
    if not isinstance(extra, (int, float)) or not math.isfinite(extra) or extra < 0:
        raise DataError(f"the weight of a tree's loss is a number of at least 0, not {extra!r:.80}")
    kept = Kept(**parts, dim=dim, extra=float(extra))
    _check_shapes(kept)
    _check_ranges(kept)
    return kept


def _check_shapes(kept: Kept) -> None:
    leaves, dims = kept.leaves.shape
    parts, size, centres = kept.centres.shape
    fits = (
        leaves >= 1
        and kept.spread.shape == (leaves,)
        and dims == kept.branches.shape[1] == kept.dim
        and centres == CENTRES
        and 2 <= parts <= MOST_PARTS
        and parts % 2 == 0
        and _divides(parts, size, kept.dim)
        and kept.codes.shape == (len(kept.leaf), parts // 2)
        and len(kept.first) == len(kept.branches) + 1
    )
    if not fits:
        shapes = {name: getattr(kept, name).shape for name in _KINDS}
        raise DataError(f"the parts of the tree do not fit a dim of {kept.dim}: {shapes}")


def _divides(parts: int, size: int, dim: int) -> bool:
    """Whether a tree cuts rows so: into so many parts, or one less where that would be odd."""
    return any(0 < cut <= dim and size == -(-dim // cut) for cut in (parts, parts - 1))


def _check_ranges(kept: Kept) -> None:
    leaves, first = len(kept.leaves), kept.first
    if not rises(first, leaves if len(kept.branches) else 0):
        raise DataError(f"the branches of the tree do not share its {leaves:,} leaves")
    if len(kept.leaf) and (kept.leaf.min() < 0 or kept.leaf.max() >= leaves):
        raise DataError(f"a row of the tree is in a leaf that is not there: it has {leaves:,}")
