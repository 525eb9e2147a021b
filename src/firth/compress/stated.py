"""The arrays of a codec that come from a file: each must be what its recipe says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError

__all__ = ["take_parts"]


def take_parts(
    parts: Mapping[str, NDArray[Any]],
    wanted: Mapping[str, tuple[type[np.generic], tuple[int, ...]]],
    *,
    what: str,
) -> dict[str, NDArray[Any]]:
    """The parts by name, C-contiguous, after a look at all that a file can get wrong.

    Args:
        parts: what the file holds.
        wanted: name -> dtype and shape.
        what: the codec, for the message.

    Raises:
        DataError: a part is missing or one too many, has another dtype or shape, or a number that is not
            finite.
    """
    if set(parts) != set(wanted):
        raise DataError(
            f"{what} is made of {', '.join(wanted) or 'no arrays'}; the file has "
            f"{', '.join(sorted(map(str, parts))) or 'none'}"
        )
    taken = {}
    for name, (dtype, shape) in wanted.items():
        part = np.asarray(parts[name])
        if part.dtype != dtype or part.shape != shape:
            raise DataError(
                f"the part {name!r} of {what} is {np.dtype(dtype)} of shape {shape}, not {part.dtype} of "
                f"{part.shape}"
            )
        if part.dtype.kind == "f" and not np.isfinite(part).all():
            raise DataError(f"the part {name!r} of {what} has a number that is not finite")
        taken[name] = np.ascontiguousarray(part)
    return taken
