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
from firth.tokenize.images import MAX_PIXELS, guarded, opened, pixels_of

__all__ = ["Frame", "frames_of"]

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


class Frame(NamedTuple):
    """One frame: `pixels` (height, width, channels), `time` in seconds, or its number where none is known."""

    pixels: NDArray[Any]
    time: float


def frames_of(
    source: Any, *, size: tuple[int, int] | None, rate: float | None
) -> tuple[Iterator[Frame], tuple[str, ...]]:
    """The frames of a video, and what is changed in them.

    Args:
        source: see `firth.tokenize.clips`.
        size: (height, width) to scale to, bilinearly; None keeps them.
        rate: frames a second, where the source does not say it.

    Raises:
        DataError: the source is of no known kind, or there is none.
        OptionError: an option is outside its range, or the source says its own times.
    """
    if size is not None:
        if not isinstance(size, (tuple, list)) or len(size) != 2:
            raise OptionError(f"size is (height, width), not {size!r}")
        size = check_whole("size", size[0], 1, 2**15), check_whole("size", size[1], 1, 2**15)
    step = None if rate is None else 1 / check_real("rate", rate, 0, 1e6, above=True)
    frames, changes = _opened(source, step)
    if size is None:
        return frames, changes
    return _scaled(frames, size), (*changes, f"scaled to {size[0]} × {size[1]}, bilinear")


def _opened(source: Any, step: float | None) -> tuple[Iterator[Frame], tuple[str, ...]]:
    if isinstance(source, np.ndarray):
        return _of_array(source, step), ()
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(f"a video is an array or a path, not {type(source).__name__}")
    path = Path(source)
    if path.is_dir():
        return _of_folder(path, step), ()
    if not path.exists():
        raise DataError(f"there is no file {path}")
    if step is not None:
        raise OptionError(f"rate goes with an array or a folder; {path} says the times of its frames itself")
    if path.suffix.lower() in _ANIMATED:
        return _of_animation(path), ("frames of an animation as RGBA",)
    return _of_video(path), ("frames of a video as RGB",)


def _of_array(array: NDArray[Any], step: float | None) -> Iterator[Frame]:
    if array.ndim not in (3, 4) or array.dtype.kind not in "biuf":
        raise DataError(
            f"a video has the shape (t, height, width) or (t, height, width, channels) and holds numbers; "
            f"this array has the shape {array.shape} and holds {array.dtype}"
        )
    if array.ndim == 4 and array.shape[1] in (1, 3, 4) and array.shape[3] > 4:
        raise DataError(
            f"a video of the shape {array.shape} seems to have its channels first: np.moveaxis(video, 1, -1)"
        )
    for i, pixels in enumerate(array if array.ndim == 4 else array[..., None]):
        yield Frame(pixels, i * (step or 1.0))


def _of_folder(folder: Path, step: float | None) -> Iterator[Frame]:
    """The pictures of a folder, "frame2" before "frame10"; other files are an error and not skipped."""
    paths = [path for path in folder.iterdir() if not path.name.startswith(".")]
    for path in paths:
        if path.suffix.lower() not in _PICTURES:
            raise DataError(f"{path} is among the frames and is no picture; take it out of the folder")
    for i, path in enumerate(sorted(paths, key=_natural)):
        pixels = pixels_of(path)
        yield Frame(pixels if pixels.ndim == 3 else pixels[..., None], i * (step or 1.0))


def _natural(path: Path) -> list[tuple[int, int | str]]:
    """A key that sorts numbers in names by their value."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name)
    return [(0, int(part)) if part.isdecimal() and part.isascii() else (1, part) for part in parts]


def _of_animation(path: Path) -> Iterator[Frame]:
    """The frames of an animated picture, each as it is shown, with alpha."""
    notes: list[str] = []  # what Pillow warns of does not stop a video
    with opened(path, max_pixels=MAX_PIXELS, notes=notes) as image:
        time = 0.0
        # An animated PNG may hold a picture for programs that cannot animate, which is no frame of it.
        for i in itertools.count(1 if getattr(image, "default_image", False) else 0):
            with guarded(
                path, notes
            ):  # not around the loop: between two frames the program that asks goes on
                try:
                    image.seek(i)
                except EOFError:
                    return
                image.load()
                pixels = np.array(image.convert("RGBA"))
                shown = float(image.info.get("duration", 0)) / 1000
            yield Frame(pixels, time)
            time += shown


def _of_video(path: Path) -> Iterator[Frame]:
    """The frames of a video file, decoded one by one by PyAV."""
    av = require("av", extra="video")
    try:
        with av.open(os.fspath(path)) as file:
            if not file.streams.video:
                raise FormatError("this file holds no moving picture", path=path)
            start = None
            for frame in file.decode(video=0):
                if frame.width * frame.height > MAX_PIXELS:
                    raise FormatError(f"a frame claims {frame.width:,} × {frame.height:,} pixels", path=path)
                time = float(frame.time or 0.0)
                start = time if start is None else start
                yield Frame(frame.to_ndarray(format="rgb24"), time - start)
    except FirthError:
        raise
    except Exception as error:  # FFmpeg's errors are of many kinds, some of them of the system
        raise FormatError(f"this is no video, or it is damaged: {error}", path=path) from error


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
