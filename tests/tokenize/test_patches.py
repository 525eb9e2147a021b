"""Pictures to patches and back: exact for every shape, type, overlap and padding."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firth import Run
from firth.errors import DataError, MemoryBudgetError, OptionError
from firth.tokenize import patches, read_image, unpatch
from firth.tokenize.overlap import lay_back

TYPES = ["u1", "<u2", ">i2", "i8", "u8", "?", "f2", "<f4", ">f8", "c16"]


@st.composite
def pictures(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    shape = draw(st.tuples(st.integers(1, 3), *[st.integers(1, 12)] * 2, st.integers(1, 4)))
    return draw(arrays(draw(st.sampled_from(TYPES)), shape))


@given(pictures(), st.data())
def test_what_was_cut_is_laid_back_exactly(image: np.ndarray[Any, Any], data: st.DataObject):
    size = data.draw(st.tuples(*[st.integers(1, 6)] * 2), "size")
    stride = tuple(data.draw(st.integers(1, one), "stride") for one in size)
    pad = data.draw(st.sampled_from(["zero", "edge", "reflect"]), "pad")
    cut = patches(image, size, stride=stride, pad=pad)
    back = unpatch(cut)
    assert back.dtype == image.dtype and back.shape == image.shape
    np.testing.assert_array_equal(back.tobytes(), image.tobytes())  # NaN too
    assert cut.values.shape == (len(image) * cut.grid[0] * cut.grid[1], *size, image.shape[3])


@given(pictures(), st.integers(1, 4), st.data())
def test_every_patch_is_a_piece_of_its_picture(image: np.ndarray[Any, Any], size: int, data: st.DataObject):
    size = min(size, *image.shape[1:3])
    stride = data.draw(st.integers(1, size))
    cut = patches(image, size, stride=stride, pad="crop")
    rows, columns = cut.grid
    for k, patch in enumerate(cut.values):
        i, r, c = np.unravel_index(k, (len(image), rows, columns))
        piece = image[i, r * stride : r * stride + size, c * stride : c * stride + size]
        assert patch.tobytes() == piece.tobytes()
    for left, length, n in zip(cut.left_over, image.shape[1:3], cut.grid, strict=True):
        assert left == length - ((n - 1) * stride + size) < stride


@pytest.mark.parametrize(
    ("channels", "shape", "axes"),
    [
        (None, (4, 6), "HW"),
        (None, (4, 6, 3), "HWC"),
        (None, (5, 4, 6, 1), "NHWC"),
        ("last", (4, 6, 7), "HWC"),
        ("first", (3, 4, 6), "CHW"),
        ("first", (5, 3, 4, 6), "NCHW"),
        ("none", (9, 4, 6), "NHW"),
    ],
)
def test_axes_come_back_where_they_were(channels: Any, shape: tuple[int, ...], axes: str):
    image = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    cut = patches(image, 2, channels=channels)
    assert cut.axes == axes and cut.grid == (2, 3)
    np.testing.assert_array_equal(unpatch(cut), image)


def test_a_batch_is_its_pictures_one_after_the_other_on_any_number_of_threads():
    image = np.random.default_rng(1).integers(0, 256, (400, 32, 32, 3), np.uint8)
    cut = patches(image, 8, stride=4, run=Run(threads=3))
    one = np.concatenate([patches(single, 8, stride=4, run=Run(threads=1)).values for single in image])
    np.testing.assert_array_equal(cut.values, one)
    np.testing.assert_array_equal(patches(list(image), 8, stride=4).values, one)
    assert repr(cut) == "Patches(19,600 of 8 × 8, 7 × 7 in each of 400)"


def test_a_picture_that_does_not_lie_in_one_piece_is_cut_alike():
    image = np.random.default_rng(2).normal(size=(40, 60, 3))
    turned = image[::-2, ::3]
    np.testing.assert_array_equal(patches(turned, 5).values, patches(np.ascontiguousarray(turned), 5).values)


def test_padding_is_as_asked_and_stated():
    image = np.array([[1, 2, 3]], np.uint8)
    for pad, row in {"zero": [3, 0], "edge": [3, 3], "reflect": [3, 2]}.items():
        cut = patches(image, (1, 2), pad=pad)  # type: ignore[arg-type]
        assert cut.values[1, 0, :, 0].tolist() == row
        assert (cut.padding, cut.left_over) == ((0, 1), (0, 0))
        assert "0 × 1 padded" in repr(cut)
    cut = patches(image, (1, 2), pad="crop")
    assert (cut.padding, cut.left_over) == ((0, 0), (0, 1))
    assert unpatch(cut).tolist() == [[1, 2]]


def test_other_values_are_laid_back_as_their_mean():
    cut = patches(np.zeros((1, 3), np.uint8), (1, 2), stride=1)
    laid = unpatch(cut, np.array([[1.0, 2.0], [4.0, 8.0]]))
    assert laid.dtype == np.float64 and laid.tolist() == [[1.0, 3.0, 8.0]]
    whole = unpatch(cut, np.array([[1, 3], [4, 8]], np.uint8))
    assert whole.dtype == np.uint8 and whole.tolist() == [[1, 4, 8]]  # 3.5 goes to the even one


@pytest.mark.parametrize("kind", ["u1", ">i4", "i8", ">u8"])
def test_means_of_the_largest_whole_numbers_are_exact(kind: str):
    least, most = np.iinfo(kind).min, np.iinfo(kind).max
    values = np.random.default_rng(5).integers(least, most, (6, 4), kind[-2:], endpoint=True)
    values[:2] = [[most, most, least, most], [most, least, least, most]]
    cut = patches(np.zeros((1, 9), kind), (1, 4), stride=1)
    laid = unpatch(cut, values.astype(kind))
    assert laid.dtype == np.dtype(kind)
    for place, found in enumerate(laid[0].tolist()):
        held = [int(values[row, place - row]) for row in range(6) if 0 <= place - row < 4]
        assert found == round(Fraction(sum(held), len(held)))


@pytest.mark.parametrize("kind", ["u1", "i2", "u8", "f4", "f8"])
def test_pieces_that_disagree_give_their_mean(kind: str):
    rng = np.random.default_rng(3)
    pieces = rng.integers(0, 100, (2, 3, 4, 5, 3, 2)).astype(kind)
    laid = lay_back(pieces, stride=(2, 1))
    sums, times = np.zeros((2, 9, 6, 2)), np.zeros((2, 9, 6, 2))
    for r in range(3):
        for c in range(4):
            sums[:, 2 * r : 2 * r + 5, c : c + 3] += pieces[:, r, c]
            times[:, 2 * r : 2 * r + 5, c : c + 3] += 1
    mean = sums / times
    if kind[0] == "f":
        np.testing.assert_allclose(laid, mean, rtol=1e-6)
    else:
        np.testing.assert_allclose(laid, mean, atol=0.5 + 1e-9)


def test_files_and_pillow_images_are_pictures_too(tmp_path: Path):
    pixels = np.random.default_rng(4).integers(0, 256, (4, 6, 3), np.uint8)
    image = PIL.Image.fromarray(pixels)
    image.save(tmp_path / "a.png")
    for source in (image, tmp_path / "a.png", str(tmp_path / "a.png")):
        np.testing.assert_array_equal(unpatch(patches(source, 2)), pixels)
    cut = patches([image, tmp_path / "a.png"], 2)
    assert cut.pictures == 2 and cut.axes == "NHWC"
    grey = patches(image.convert("L"), 2)
    assert grey.axes == "HW" and unpatch(grey).shape == (4, 6)


def test_what_was_changed_in_reading_is_kept(tmp_path: Path):
    turned, palette = PIL.Image.Exif(), PIL.Image.new("P", (4, 4))
    turned[0x0112] = 6
    plain = PIL.Image.new("RGB", (4, 4))
    plain.save(tmp_path / "turned.png", exif=turned.tobytes())
    said = "turned upright: EXIF orientation 6"
    for source in (tmp_path / "turned.png", read_image(tmp_path / "turned.png")):
        assert patches(source, 2).changes == (said,) and said in repr(patches(source, 2))
    assert patches(palette, 2).changes == ("a palette became RGB",)
    cut = patches([plain, palette, tmp_path / "turned.png"], 2)
    assert cut.changes == (
        "picture 1: a palette became RGB",
        f"picture 2 ({tmp_path / 'turned.png'}): {said}",
    )
    assert "4 changes" in repr(patches([palette] * 4, 2))
    assert patches(plain, 2).changes == patches(np.zeros((4, 4)), 2).changes == ()


def test_what_pillow_warns_of_is_kept_for_its_own_images():
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    PIL.Image.new("RGB", (4, 4)).save(file := io.BytesIO(), "PNG", exif=turned.tobytes()[:-3])
    changes = patches(PIL.Image.open(file), 2).changes
    assert len(changes) == 2 and changes[1].startswith("Pillow warns: Corrupt EXIF data")


def test_patches_that_do_not_fit_into_memory_are_refused():
    with pytest.raises(MemoryBudgetError, match=r"cutting patches needs about .* MB .*Choose a smaller size"):
        patches(np.zeros((4, 4)), 2**20, pad="zero")


def shaped(*shape: int) -> np.ndarray[Any, Any]:
    return np.zeros(shape, np.uint8)


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (shaped(3, 224, 224), {}, r"np\.moveaxis\(pictures, 0, -1\), or channels='first'"),
        (shaped(2, 3, 32, 32), {}, r"np\.moveaxis\(pictures, 1, -1\), or channels='first'"),
        (shaped(100, 8, 8), {}, r"channels='none' if these are 100 grey pictures"),
        (shaped(2, 8, 8, 9), {}, "channels='last' if that is so"),
        (shaped(8), {}, r"this array has the shape \(8,\)"),
        (shaped(8, 8), {"channels": "first"}, r"\(channels, height, width\)"),
        (shaped(0, 8, 8, 3), {}, "holds no pixel"),
        (shaped(9, 8), {}, "1 rows and 0 columns are left over; pad='zero'"),
        (shaped(2, 2), {"pad": "crop"}, "no patch of 4 × 4 fits a picture of 2 × 2"),
        (np.array([["a"]]), {}, "pixels are numbers; this array holds <U1"),
        ([[1, 2], [3, 4]], {}, "a picture is an array, .* not list"),
        ([], {}, "at least one"),
        ([shaped(8, 8), shaped(8, 4)], {}, r"picture 1 has \(8, 4\) uint8, the first \(8, 8\)"),
        ([shaped(2, 8, 8, 3)], {}, "np.concatenate"),
        (7, {}, "not int"),
        ("none.png", {}, "none.png cannot be opened: No such file"),
    ],
)
def test_what_is_no_picture_is_refused(image: Any, options: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        patches(image, 4, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is a whole number from 1 to 1,048,576, not 0"),
        ({"size": 2.5}, "not 2.5"),
        ({"size": (1, 2, 3)}, r"size is one whole number or two, \(down, along\)"),
        ({"size": 2, "stride": 3}, r"stride=\(3, 3\) is larger than size=\(2, 2\) and would skip"),
        ({"size": 2, "pad": "wrap"}, "pad is 'none', 'crop'.*not 'wrap'"),
        ({"size": 2, "channels": "middle"}, "channels is 'last', .*not 'middle'"),
    ],
)
def test_options_outside_their_range_are_refused(options: dict[str, Any], message: str):
    with pytest.raises(OptionError, match=message):
        patches(shaped(4, 4), **options)


def test_values_of_another_shape_are_refused():
    cut = patches(shaped(4, 4), 2)
    with pytest.raises(DataError, match=r"\(4, 2, 2, 1\) or \(4, 4\) is expected"):
        unpatch(cut, np.zeros((3, 4)))
    colours = patches(shaped(4, 4, 3), 2)
    with pytest.raises(DataError, match=r"\(4, 3, 2, 2\) do not fit .* \(4, 2, 2, 3\) or"):
        unpatch(colours, colours.values.transpose(0, 3, 1, 2))
    with pytest.raises(DataError, match="the values of patches are one array"):
        unpatch(cut, [[1], [2, 3]])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="are numbers; these are <U1"):
        unpatch(cut, np.full((4, 4), "a"))
    with pytest.raises(DataError, match="the Patches that patches returned, not ndarray"):
        unpatch(shaped(4, 4))  # type: ignore[arg-type]
