"""`frames` and `unframe`: sound, or any other series of numbers, cut into windows of equal length."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.errors import DataError, OptionError
from firth.options import check_whole
from firth.tokenize.audio import Audio, read_audio
from firth.tokenize.fitting import FILLS, fit
from firth.tokenize.overlap import lay_back

__all__ = ["FramePad", "Frames", "Sound", "frames", "samples_of", "unframe"]

FramePad: TypeAlias = Literal["zero", "edge", "reflect", "crop", "none"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Frames:
    """Windows of a series of numbers, and all it takes to lay them back.

    Attributes:
        values: (n, length) or (n, length, channels): a read-only view of the samples where none was added.
        hop: samples from one window to the next.
        samples: how many there were.
        pad: what was asked for where the windows do not fit.
        padding: how many samples were added at the end.
        left_over: how many samples at the end are in no window.
        rate: samples a second, where that is known.
        changes: what was changed when the sound was read, a sentence each.
    """

    values: NDArray[Any]
    hop: int
    samples: int
    pad: FramePad
    padding: int
    left_over: int
    rate: int | None = None
    changes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        changed = [
            f"{n:,} samples {what}"
            for what, n in (("added", self.padding), ("left over", self.left_over))
            if n
        ]
        shape = f"{len(self):,} of {self.length:,} samples every {self.hop:,}"
        return f"Frames({', '.join([shape, *changed, *self.changes])})"

    @property
    def length(self) -> int:
        """Samples in a window."""
        return int(self.values.shape[1])

    @property
    def times(self) -> NDArray[np.float64]:
        """Where each window begins, float64, (n,): in seconds where the rate is known, else in samples."""
        return np.arange(len(self)) * self.hop / float(self.rate or 1)

    def flat(self) -> NDArray[Any]:
        """The windows as rows, (n, length * channels): what `firth.Codebook` learns from."""
        return self.values.reshape(len(self), -1)


def frames(audio: Any, length: int, hop: int, *, pad: FramePad = "zero") -> Frames:
    """Cut sound into windows.

    Args:
        audio: an array (t,) or (t, channels) of any numbers, `Audio`, or the path of a sound file.
        length: samples in a window.
        hop: samples from one window to the next, at most `length`, so that none is skipped.
        pad: what to do where the last window is not full: "zero", "edge" and "reflect" fill it up, with
            zeros, with the last sample, or with the mirrored sound; "crop" leaves those samples out; "none"
            is an error. The record says how many it concerns. Hardly a sound fits, and zeros are silence;
            so they are the default here, though not for pictures, where they would be black.

    Returns:
        The windows. Nothing is copied unless samples are added.

    Raises:
        DataError: there is no sample, the array is none of numbers or has more than two axes, or pad is
            "crop" or "none" and no window, or not only whole ones, fit.
        FormatError: a file is damaged or no sound.
        MemoryBudgetError: a window is so long that filling it up would not fit into memory.
        OptionError: an option is outside its range.

    >>> cut = frames(np.arange(10), 4, 3)
    >>> cut
    Frames(3 of 4 samples every 3)
    >>> cut.values[1].tolist(), unframe(cut).tolist() == list(range(10))
    ([3, 4, 5, 6], True)
    """
    if pad not in ("none", "crop", *FILLS):
        raise OptionError(f"pad is 'zero', 'edge', 'reflect', 'crop' or 'none', not {pad!r}")
    length = check_whole("length", length, 1, 2**40)
    hop = check_whole("hop", hop, 1, 2**40)
    if hop > length:
        raise OptionError(f"hop={hop} is larger than length={length} and would skip samples")
    samples, rate, changes = samples_of(audio)
    size = len(samples)
    laid = fit(size, length, hop, pad)
    if pad == "none" and laid.left_over:
        raise DataError(
            f"windows of {length:,} samples every {hop:,} do not cover {size:,} samples: {laid.left_over:,} "
            "are left over; pad='zero', 'edge' or 'reflect' fills up, pad='crop' leaves them out"
        )
    if not laid.pieces:
        raise DataError(f"no window of {length:,} samples fits {size:,}; choose a shorter one, or pad='zero'")
    if laid.added:
        whole = (size + laid.added) * (samples.nbytes // size)
        check_memory(whole, "filling up the last window", "Lower length, or pass pad='crop'")
        widths = [(0, laid.added), *[(0, 0)] * (samples.ndim - 1)]
        samples = np.pad(samples, widths, mode=FILLS[pad])  # type: ignore[call-overload]
    return Frames(
        values=np.moveaxis(sliding_window_view(samples, length, axis=0)[::hop], -1, 1),
        hop=hop,
        samples=size,
        pad=pad,
        padding=laid.added,
        left_over=laid.left_over,
        rate=rate,
        changes=changes,
    )


def unframe(frames: Frames, values: NDArray[Any] | None = None) -> NDArray[Any]:
    """Lay windows back where they were cut; where they overlap, their mean.

    Args:
        frames: what was cut.
        values: other windows to lay there instead, of the shape of `frames.values` or of `frames.flat()`;
            None for their own.

    Returns:
        The samples, (t,) or (t, channels), of the type of the values, without those that were added; those
        that pad="crop" left over are missing. For their own values these are exactly the samples.

    Raises:
        DataError: the values have another shape.
    """
    found = frames.values if values is None else np.asarray(values)
    shape = frames.values.shape
    flat = len(frames), math.prod(shape[1:])
    if found.shape not in (shape, flat):
        expected = f"{shape}" if shape == flat else f"{shape} or {flat}"
        raise DataError(f"values of the shape {found.shape} do not fit these windows: {expected} is expected")
    pieces = found.reshape(1, 1, len(frames), 1, frames.length, -1)
    laid = lay_back(pieces, stride=(1, frames.hop))[0, 0]
    samples: NDArray[Any] = laid[: len(laid) - frames.padding].reshape(-1, *frames.values.shape[2:])
    return samples


class Sound(NamedTuple):
    """`samples` (t,) or (t, channels), their `rate` where it is known, and what was changed in them."""

    samples: NDArray[Any]
    rate: int | None
    changes: tuple[str, ...]


def samples_of(audio: Any) -> Sound:
    """The samples of an array, of `Audio` or of a file.

    Raises:
        DataError: it is none of these, holds no sample, or something else than numbers.
        FormatError: a file is damaged or no sound.
    """
    if isinstance(audio, (str, os.PathLike)):
        audio = read_audio(audio)
    if isinstance(audio, Audio):
        return Sound(audio.samples, audio.rate, audio.changes)
    if not isinstance(audio, np.ndarray):
        raise DataError(f"sound is an array, Audio or a path, not {type(audio).__name__}")
    if audio.dtype.kind not in "biufc":
        raise DataError(f"samples are numbers; this array holds {audio.dtype}")
    if audio.ndim not in (1, 2):
        raise DataError(f"sound has the shape (t,) or (t, channels); this array has the shape {audio.shape}")
    if not audio.size:
        raise DataError(f"sound of the shape {audio.shape} holds no sample; leave empty sounds out")
    if audio.ndim == 2 and audio.shape[0] <= 8 < audio.shape[1]:
        raise DataError(
            f"sound of the shape {audio.shape} would be {audio.shape[0]} samples of {audio.shape[1]:,} "
            "channels; its channels seem to stand first: pass audio.T"
        )
    return Sound(audio, None, ())
