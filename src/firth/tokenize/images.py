"""`read_image`: a picture file as an array of pixels, with everything that was changed on the way.

A picture file is foreign input: it can claim any size, stop anywhere and hold anything. The size is checked
before a pixel is decoded, only formats that Pillow decodes itself are opened (no PostScript, which would
start another program), and whatever Pillow raises comes out as one `FormatError`.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.errors import DataError, FirthError, FormatError, OptionError
from firth.extras import require
from firth.options import check_whole

__all__ = [
    "MAX_PIXELS",
    "Mode",
    "Picture",
    "decoded",
    "guarded",
    "opened",
    "pixels_of",
    "read_image",
    "read_pixels",
]

Mode: TypeAlias = Literal["L", "LA", "RGB", "RGBA"]

MAX_PIXELS = 89_478_485  # a quarter of a gigabyte of colours; where Pillow begins to warn
_MOST_PIXELS = 1 << 40
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "QOI", "TGA", "TIFF", "WEBP")
_ORIENTATION = 0x0112  # the tag of EXIF 2.3, section 4.6.4
_WHOLE = {"1": "L", "P": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}
_CLEAR = {"1": "LA", "L": "LA", "P": "RGBA", "RGB": "RGBA"}  # where one colour is marked as transparent
_COLOURS = {"CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture that was read.

    Attributes:
        pixels: (height, width) or (height, width, channels): uint8, or as the file has it uint16 for 16 bits
            a channel, int32 or float32.
        source: the file, or "these bytes".
        format: of the file, such as "PNG"; "" for an image that was in memory.
        mode: Pillow's name of the pixels: "L" grey, "RGB", "RGBA" with alpha, "I;16", …
        stored: its name of what the file holds.
        changes: what was changed or left out, a sentence each; empty where the pixels are those of the file.
    """

    pixels: NDArray[Any]
    source: str
    format: str
    mode: str
    stored: str
    changes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        said = "".join(f"; {change}" for change in self.changes)
        return f"Picture({self.source}: {height} × {width}, {self.mode}, {self.pixels.dtype}{said})"


def read_image(
    source: str | os.PathLike[str] | bytes, *, mode: Mode | None = None, max_pixels: int = MAX_PIXELS
) -> Picture:
    """Read one picture.

    Args:
        source: a path, or the bytes of a file: AVIF, BMP, GIF, JPEG, JPEG 2000, PNG, PPM, QOI, TGA, TIFF,
            WebP.
        mode: "L" grey, "LA" with alpha, "RGB", "RGBA"; None keeps what the file holds, but for a palette,
            which becomes the colours it stands for, a colour marked as clear, which becomes alpha, and for
            the colours of print and video, which become RGB.
        max_pixels: a picture that claims more is refused before it is decoded. Pillow has a limit of its own,
            178,956,970 pixels, for the whole program: `PIL.Image.MAX_IMAGE_PIXELS = None` lifts it.

    Returns:
        The pixels, upright as the EXIF orientation says, of an animation the first; `changes` says what was
        done.

    Raises:
        DataError: there is no such file, or numbers without a range (int32, float32) were to become `mode`.
        FormatError: it is no picture, damaged, cut short, or claims more pixels; the message names the file.
        MemoryBudgetError: a picture of more than 89,478,485 pixels does not fit into memory.
        OptionError: an option is outside its range.
        MissingExtraError: Pillow is not installed.

    >>> import io, PIL.Image
    >>> PIL.Image.new("L", (3, 2), 7).save(file := io.BytesIO(), "PNG")
    >>> read_image(file.getvalue())
    Picture(these bytes: 2 × 3, L, uint8)
    """
    if mode not in ("L", "LA", "RGB", "RGBA", None):
        raise OptionError(f"mode is 'L', 'LA', 'RGB', 'RGBA' or None, not {mode!r}")
    notes: list[str] = []
    with opened(source, max_pixels=max_pixels, notes=notes) as image, guarded(source, notes):
        picture = decoded(image, _name_of(source), mode=mode)
        # A photograph may hold a small copy of itself, which Pillow takes for a second frame.
        frames = 1 if picture.format in ("JPEG", "MPO") else getattr(image, "n_frames", 1)
    if frames > 1:
        more = "; firth.tokenize.clips takes them all" if picture.format in ("GIF", "PNG", "WEBP") else ""
        notes.append(f"the first of {frames} frames{more}")
    return replace(picture, changes=(*picture.changes, *dict.fromkeys(notes)))


