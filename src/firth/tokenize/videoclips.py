"""`clips`: moving pictures cut into short runs of frames, with the time of each frame.

Video is cut so in Tran et al. 2015, "Learning Spatiotemporal Features with 3D Convolutional Networks",
section 3.1.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.options import check_whole
from firth.tokenize.axes import Channels
from firth.tokenize.video import Changes, Frame, frames_of

__all__ = ["Clip", "ClipPad", "ClipStream", "Clips", "clips", "stream_clips"]

ClipPad: TypeAlias = Literal["crop", "edge", "none"]


class Clip(NamedTuple):
    """One clip: `values` (length, height, width, channels), `times` float64 (length,), see `Clips`."""

    values: NDArray[Any]
    times: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Clips:
    """The clips of one video.

    Attributes:
        values: (n, length, height, width, channels), of the type of the frames, uint8 from files.
        times: float64, (n, length): when each frame begins, in seconds from the first one; the number of the
            frame where no time is known (an array or a folder without `rate`, or as `changes` says).
        stride: frames from the start of one clip to that of the next.
        frames: how many frames the video has.
        padding: how many times the last frame was repeated.
        left_over: how many frames at the end are in no clip.
        changes: what was changed, a sentence each.
    """

    values: NDArray[Any]
    times: NDArray[np.float64]
    stride: int
    frames: int
    padding: int
    left_over: int
    changes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        n, length, height, width, channels = self.values.shape
        changed = [
            f"{k} frames {what}" for what, k in (("added", self.padding), ("left over", self.left_over)) if k
        ]
        shape = f"{n:,} of {length} × {height} × {width} × {channels}"
        return f"Clips({', '.join([shape, f'every {self.stride} frames', *changed, *self.changes])})"

    def flat(self) -> NDArray[Any]:
        """The clips as rows, (n, length * height * width * channels): what `firth.Codebook` learns from."""
        return self.values.reshape(len(self), -1)


def clips(
    source: Any,
    *,
    length: int,
    stride: int | None = None,
    size: tuple[int, int] | None = None,
    pad: ClipPad = "crop",
    rate: float | None = None,
    channels: Channels | None = None,
) -> Clips:
    """Cut a video into clips, all in memory; `stream_clips` gives one at a time.

    Args:
        source: an array (t, height, width, channels) or (t, height, width); the path of an animated GIF, WebP
            or PNG; a folder of pictures, in the order of the numbers in their names; or a video file (the
            extra "video").
        length: frames in a clip.
        stride: frames from one clip to the next, at most `length`; None for `length`.
        size: (height, width) to scale frames to; None keeps them.
        pad: what to do where the last clip is not full: "crop" leaves those frames out, "edge" repeats the
            last one, "none" is an error. The record says how many it concerns.
        rate: frames a second, for an array or a folder, which do not say it.
        channels: "last" or "first" says where the channels of an array of four axes stand; None is last, and
            refuses a last axis of more than 4.

    Raises:
        DataError: there is no frame, or no clip; frames differ in shape; the source is of another kind, or
            an array whose channels seem to stand elsewhere.
        FormatError: a file is damaged, of no known kind, or ends well before the length that it claims. MPEG
            streams (.ts, .mpg, .h264) claim none: `changes` says so.
        OptionError: an option is outside its range.
        MissingExtraError: Pillow is not installed, or PyAV for a video file.

    >>> found = clips(np.zeros((10, 4, 6, 3), np.uint8), length=4, rate=2)
    >>> found
    Clips(2 of 4 × 4 × 6 × 3, every 4 frames, 2 frames left over)
    >>> found.times[1].tolist()
    [2.0, 2.5, 3.0, 3.5]
    """
    stream = stream_clips(
        source, length=length, stride=stride, size=size, pad=pad, rate=rate, channels=channels
    )
    found = list(stream)
    if not found:
        raise DataError(
            f"no clip of {length} frames fits {stream.frames}; choose a shorter one, or pad='edge'"
        )
    return Clips(
        values=np.stack([clip.values for clip in found]),
        times=np.stack([clip.times for clip in found]),
        stride=stream.stride,
        frames=stream.frames,
        padding=stream.padding,
        left_over=stream.left_over,
        changes=stream.changes,
    )


def stream_clips(
    source: Any,
    *,
    length: int,
    stride: int | None = None,
    size: tuple[int, int] | None = None,
    pad: ClipPad = "crop",
    rate: float | None = None,
    channels: Channels | None = None,
) -> ClipStream:
    """The clips of a video one at a time, in the memory of one clip; see `clips`."""
    length = check_whole("length", length, 1, 2**20)
    stride = length if stride is None else check_whole("stride", stride, 1, 2**20)
    if stride > length:
        raise OptionError(f"stride={stride} is larger than length={length} and would skip frames")
    if pad not in ("crop", "edge", "none"):
        raise OptionError(f"pad is 'crop', 'edge' or 'none', not {pad!r}")
    frames, changes = frames_of(source, size=size, rate=rate, channels=channels)
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else "this video"
    return ClipStream(frames, length=length, stride=stride, pad=pad, name=name, changes=changes)


class ClipStream:
    """An iterator over the clips of a video, once. What it counts is complete when it has ended.

    Attributes:
        stride: frames from one clip to the next. frames: how many frames were read so far.
        padding: how many times the last frame was repeated. left_over: how many frames are in no clip.
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        *,
        length: int,
        stride: int,
        pad: ClipPad,
        name: str,
        changes: Changes,
    ):
        self.stride, self._changes = stride, changes
        self.frames = self.padding = self.left_over = 0
        self._clips = self._cut(frames, length, pad, name)

    @property
    def changes(self) -> tuple[str, ...]:
        """What was changed in the frames that were read so far, a sentence each."""
        return self._changes.told()

    def __iter__(self) -> Iterator[Clip]:
        return self._clips

    def __next__(self) -> Clip:
        return next(self._clips)

    def _cut(self, frames: Iterable[Frame], length: int, pad: ClipPad, name: str) -> Iterator[Clip]:
        window: deque[Frame] = deque(maxlen=length)
        new = 0  # frames of the window that are in no clip yet
        for frame in frames:
            if window and frame.pixels.shape != window[-1].pixels.shape:
                raise DataError(
                    f"{name}: frame {self.frames} has the shape {frame.pixels.shape}, those before "
                    f"{window[-1].pixels.shape}; pass size to scale them alike"
                )
            window.append(frame)
            self.frames += 1
            new += 1
            if len(window) == length and new >= self.stride:
                yield _clip(window)
                new = 0
        if not self.frames:
            raise DataError(f"{name} holds no frame")
        if not new:
            return
        if pad == "none":
            raise DataError(
                f"{name}: clips of {length} frames every {self.stride} do not cover {self.frames} frames: "
                f"{new} are left over; pad='edge' repeats the last one, pad='crop' leaves them out"
            )
        if pad == "crop":
            self.left_over = new
            return
        whole = self.frames > new  # a clip came before, and the next begins a stride after it
        self.padding = (self.stride if whole else length) - new
        window.extend([window[-1]] * self.padding)
        yield _clip(window)


def _clip(window: Iterable[Frame]) -> Clip:
    held = list(window)
    return Clip(
        np.stack([frame.pixels for frame in held]), np.array([frame.time for frame in held], np.float64)
    )
