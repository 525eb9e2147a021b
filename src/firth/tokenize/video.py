"""Frames with their times, one at a time: from arrays, animated pictures, folders, video files."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, FirthError, FormatError, OptionError
from firth.extras import require
from firth.options import check_real, check_whole
from firth.tokenize.axes import Channels, axes_of, to_standing
from firth.tokenize.images import MAX_PIXELS, guarded, opened, read_image

__all__ = ["Changes", "Frame", "frames_of"]

_ANIMATED = {".gif", ".webp", ".png", ".apng"}
_PICTURES = {
    *_ANIMATED,
    ".avif",
    ".bmp",
    ".jp2",
    ".jpeg",
    ".jpg",
    ".pgm",
    ".ppm",
    ".qoi",
    ".tga",
    ".tif",
    ".tiff",
}


# Streams that go on as long as they go on: what FFmpeg says of their length it guesses from where they end.
_ENDLESS = {"mpegts", "mpeg"}


class Frame(NamedTuple):
    """One frame: `pixels` (height, width, channels), `time` in seconds, or its number where none is known."""

    pixels: NDArray[Any]
    time: float


class Changes:
    """What is changed in the frames of a video, complete when the last of them was read."""

    def __init__(self, *said: str):
        self._frames: dict[str, list[int]] = {change: [] for change in said}

    def add(self, change: str, frame: int | None = None) -> None:
        """Note a change, of one frame or of all."""
        self._frames.setdefault(change, []).extend([] if frame is None else [frame])

    def told(self) -> tuple[str, ...]:
        """A sentence for each change, with the first frame that it concerns and how many more."""
        return tuple(
            f"frame {frames[0]:,}{f' and {len(frames) - 1:,} more' if frames[1:] else ''}: {change}"
            if frames
            else change
            for change, frames in self._frames.items()
        )


def frames_of(
    source: Any, *, size: tuple[int, int] | None, rate: float | None, channels: Channels | None
) -> tuple[Iterator[Frame], Changes]:
    """The frames of a video, and what is changed in them.

    Args:
        source: see `firth.tokenize.clips`.
        size: (height, width) to scale to, bilinearly; None keeps them.
        rate: frames a second, where the source does not say it.
        channels: where the channels of an array stand; None is last, and refuses more than 4.

    Raises:
        DataError: the source is of no known kind, or there is none.
        OptionError: an option is outside its range, or the source says its own times.
    """
    if size is not None:
        if not isinstance(size, (tuple, list)) or len(size) != 2:
            raise OptionError(f"size is (height, width), not {size!r}")
        size = check_whole("size", size[0], 1, 2**15), check_whole("size", size[1], 1, 2**15)
    step = None if rate is None else 1 / check_real("rate", rate, 0, 1e6, above=True)
    changes = Changes()
    frames = _opened(source, step, channels, changes)
    if size is None:
        return frames, changes
    changes.add(f"scaled to {size[0]} × {size[1]}, bilinear")
    return _scaled(frames, size), changes


def _opened(source: Any, step: float | None, channels: Channels | None, changes: Changes) -> Iterator[Frame]:
    if isinstance(source, np.ndarray):
        return _of_array(source, step, channels)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(f"a video is an array or a path, not {type(source).__name__}")
    if channels is not None:
        raise OptionError("channels goes with an array; files say where their channels stand")
    path = Path(source)
    if path.is_dir():
        return _of_folder(path, step, changes)
    if not path.exists():
        raise DataError(f"there is no file {path}")
    if step is not None:
        raise OptionError(f"rate goes with an array or a folder; {path} says the times of its frames itself")
    if path.suffix.lower() in _ANIMATED:
        changes.add("frames of an animation as RGBA")
        return _of_animation(path, changes)
    changes.add("frames of a video as RGB")
    return _of_video(path, changes)


def _of_array(array: NDArray[Any], step: float | None, channels: Channels | None) -> Iterator[Frame]:
    if array.ndim not in (3, 4) or array.dtype.kind not in "biuf":
        raise DataError(
            f"a video has the shape (t, height, width) or (t, height, width, channels) and holds numbers; "
            f"this array has the shape {array.shape} and holds {array.dtype}"
        )
    if len(array):
        array = to_standing(array, axes_of(array.shape, "none" if array.ndim == 3 else channels))
    return (Frame(pixels, i * (step or 1.0)) for i, pixels in enumerate(array))


def _of_folder(folder: Path, step: float | None, changes: Changes) -> Iterator[Frame]:
    """The pictures of a folder, "frame2" before "frame10"; other files are an error and not skipped."""
    paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for path in paths:
        if path.suffix.lower() not in _PICTURES:
            raise DataError(f"{path} is among the frames and is no picture; take it out of the folder")
    for i, path in enumerate(sorted(paths, key=_natural)):
        picture = read_image(path)
        for change in picture.changes:
            changes.add(change, i)
        pixels = picture.pixels
        yield Frame(pixels if pixels.ndim == 3 else pixels[..., None], i * (step or 1.0))


def _natural(path: Path) -> list[tuple[int, int | str]]:
    """A key that sorts numbers in names by their value."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name)
    return [(0, int(part)) if part.isdecimal() and part.isascii() else (1, part) for part in parts]