@contextmanager
def opened(source: str | os.PathLike[str] | bytes, *, max_pixels: int, notes: list[str]) -> Iterator[Any]:
    """An image of Pillow, not decoded yet; everything that is done with it stands under `guarded`.

    Raises:
        DataError: there is no such file.
        FormatError: it is no picture, or claims more pixels than `max_pixels`.
        MemoryBudgetError: it does not fit into memory.
    """
    max_pixels = check_whole("max_pixels", max_pixels, 1, _MOST_PIXELS)
    images = require("PIL.Image", extra="media")
    images.init()
    formats = [format for format in _FORMATS if format in images.OPEN]  # older ones know fewer
    with _stream(source) as stream, ExitStack() as stack:
        with guarded(source, notes):
            image = stack.enter_context(images.open(stream, formats=formats))
            width, height = image.size
            if width * height > max_pixels:
                raise FormatError(
                    f"this picture claims {width:,} × {height:,} pixels, more than max_pixels="
                    f"{max_pixels:,}; raise it if that is right",
                    path=_path_of(source),
                )
            if width * height > MAX_PIXELS:  # four channels, and a copy of them in an array
                check_memory(8 * width * height, "this picture", "Scale it down first")
        yield image


@contextmanager
def guarded(source: Any, notes: list[str]) -> Iterator[None]:
    """Within the block all that goes wrong is a `FormatError` that names the source; `notes` takes what
    Pillow warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except FirthError:
            raise
        except Exception as error:  # a decoder fed with damage raises nearly every kind there is
            said = str(error).partition("<_io.")[0].rstrip() or type(error).__name__
            message = f"this is no picture that can be read, or it is damaged: {said}"
            if _is_bomb(type(error)):
                message = f"{said} That limit is Pillow's; PIL.Image.MAX_IMAGE_PIXELS = None lifts it"
            raise FormatError(message, path=_path_of(source)) from error
        finally:
            # That a picture is large was asked for: the limit is `max_pixels`.
            notes += [f"Pillow warns: {w.message}" for w in caught if not _is_bomb(w.category)]


def _is_bomb(kind: type) -> bool:
    """Whether Pillow says by this that a picture is large."""
    return kind.__name__ in ("DecompressionBombWarning", "DecompressionBombError")


def _path_of(source: Any) -> str | None:
    return os.fspath(source) if isinstance(source, (str, os.PathLike)) else None


def _name_of(source: Any) -> str:
    return _path_of(source) or "these bytes"


def decoded(image: Any, name: str, *, mode: Mode | None = None) -> Picture:
    """The pixels of an image of Pillow, upright and in a mode that an array can hold.

    Raises:
        DataError: numbers without a range were to become `mode`.
    """
    stored, format = image.mode, getattr(image, "format", None) or ""
    changes: list[str] = []
    if stored in ("RGB", "RGBA", "LA") and any(";16" in str(tile[3]) for tile in getattr(image, "tile", ())):
        changes.append("16 bits a channel, of which Pillow reads 8")
    upright, turned = _upright(image)
    # Pillow before 11 opens a grey PNG of 16 bits as "I"; its numbers have the same range.
    is_wide = stored.startswith("I;16") or (stored == "I" and format == "PNG")
    pixels, found, changed = _wide(upright, mode) if is_wide else _plain(upright, mode, name)
    changes += [*turned, *changed]
    return Picture(
        pixels=pixels, source=name, format=format, mode=found, stored=stored, changes=tuple(changes)
    )


def pixels_of(image: Any) -> NDArray[Any]:
    """The pixels alone of `read_pixels`."""
    return read_pixels(image)[0]


def read_pixels(image: Any) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The pixels of an array, a `Picture`, a Pillow image or a file, and what was changed, as in `Picture`.

    Raises:
        DataError: it is none of these, or an array of something else than numbers.
        FormatError: a file is damaged or no picture.
    """
    if isinstance(image, (str, os.PathLike)):
        image = read_image(image)
    if isinstance(image, Picture):
        return image.pixels, image.changes
    if not isinstance(image, np.ndarray):
        if not hasattr(image, "getexif"):  # what Pillow's images have, without importing Pillow
            raise DataError(
                f"a picture is an array, a Pillow image, a Picture or a path, not {type(image).__name__}"
            )
        notes: list[str] = []
        with guarded(image, notes):  # Pillow decodes a file only when its pixels are asked for
            picture = decoded(image, "this image")
        return picture.pixels, (*picture.changes, *dict.fromkeys(notes))
    if image.dtype.kind not in "biufc":
        raise DataError(f"pixels are numbers; this array holds {image.dtype}")
    return image, ()


