"""How the axes of an array of pixels stand: one picture or several, channels last, first or none.

Inside the room pictures always stand as "NHWC": (pictures, height, width, channels). The letters of an array,
such as "HW" or "NCHW", say how to get there and back.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError

__all__ = ["Channels", "axes_of", "from_standing", "to_standing"]

Channels: TypeAlias = Literal["last", "first", "none"]

_AXES = {
    ("none", 2): "HW",
    ("none", 3): "NHW",
    ("last", 3): "HWC",
    ("last", 4): "NHWC",
    ("first", 3): "CHW",
    ("first", 4): "NCHW",
}
_STANDING = "NHWC"
_USUAL = (1, 2, 3, 4)  # grey, grey with alpha, colours, colours with alpha


def axes_of(shape: tuple[int, ...], channels: Channels | None) -> str:
    """The letters of the axes of an array of this shape.

    Args:
        shape: of the array.
        channels: where the channels stand; None takes two axes for (height, width), more for channels last,
            and refuses a last axis that does not look like channels.

    Raises:
        DataError: the shape has another number of axes, a length is 0, or the channels seem to stand
            elsewhere.
        OptionError: `channels` is none of the values.
    """
    if channels not in ("last", "first", "none", None):
        raise OptionError(f"channels is 'last', 'first', 'none' or None, not {channels!r}")
    axes = _AXES.get((channels or ("none" if len(shape) == 2 else "last"), len(shape)))
    if axes is None:
        where = "" if channels is None else f" with channels={channels!r}"
        raise DataError(
            f"pictures{where} have the shape {_shapes(channels)}; this array has the shape {shape}"
        )
    if 0 in shape:
        raise DataError(f"an array of the shape {shape} holds no pixel; leave empty pictures out")
    if channels is None and "C" in axes and shape[-1] not in _USUAL:
        raise DataError(_suspicion(shape))
    return axes


def to_standing(array: NDArray[Any], axes: str) -> NDArray[Any]:
    """The same pixels as (pictures, height, width, channels), a view."""
    array = array.transpose([axes.index(axis) for axis in _STANDING if axis in axes])
    return np.expand_dims(array, _absent(axes))


def from_standing(array: NDArray[Any], axes: str) -> NDArray[Any]:
    """The way back from `to_standing`, a view."""
    array = array.squeeze(_absent(axes))
    present = [axis for axis in _STANDING if axis in axes]
    return array.transpose([present.index(axis) for axis in axes])


def _absent(axes: str) -> tuple[int, ...]:
    return tuple(place for place, axis in enumerate(_STANDING) if axis not in axes)


def _shapes(channels: Channels | None) -> str:
    known = {
        "last": "(height, width, channels) or (n, height, width, channels)",
        "first": "(channels, height, width) or (n, channels, height, width)",
        "none": "(height, width) or (n, height, width)",
    }
    return known[channels] if channels else f"(height, width), {known['last']}"


def _suspicion(shape: tuple[int, ...]) -> str:
    """What to say of a last axis that does not look like channels, and the way out."""
    said = f"the last axis of an array of the shape {shape} would be {shape[-1]} channels"
    if shape[-3] in _USUAL:
        grey = f"; channels='none' if these are {shape[0]} grey pictures" if len(shape) == 3 else ""
        return (
            f"{said}, but axis {len(shape) - 3} looks like them, {shape[-3]}: pass "
            f"np.moveaxis(pictures, {len(shape) - 3}, -1), or channels='first'{grey}"
        )
    if len(shape) == 3:
        return (
            f"{said}: pass channels='none' if these are {shape[0]:,} grey pictures, channels='last' if it is "
            "one picture of so many channels"
        )
    return f"{said}: pass channels='last' if that is so, channels='first' if axis 1 holds them"
