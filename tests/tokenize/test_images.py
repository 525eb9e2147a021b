"""Picture files: what is changed is said, and every damaged file is one FormatError."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from firth.errors import DataError, FormatError, MemoryBudgetError, OptionError
from firth.tokenize import Picture, patches, read_image

RNG = np.random.default_rng(5)
COLOURS = RNG.integers(0, 256, (12, 18, 3), np.uint8)
KINDS = ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "TGA", "JPEG2000"]


def written(image: Any, format: str, **options: Any) -> bytes:
    image.save(file := io.BytesIO(), format, **options)
    return file.getvalue()


def colours() -> Any:
    return PIL.Image.fromarray(COLOURS)


def test_a_picture_is_its_pixels():
    found = read_image(written(colours(), "PNG"))
    np.testing.assert_array_equal(found.pixels, COLOURS)
    assert (found.format, found.mode, found.stored, found.changes) == ("PNG", "RGB", "RGB", ())
    assert repr(found) == "Picture(these bytes: 12 × 18, RGB, uint8)"


@pytest.mark.parametrize(
    ("image", "mode", "pixels", "change"),
    [
        (PIL.Image.new("1", (3, 2), 1), None, (2, 3), "black and white became L"),
        (colours().quantize(8), None, (12, 18, 3), "a palette became RGB"),
        (PIL.Image.new("RGBA", (3, 2), (9, 8, 7, 6)), None, (2, 3, 4), None),
        (PIL.Image.new("RGBA", (3, 2)), "RGB", (2, 3, 3), "RGBA became RGB, alpha left out"),
        (PIL.Image.new("LA", (3, 2)), None, (2, 3, 2), None),
        (colours(), "L", (12, 18), "RGB became L"),
    ],
)
def test_what_is_changed_is_said(image: Any, mode: Any, pixels: tuple[int, ...], change: str | None):
    found = read_image(written(image, "PNG"), mode=mode)
    assert found.pixels.shape == pixels and found.pixels.dtype == np.uint8
    assert found.changes == (() if change is None else (change,))


def test_black_and_white_is_0_and_255():
    bits = PIL.Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert read_image(written(bits, "PNG")).pixels.tolist() == [[0, 255]]


def test_print_colours_become_rgb():
    found = read_image(written(PIL.Image.new("CMYK", (3, 2)), "JPEG"))
    assert found.mode == "RGB" and found.changes == ("CMYK became RGB",)


def test_a_palette_with_transparency_keeps_its_alpha():
    image = colours().quantize(8)
    found = read_image(written(image, "PNG", transparency=0))
    assert (found.mode, found.format, found.stored) == ("RGBA", "PNG", "P")
    assert {0, 255} == set(np.unique(found.pixels[..., 3]).tolist())


def test_transparency_that_is_left_out_is_said():
    image = colours().quantize(8)
    found = read_image(written(image, "PNG", transparency=0), mode="RGB")
    assert found.changes == ("a palette with a clear colour became RGB, alpha left out",)
    clear = tuple(COLOURS[3, 4].tolist())
    found = read_image(written(colours(), "PNG", transparency=clear))
    assert found.changes == ("RGB with a clear colour became RGBA",)
    assert found.pixels[3, 4].tolist() == [*clear, 0] and found.pixels[0, 0, 3] == 255


def test_16_bits_stay_16_bits_and_are_scaled_to_8():
    wide = np.array([[0, 128, 257, 65535]], np.uint16)
    data = written(PIL.Image.fromarray(wide), "PNG")
    found = read_image(data)
    assert found.pixels.dtype == np.uint16 and found.pixels.tolist() == wide.tolist() and not found.changes
    grey = read_image(data, mode="L")
    assert grey.pixels.tolist() == [[0, 0, 1, 255]]
    assert grey.changes == ("16 bits became 8, scaled by 255 / 65535, as L",)


def test_16_bits_a_colour_are_read_as_8_and_said():
    rows = b"".join(b"\0" + RNG.bytes(6 * 4) for _ in range(3))
    data = png(4, 3, zlib.compress(rows), depth=16)
    found = read_image(data)
    assert found.pixels.dtype == np.uint8 and found.changes == ("16 bits a channel, of which Pillow reads 8",)


def test_floats_have_no_range_to_become_grey():
    data = written(PIL.Image.fromarray(np.ones((2, 3), np.float32)), "TIFF")
    assert read_image(data).pixels.dtype == np.float32
    with pytest.raises(DataError, match="F holds floats without a range, which cannot become RGB"):
        read_image(data, mode="RGB")


def test_orientation_turns_the_picture_upright():
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    found = read_image(written(colours(), "PNG", exif=exif.tobytes()))
    np.testing.assert_array_equal(found.pixels, np.rot90(COLOURS, -1))
    assert found.changes == ("turned upright: EXIF orientation 6",) and found.format == "PNG"


def test_of_an_animation_the_first_frame_is_read_and_said():
    frames = [PIL.Image.new("RGB", (4, 4), (i, 0, 0)) for i in (10, 20, 30)]
    data = written(frames[0], "PNG", save_all=True, append_images=frames[1:])
    found = read_image(data)
    assert found.pixels[0, 0, 0] == 10
    assert found.changes == ("the first of 3 frames; firth.tokenize.clips takes them all",)


def test_what_pillow_warns_of_is_said():
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    found = read_image(written(colours(), "PNG", exif=exif.tobytes()[:-3]))
    assert found.changes[0] == "turned upright: EXIF orientation 6"
    assert found.changes[1].startswith("Pillow warns: Corrupt EXIF data")


def test_a_file_of_more_pixels_than_allowed_is_refused_before_it_is_decoded(tmp_path: Path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(30_000, 30_000, zlib.compress(bytes(100_000))))
    with pytest.raises(FormatError, match=r"bomb\.png: .*900000000 pixels.*bomb.* limit is Pillow's"):
        read_image(path)
    path.write_bytes(png(9000, 10_001, zlib.compress(bytes(100_000))))
    with pytest.raises(FormatError, match=r"claims 9,000 × 10,001 pixels, more than max_pixels=89,478,485"):
        patches(path, 16)
    with pytest.raises(FormatError, match="claims 18 × 12 pixels, more than max_pixels=100"):
        read_image(written(colours(), "PNG"), max_pixels=100)
    with pytest.raises(FormatError, match="damaged"):  # allowed, but it does not hold what it claims
        read_image(path, max_pixels=100_000_000)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_short_is_named(kind: str, tmp_path: Path):
    path = tmp_path / f"cut.{kind.lower()}"
    big = PIL.Image.fromarray(RNG.integers(0, 256, (64, 64, 3), np.uint8))
    data = written(big, kind)
    for size in (0, 1, 20, len(data) // 2):
        path.write_bytes(data[:size])
        with pytest.raises(FormatError, match=rf"cut\.{kind.lower()}: this is no picture"):
            read_image(path)
    assert isinstance(read_image(data), Picture)


def test_pillow_images_that_were_not_decoded_yet_are_guarded_too():
    lazy = PIL.Image.open(io.BytesIO(written(colours(), "PNG")[:200]))
    with pytest.raises(FormatError, match="damaged"):
        patches(lazy, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_raise_format_error_and_nothing_else(kind: str):
    """At least 2,000 damaged files over all kinds; each is read, or is a FormatError."""
    read = refused = 0
    for data in mutants(written(colours(), kind), n=260):
        try:
            found = read_image(data, max_pixels=1_000_000)
        except FormatError as error:
            assert str(error)
            refused += 1
        else:
            assert found.pixels.size <= 4_000_000
            read += 1
    assert read + refused == 260 and refused > 20


def test_formats_that_start_other_programs_are_not_opened():
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"
    with pytest.raises(FormatError, match="no picture"):
        read_image(postscript)


def test_files_that_are_not_there_and_options_outside_their_range():
    with pytest.raises(DataError, match=r"none\.png cannot be opened: No such file"):
        read_image("none.png")
    with pytest.raises(DataError, match="cannot be opened: Is a directory"):
        read_image(Path())
    with pytest.raises(OptionError, match=r"mode is 'L', .*not 'HSV'"):
        read_image("none.png", mode="HSV")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="max_pixels is a whole number from 1 to 1,099,511,627,776, not 0"):
        read_image("none.png", max_pixels=0)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "read from a path or from bytes, not from NoneType"),
        (123, "not from int"),
        (bytearray(b"x"), "not from bytearray"),
        ("a\0b", r"'a\\x00b' is no name of a file: embedded null byte"),
        ("\ud800", r"'\\ud800' is no name of a file: .*surrogates"),
    ],
)
def test_what_is_no_source_is_refused(source: Any, message: str):
    with pytest.raises(DataError, match=message):
        read_image(source)


def test_the_limit_of_pillow_is_named_and_can_be_lifted(monkeypatch: pytest.MonkeyPatch):
    data = written(colours(), "PNG")
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)  # half of what is refused
    with pytest.raises(FormatError, match=r"216 pixels\).* limit is Pillow's; .*MAX_IMAGE_PIXELS = None"):
        read_image(data, max_pixels=10**9)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", None)
    assert read_image(data, max_pixels=10**9).pixels.shape == COLOURS.shape


def test_a_large_picture_is_held_against_memory_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("firth.data.memory.available_memory", lambda: 10**9)
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", None)
    with pytest.raises(MemoryBudgetError, match=r"this picture needs about 7,200 MB .*Scale it down"):
        read_image(png(30_000, 30_000, zlib.compress(b"")), max_pixels=10**9)


def png(width: int, height: int, data: bytes, *, depth: int = 8) -> bytes:
    """A PNG of colours with a header that claims this size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def mutants(data: bytes, *, n: int) -> Iterator[bytes]:
    """Damaged versions of a file: cut, with other bytes, with pieces left out or doubled."""
    rng = np.random.default_rng(len(data))
    for i in range(n):
        damaged = bytearray(data)
        a, b = sorted(rng.integers(0, len(data), 2).tolist())
        match i % 5:
            case 0:
                del damaged[a:]
            case 1:
                for at in rng.integers(0, len(data), rng.integers(1, 6)).tolist():
                    damaged[at] ^= int(rng.integers(1, 256))
            case 2:  # the sizes stand in the first bytes
                at = int(rng.integers(0, min(60, len(data) - 8)))
                damaged[at : at + 4] = [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"][rng.integers(3)]
            case 3:
                del damaged[a : min(b, a + 40)]
            case 4:
                damaged[b:b] = damaged[a : min(b, a + 40)]
        yield bytes(damaged)
