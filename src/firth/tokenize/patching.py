"""`patches` and `unpatch`: a picture cut into small rectangles, and the way back.

A vision transformer reads a picture as such patches, row by row (Dosovitskiy et al. 2021, "An Image is Worth
16x16 Words", section 3.1); a bag of visual words counts them (Csurka et al. 2004).
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.data.ordered import ordered_map
from firth.errors import DataError, OptionError
from firth.options import check_whole
from firth.run import Run
from firth.tokenize.axes import Channels, axes_of, from_standing, to_standing
from firth.tokenize.fitting import FILLS, fit
from firth.tokenize.images import read_pixels
from firth.tokenize.overlap import lay_back

__all__ = ["Pad", "Patches", "patches", "unpatch"]

Pad: TypeAlias = Literal["none", "crop", "zero", "edge", "reflect"]

_LARGEST = 1 << 20  # pixels along a patch
_PART = 1 << 24  # bytes of pictures that a thread cuts at a time


@dataclass(frozen=True, kw_only=True, eq=False)
class Patches:
    """The patches of one or several pictures of the same shape, and all it takes to lay them back.

    Attributes:
        values: (n, height, width, channels), of the pictures' type: the patches row by row, those of the
            first picture first. `flat()` gives them as rows.
        grid: how many lie below each other and beside each other in a picture.
        size: height and width of a patch in pixels.
        stride: pixels from one patch to the one below, and to the one beside.
        shape: of the array that was cut.
        axes: what its axes are, such as "HWC", "NHW" or "NCHW" (N pictures, H height, W width, C channels).
        pad: what was asked for where the patches do not fit.
        padding: rows that were added at the bottom and columns at the right.
        left_over: rows at the bottom and columns at the right that are in no patch.
        changes: what was changed when pictures were read from files or from Pillow, a sentence each, with the
            number of the picture where they came in a list.
    """

    values: NDArray[Any]
    grid: tuple[int, int]
    size: tuple[int, int]
    stride: tuple[int, int]
    shape: tuple[int, ...]
    axes: str
    pad: Pad
    padding: tuple[int, int]
    left_over: tuple[int, int]
    changes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        (rows, columns), (height, width) = self.grid, self.size
        where = (
            f"{rows} × {columns} in each of {self.pictures:,}" if self.pictures > 1 else f"{rows} × {columns}"
        )
        outside = {"padded": self.padding, "left over": self.left_over}
        changed = [f"{a} × {b} {what}" for what, (a, b) in outside.items() if a or b]
        changed += self.changes if len(self.changes) < 4 else [f"{len(self.changes):,} changes"]
        return f"Patches({len(self):,} of {height} × {width}, {', '.join([where, *changed])})"

    @property
    def pictures(self) -> int:
        """How many pictures were cut."""
        return len(self) // math.prod(self.grid)

    def flat(self) -> NDArray[Any]:
        """The patches as rows, (n, height * width * channels), a view: what `firth.Codebook` learns from."""
        return self.values.reshape(len(self), -1)


def patches(
    image: Any,
    size: int | tuple[int, int],
    *,
    stride: int | tuple[int, int] | None = None,
    pad: Pad = "none",
    channels: Channels | None = None,
    run: Run | None = None,
) -> Patches:
    """Cut a picture, or many of the same shape, into patches.

    Args:
        image: an array (height, width), (height, width, channels) or (n, height, width, channels) of any
            numbers; a Pillow image, the path of a picture, or a `Picture`; or a list of these, of one shape.
        size: height and width of a patch in pixels; one number for both.
        stride: pixels from one patch to the next, down and along, at most `size`, so that none is skipped;
            None for `size`: the patches lie beside each other.
        pad: what to do where the patches do not fit: "none" is an error; "crop" leaves the rest out at the
            bottom and the right; "zero", "edge" and "reflect" fill up there, with zeros, with the last row or
            column, or with the mirrored picture. The record says how much.
        channels: "last" or "first" says where the channels stand, "none" that there is no such axis, as in
            (n, height, width). None takes two axes for (height, width) and more for channels last, and
            refuses a last axis of more than 4: there, the channels may well stand first.
        run: threads.

    Returns:
        The patches, one copy of the pixels.

    Raises:
        DataError: the shape is not one of pictures, seems to have its channels elsewhere, holds no pixel, or
            is not covered by the patches; the type is none of numbers; the pictures of a list differ.
        FormatError: a file is damaged or no picture.
        MemoryBudgetError: the patches do not fit into memory.
        OptionError: an option is outside its range.

    >>> image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    >>> cut = patches(image, 2)
    >>> cut
    Patches(6 of 2 × 2, 2 × 3)
    >>> bool((unpatch(cut) == image).all())
    True
    """
    if pad not in ("none", "crop", *FILLS):
        raise OptionError(f"pad is 'none', 'crop', 'zero', 'edge' or 'reflect', not {pad!r}")
    tall, wide = _pair("size", size)
    down, along = (tall, wide) if stride is None else _pair("stride", stride)
    if down > tall or along > wide:
        raise OptionError(f"stride={down, along} is larger than size={tall, wide} and would skip pixels")
    array, axes, changes = _array_of(image, channels)
    pictures = to_standing(array, axes)
    layout = _lay_out(pictures.shape[1:3], (tall, wide), (down, along), pad)
    values = _cut(pictures, layout, pad=pad, threads=(run or Run()).worker_count)
    return Patches(values=values, **layout._asdict(), shape=array.shape, axes=axes, pad=pad, changes=changes)


def unpatch(patches: Patches, values: NDArray[Any] | None = None) -> NDArray[Any]:
    """Lay patches back where they were cut.

    Args:
        patches: what was cut.
        values: other patches to lay there instead, as many and as large, (n, height, width, channels) or
            (n, height * width * channels), such as the centroids of a codebook; None for their own.

    Returns:
        The picture or pictures, in the axes that they had and without the padding, of the type of the values.
        Where patches overlap it is their mean, which is exactly the picture for their own values. Rows and
        columns that pad="crop" left over are missing.

    Raises:
        DataError: `patches` are none, or the values have another shape or are no numbers.
    """
    if not isinstance(patches, Patches):
        raise DataError(f"unpatch takes the Patches that patches returned, not {type(patches).__name__}")
    try:
        found = patches.values if values is None else np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise DataError(f"the values of patches are one array: {error}") from error
    if found.dtype.kind not in "biufc":
        raise DataError(f"the values of patches are numbers; these are {found.dtype}")
    if found.shape not in (patches.values.shape, patches.flat().shape):
        raise DataError(
            f"values of the shape {found.shape} do not fit these patches: {patches.values.shape} or "
            f"{patches.flat().shape} is expected"
        )
    pieces = found.reshape(-1, *patches.grid, *patches.values.shape[1:])
    laid = lay_back(pieces, stride=patches.stride)
    height, width = (laid.shape[1 + i] - patches.padding[i] for i in range(2))
    return np.ascontiguousarray(from_standing(laid[:, :height, :width], patches.axes))


def _pair(name: str, value: Any) -> tuple[int, int]:
    """One whole number for both directions, or two."""
    two = value if isinstance(value, (tuple, list)) else (value, value)
    if len(two) != 2:
        raise OptionError(f"{name} is one whole number or two, (down, along), not {value!r}")
    return check_whole(name, two[0], 1, _LARGEST), check_whole(name, two[1], 1, _LARGEST)


def _array_of(image: Any, channels: Channels | None) -> tuple[NDArray[Any], str, tuple[str, ...]]:
    """The pixels as one array, the letters of its axes, and what was changed in reading them."""
    if isinstance(image, (list, tuple)):
        return _stacked(image, channels)
    # What is read from a file has its channels last, however many there are.
    known: Channels | None = "last" if not isinstance(image, np.ndarray) else None
    array, changes = read_pixels(image)
    if known and array.ndim == 2:
        known = "none"
    return array, axes_of(array.shape, channels or known), changes


def _stacked(images: Sequence[Any], channels: Channels | None) -> tuple[NDArray[Any], str, tuple[str, ...]]:
    """Several pictures as one array."""
    if not images:
        raise DataError("a list of pictures holds at least one")
    arrays, said = zip(*map(read_pixels, images), strict=True)
    for i, array in enumerate(arrays):
        if (array.shape, array.dtype) != (arrays[0].shape, arrays[0].dtype):
            raise DataError(
                f"the pictures of a list have one shape and type; picture {i}{_name(images[i])} has "
                f"{array.shape} {array.dtype}, the first {arrays[0].shape} {arrays[0].dtype}"
            )
    axes = axes_of(arrays[0].shape, channels)
    if "N" in axes:
        raise DataError(
            f"a picture of a list has the shape {arrays[0].shape}; join them: np.concatenate(list)"
        )
    changes = [f"picture {i}{_name(images[i])}: {change}" for i, each in enumerate(said) for change in each]
    return np.stack(arrays), f"N{axes}", tuple(changes)


def _name(image: Any) -> str:
    return f" ({os.fspath(image)})" if isinstance(image, (str, os.PathLike)) else ""


class _Layout(NamedTuple):
    """Where patches lie in a picture; see `Patches`."""

    grid: tuple[int, int]
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    left_over: tuple[int, int]


def _lay_out(shape: tuple[int, ...], size: tuple[int, int], stride: tuple[int, int], pad: Pad) -> _Layout:
    """Where the patches lie in a picture of this height and width."""
    fits = [fit(*direction, pad) for direction in zip(shape, size, stride, strict=True)]
    (rows, lower, bottom), (columns, more, right) = fits
    patch, picture = f"{size[0]} × {size[1]}", f"{shape[0]} × {shape[1]}"
    if pad == "none" and (bottom or right):
        raise DataError(
            f"patches of {patch} every {stride[0]} × {stride[1]} pixels do not cover a picture of {picture}: "
            f"{bottom} rows and {right} columns are left over; pad='zero', 'edge' or 'reflect' fills up, "
            "pad='crop' leaves them out"
        )
    if not rows or not columns:
        raise DataError(f"no patch of {patch} fits a picture of {picture}; choose a smaller size")
    return _Layout((rows, columns), size, stride, (lower, more), (bottom, right))


def _cut(pictures: NDArray[Any], layout: _Layout, *, pad: Pad, threads: int) -> NDArray[Any]:
    """The patches, (n, height, width, channels); a part of the pictures is padded and cut at a time."""
    n, height, width, channels = pictures.shape
    shape = (n, *layout.grid, *layout.size, channels)
    needed = math.prod(shape) * pictures.itemsize
    step = max(1, _PART * n // needed)
    if needed > _PART:  # below, asking takes longer than cutting
        if any(layout.padding):
            padded = (height + layout.padding[0]) * (width + layout.padding[1]) * channels
            needed += min(n, threads * step) * padded * pictures.itemsize
        check_memory(needed, "cutting patches", "Choose a smaller size, or cut fewer at once")
    out = np.empty(shape, pictures.dtype)

    def cut(start: int) -> None:
        part = pictures[start : start + step]
        if any(layout.padding):
            added = ((0, 0), *((0, more) for more in layout.padding), (0, 0))
            part = np.pad(part, added, mode=FILLS[pad])  # type: ignore[call-overload]
        _copy(part, out[start : start + step], layout.stride)

    for _ in ordered_map(cut, range(0, n, step), threads=threads):
        pass
    return out.reshape(-1, *layout.size, channels)


def _copy(pictures: NDArray[Any], out: NDArray[Any], stride: tuple[int, int]) -> None:
    """Copy the patches of pictures into `out`, (pictures, rows, columns, height, width, channels)."""
    (n, rows, columns, height, width, _), (down, along) = out.shape, stride
    if not pictures.flags.c_contiguous:
        picture, row, pixel, channel = pictures.strides
        strides = picture, down * row, along * pixel, row, pixel, channel
        np.copyto(out, as_strided(pictures, out.shape, strides))
        return
    from firth.kernels.runs import copy_patches

    # The stride of an axis of length 1 may be any number, so the bytes are counted here.
    pixel = pictures.shape[3] * pictures.itemsize
    row = pictures.shape[2] * pixel
    picture = pictures.shape[1] * row
    source, target = pictures.reshape(-1).view(np.uint8), out.reshape(-1).view(np.uint8)
    copy_patches(source, target, n, picture, row, rows, columns, height, width * pixel, down, along * pixel)