def _stream(source: str | os.PathLike[str] | bytes) -> Any:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, (str, os.PathLike)):
        raise DataError(f"a picture is read from a path or from bytes, not from {type(source).__name__}")
    path = Path(source)
    try:
        return path.open("rb")
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}") from error
    except ValueError as error:  # it holds a NUL, or a lone surrogate
        raise DataError(f"{str(path)!r} is no name of a file: {error}") from error


def _upright(image: Any) -> tuple[Any, list[str]]:
    """The image turned as its EXIF orientation says."""
    orientation = image.getexif().get(_ORIENTATION, 1)
    if orientation not in range(2, 9):
        image.load()
        return image, []
    turned = require("PIL.ImageOps", extra="media").exif_transpose(image)
    return turned, [f"turned upright: EXIF orientation {orientation}"]


def _plain(image: Any, mode: Mode | None, name: str) -> tuple[NDArray[Any], str, list[str]]:
    """The pixels in a mode that holds channels, the mode, and what was changed.

    Raises:
        DataError: numbers without a range were to become `mode`.
    """
    stored, is_clear = image.mode, "transparency" in image.info
    usual = (_WHOLE | _COLOURS | (_CLEAR if is_clear else {})).get(stored, stored)
    wanted = mode or usual
    if wanted == stored:
        return np.array(image), stored, []
    if stored in ("I", "F"):
        raise DataError(
            f"{name}: {stored} holds {'whole numbers' if stored == 'I' else 'floats'} without a range, "
            f"which cannot become {wanted}; read it with mode=None and scale the pixels"
        )
    what = {"1": "black and white", "P": "a palette", "PA": "a palette with alpha"}.get(stored, stored)
    what += " with a clear colour" if is_clear else ""
    lost = ", alpha left out" if (is_clear or "A" in usual) and "A" not in wanted else ""
    return np.array(image.convert(wanted)), wanted, [f"{what} became {wanted}{lost}"]


def _wide(image: Any, mode: Mode | None) -> tuple[NDArray[Any], str, list[str]]:
    """The same of a grey picture of 16 bits, which is scaled to 8; Pillow would cut everything above 255."""
    pixels = np.array(image).astype(np.uint16)
    lost = ["which grey is clear is left out"] if "transparency" in image.info else []
    if mode is None:
        return pixels, "I;16", lost
    pixels = ((pixels.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    grey = require("PIL.Image", extra="media").fromarray(pixels)
    return np.array(grey.convert(mode)), mode, [f"16 bits became 8, scaled by 255 / 65535, as {mode}", *lost]