def _of_animation(path: Path, changes: Changes) -> Iterator[Frame]:
    """The frames of an animated picture, each as it is shown, with alpha."""
    notes: list[str] = []  # what Pillow warns of does not stop a video
    with opened(path, max_pixels=MAX_PIXELS, notes=notes) as image:
        time = 0.0
        # An animated PNG may hold a picture for programs that cannot animate, which is no frame of it.
        first = int(getattr(image, "default_image", False))
        if first:
            changes.add("the picture for programs that cannot animate is left out")
        for i in itertools.count():
            with guarded(
                path, notes
            ):  # not around the loop: between two frames the program that asks goes on
                try:
                    image.seek(first + i)
                except EOFError:
                    return
                image.load()
                pixels = np.array(image.convert("RGBA"))
                shown = float(image.info.get("duration", 0)) / 1000
            for note in dict.fromkeys(notes):
                changes.add(note, i)
            notes.clear()
            yield Frame(pixels, time)
            time += shown


def _of_video(path: Path, changes: Changes) -> Iterator[Frame]:
    """The frames of a video file, decoded one by one by PyAV."""
    av = require("av", extra="video")
    try:
        with av.open(os.fspath(path)) as file:
            if not file.streams.video:
                raise FormatError("this file holds no moving picture", path=path)
            rate = file.streams.video[0].average_rate
            start, end = None, _End()
            for i, frame in enumerate(end.watched(file)):
                if frame.width * frame.height > MAX_PIXELS:
                    raise FormatError(f"a frame claims {frame.width:,} × {frame.height:,} pixels", path=path)
                time = frame.time
                if time is None:
                    changes.add(
                        f"without a time, {f'which is counted by the rate {rate}' if rate else 'its number'}",
                        i,
                    )
                    time = float(i / rate if rate else i)
                start = time if start is None else start
                yield Frame(frame.to_ndarray(format="rgb24"), time - start)
            end.check(file, path, changes)
    except FirthError:
        raise
    except Exception as error:  # FFmpeg's errors are of many kinds, some of them of the system
        raise FormatError(f"this is no video, or it is damaged: {error}", path=path) from error


class _End:
    """Where the packets of a video file end, of its sound and all else too, against what the file claims."""

    def __init__(self) -> None:
        self.time: float | None = None  # in seconds, where packets say it
        self.packets = 0  # of the first video stream

    def watched(self, file: Any) -> Iterator[Any]:
        """The frames of the first video stream."""
        video = file.streams.video[0]
        for packet in file.demux():
            if packet.pts is not None:
                time = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                self.time = time if self.time is None else max(self.time, time)
            if packet.stream.index == video.index:
                self.packets += packet.size > 0  # the last, empty one asks for what was held back
                yield from packet.decode()

    def check(self, file: Any, path: Path, changes: Changes) -> None:
        """Compare, when all was read; a few frames less are no matter, since lengths are rounded.

        Raises:
            FormatError: the file ends well before.
        """
        video = file.streams.video[0]
        claimed = video.frames
        if claimed - self.packets > max(3, claimed // 100):
            raise FormatError(
                f"this video is cut short: it claims {claimed:,} frames and holds {self.packets:,}", path=path
            )
        if claimed:
            return
        if self.time is None or file.duration is None or file.format.name in _ENDLESS:
            changes.add("this file does not say how long it is: read as far as it goes")
            return
        seconds = (file.duration + (file.start_time or 0)) / 1e6
        if seconds - self.time > max(3 / float(video.average_rate or 25), seconds / 100):
            raise FormatError(
                f"this video is cut short: it claims {seconds:.2f} seconds and holds {self.time:.2f}",
                path=path,
            )


def _scaled(frames: Iterator[Frame], size: tuple[int, int]) -> Iterator[Frame]:
    images = require("PIL.Image", extra="media")
    height, width = size
    for pixels, time in frames:
        channels = pixels.shape[2]
        if pixels.dtype != np.uint8 or channels not in (1, 3, 4):
            raise DataError(
                f"frames of uint8 with 1, 3 or 4 channels can be scaled; these are {pixels.dtype} with "
                f"{channels}"
            )
        image = images.fromarray(pixels[..., 0] if channels == 1 else pixels)
        scaled = np.array(image.resize((width, height), images.Resampling.BILINEAR))
        yield Frame(scaled.reshape(height, width, channels), time)
