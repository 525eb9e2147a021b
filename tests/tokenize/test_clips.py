"""Moving pictures to clips: every source gives the same frames, and what is left over is counted."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import av
import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import DataError, FormatError, OptionError
from firth.tokenize import Clips, clips, stream_clips

VIDEO = np.zeros((12, 16, 24, 3), np.uint8)
VIDEO += np.arange(12, dtype=np.uint8)[:, None, None, None] * 20
VIDEO[:, :, 12:] += 10


def animated(path: Path, **options: Any) -> Path:
    images = [PIL.Image.fromarray(frame) for frame in VIDEO]
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


@given(st.integers(1, 30), st.integers(1, 8), st.data())
def test_clips_lie_where_they_say(frames: int, length: int, data: st.DataObject):
    stride = data.draw(st.integers(1, length))
    video = np.arange(frames, dtype=np.int64)[:, None, None, None] * np.ones((1, 2, 1, 1), np.int64)
    found = clips(video, length=length, stride=stride, pad="edge")
    assert found.frames == frames and found.left_over == 0
    for i, clip in enumerate(found.values):
        wanted = np.minimum(i * stride + np.arange(length), frames - 1)
        np.testing.assert_array_equal(clip[:, 0, 0, 0], wanted)
        np.testing.assert_array_equal(found.times[i], wanted)
    assert (len(found) - 1) * stride + length == frames + found.padding
    if frames >= length:
        cropped = clips(video, length=length, stride=stride)
        assert cropped.left_over == frames - ((len(cropped) - 1) * stride + length) < stride
        np.testing.assert_array_equal(cropped.values, found.values[: len(cropped)])


def test_an_array_has_the_times_of_its_rate():
    found = clips(VIDEO, length=4, stride=2, rate=25)
    assert found.values.shape == (5, 4, 16, 24, 3) and found.flat().shape == (5, 4 * 16 * 24 * 3)
    np.testing.assert_allclose(found.times[1], np.arange(2, 6) / 25)
    assert clips(VIDEO[..., 0], length=4).values.shape == (3, 4, 16, 24, 1)


def test_channels_stand_where_it_is_said():
    first = clips(np.moveaxis(VIDEO, -1, 1), length=4, channels="first")
    np.testing.assert_array_equal(first.values, clips(VIDEO, length=4).values)
    assert clips(np.zeros((5, 8, 8, 7)), length=5, channels="last").values.shape == (1, 5, 8, 8, 7)


@pytest.mark.parametrize(("name", "options"), [("a.png", {}), ("a.webp", {"lossless": True}), ("a.gif", {})])
def test_animations_give_their_frames_and_times(name: str, options: dict[str, Any], tmp_path: Path):
    found = clips(animated(tmp_path / name, duration=40, **options), length=3)
    assert found.frames == 12 and found.values.shape == (4, 3, 16, 24, 4)
    np.testing.assert_allclose(
        found.values[..., :3].reshape(VIDEO.shape), VIDEO, atol=0 if "gif" not in name else 3
    )
    np.testing.assert_allclose(found.times.ravel(), np.arange(12) * 0.04)
    assert found.changes == ("frames of an animation as RGBA",)


def test_a_folder_gives_its_pictures_in_the_order_of_their_numbers(tmp_path: Path):
    for i, frame in enumerate(VIDEO):
        PIL.Image.fromarray(frame).save(tmp_path / f"frame{i}.png")
    found = clips(tmp_path, length=12, rate=10)
    np.testing.assert_array_equal(found.values[0], VIDEO)
    np.testing.assert_allclose(found.times[0], np.arange(12) / 10)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(DataError, match=r"notes\.txt is among the frames and is no picture"):
        clips(tmp_path, length=12)


def test_what_is_changed_in_the_pictures_of_a_folder_is_said(tmp_path: Path):
    for i, frame in enumerate(VIDEO):
        image = PIL.Image.fromarray(frame)
        (image.quantize(4) if i in (2, 3, 7) else image).save(tmp_path / f"frame{i}.png")
    stream = stream_clips(tmp_path, length=2)
    next(stream)
    assert stream.changes == ()
    assert len(list(stream)) == 5 and stream.changes == ("frame 2 and 2 more: a palette became RGB",)
    scaled = clips(tmp_path, length=12, size=(8, 8)).changes
    assert scaled == ("scaled to 8 × 8, bilinear", *stream.changes)


def test_the_picture_of_an_animation_that_is_none_of_its_frames_is_left_out_and_said(tmp_path: Path):
    found = clips(animated(tmp_path / "a.png", default_image=True), length=11)
    np.testing.assert_array_equal(found.values[0, ..., :3], VIDEO[1:])
    assert found.changes[1:] == ("the picture for programs that cannot animate is left out",)


def filmed(path: Path, codec: str = "mpeg4", video: Any = VIDEO, **options: Any) -> Path:
    """The video as a file, ten frames a second."""
    with av.open(str(path), "w", **options) as file:
        stream = file.add_stream(codec, rate=10)
        stream.height, stream.width, stream.pix_fmt, stream.bit_rate = *video.shape[1:3], "yuv420p", 4_000_000
        for frame in video:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        file.mux(stream.encode())
    return path


def test_damaged_video_files_raise_firths_errors_and_nothing_else(tmp_path: Path):
    path = filmed(tmp_path / "a.mp4")
    data = path.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(150):
        damaged = bytearray(data)
        for at in rng.integers(0, len(data), 8).tolist():
            damaged[at] = int(rng.integers(256))
        path.write_bytes(damaged)
        try:
            found = clips(path, length=2)
        except (DataError, FormatError) as error:
            assert str(error)
        else:
            assert found.values.dtype == np.uint8 and np.isfinite(found.times).all()


def test_a_video_file_gives_its_frames_and_times(tmp_path: Path):
    path = filmed(tmp_path / "a.mp4")
    found = clips(path, length=6)
    assert found.frames == 12 and found.changes == ("frames of a video as RGB",)
    assert np.abs(found.values.reshape(VIDEO.shape).astype(int) - VIDEO).mean() < 4  # the codec is lossy
    np.testing.assert_allclose(found.times.ravel(), np.arange(12) / 10, atol=1e-6)
    data = path.read_bytes()
    for size in (0, 10, 500):
        path.write_bytes(data[:size])
        with pytest.raises(FormatError, match=r"a\.mp4: this (is no video|file holds no moving picture)"):
            clips(path, length=6)


NOISY = np.random.default_rng(1).integers(0, 256, (60, 32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mkv", "mpeg4", {}),
        ("a.webm", "libvpx", {}),
        ("a.flv", "flv", {}),
        ("a.avi", "mpeg4", {}),
        ("a.mp4", "mpeg4", {}),
        ("a.mp4", "mpeg4", {"options": {"movflags": "faststart"}}),
    ],
)
def test_video_that_is_cut_short_is_refused(name: str, codec: str, options: Any, tmp_path: Path):
    data = (path := filmed(tmp_path / name, codec, NOISY, **options)).read_bytes()
    whole = clips(path, length=2)
    assert whole.frames == 60 and whole.changes == ("frames of a video as RGB",)
    for share in (0.5, 0.85):
        path.write_bytes(data[: int(share * len(data))])
        with pytest.raises(FormatError, match=rf"{name}: .*(cut short|damaged)"):
            clips(path, length=2)


@pytest.mark.parametrize(("name", "codec"), [("a.ts", "mpeg2video"), ("a.mpg", "mpeg2video")])
def test_streams_that_claim_no_length_are_read_as_far_as_they_go(name: str, codec: str, tmp_path: Path):
    data = (path := filmed(tmp_path / name, codec, NOISY[:, :16, :24], format=None)).read_bytes()
    said = "this file does not say how long it is: read as far as it goes"
    whole = clips(path, length=2)
    assert whole.frames == 60 and said in whole.changes
    path.write_bytes(data[: len(data) // 2])
    part = clips(path, length=2)
    assert 10 < part.frames < 60 and said in part.changes


def test_frames_without_a_time_are_counted_by_the_rate(tmp_path: Path):
    path = filmed(tmp_path / "a.h264", "libx264", NOISY, format="h264")
    found = clips(path, length=60)
    with av.open(str(path)) as file:
        rate = file.streams.video[0].average_rate
    assert found.frames == 60 and any(
        f"frame 0 and 59 more: without a time, which is counted by the rate {rate}" in change
        for change in found.changes
    )
    np.testing.assert_allclose(found.times[0], np.arange(60) / float(rate))


def test_frames_are_scaled_and_that_is_said():
    found = clips(VIDEO, length=12, size=(8, 6))
    assert found.values.shape == (1, 12, 8, 6, 3)
    assert found.changes == ("scaled to 8 × 6, bilinear",)
    np.testing.assert_array_equal(found.values[0, :, 0, 0], VIDEO[:, 0, 0])
    grey = clips(VIDEO[..., :1], length=12, size=(8, 6))
    np.testing.assert_array_equal(grey.values[..., 0], found.values[..., 0])
    with pytest.raises(DataError, match="uint8 with 1, 3 or 4 channels can be scaled; these are float64"):
        clips(VIDEO / 2, length=12, size=(8, 6))


def test_a_stream_holds_one_clip_at_a_time_and_counts_as_it_goes(tmp_path: Path):
    path = animated(tmp_path / "a.png")
    stream = stream_clips(path, length=5)
    first = next(stream)
    assert stream.frames == 5 and first.values.shape == (5, 16, 24, 4)
    with pytest.warns(UserWarning, match="mine"):  # between two clips, warnings are the program's own
        warnings.warn("mine", stacklevel=1)
    assert len(list(stream)) == 1 and (stream.frames, stream.left_over) == (12, 2)
    assert repr(clips(path, length=5)) == (
        "Clips(2 of 5 × 16 × 24 × 4, every 5 frames, 2 frames left over, frames of an animation as RGBA)"
    )
    assert isinstance(clips(path, length=5, pad="edge"), Clips)


def test_a_damaged_animation_names_its_file(tmp_path: Path):
    path = animated(tmp_path / "a.png")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(FormatError, match=r"a\.png: "):
        clips(path, length=2)


def test_frames_of_different_shapes_are_refused(tmp_path: Path):
    for i, size in enumerate([(4, 4), (4, 4), (6, 4)]):
        PIL.Image.new("L", size).save(tmp_path / f"{i}.png")
    with pytest.raises(
        DataError, match=r"frame 2 has the shape \(4, 6, 1\), those before \(4, 4, 1\); pass size"
    ):
        clips(tmp_path, length=2)
    assert clips(tmp_path, length=3, size=(4, 4)).frames == 3


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (VIDEO[:0], {}, "this video holds no frame"),
        (VIDEO[:3], {}, "no clip of 4 frames fits 3; choose a shorter one, or pad='edge'"),
        (VIDEO[:6], {"pad": "none"}, "do not cover 6 frames: 2 are left over; pad='edge'"),
        (np.zeros((5, 3, 16, 24)), {}, "pass np.moveaxis.*channels='first'"),
        (np.zeros((5, 8, 8, 7), np.uint8), {}, "would be 7 channels: pass channels='last' if that is so"),
        (np.zeros(5), {}, r"this array has the shape \(5,\)"),
        (7, {}, "a video is an array or a path, not int"),
        ("none.mp4", {}, r"there is no file none\.mp4"),
    ],
)
def test_what_is_no_video_is_refused(source: Any, options: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        clips(source, length=4, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "length is a whole number from 1 to .*, not 0"),
        ({"length": 2, "stride": 3}, "stride=3 is larger than length=2 and would skip frames"),
        ({"length": 2, "pad": "zero"}, "pad is 'crop', 'edge' or 'none', not 'zero'"),
        ({"length": 2, "size": 8}, r"size is \(height, width\), not 8"),
        ({"length": 2, "channels": "second"}, "channels is 'last', 'first', 'none' or None, not 'second'"),
        ({"length": 2, "rate": 0}, "rate is a number above 0 up to 1e.06, not 0"),
    ],
)
def test_options_outside_their_range_are_refused(options: dict[str, Any], message: str):
    with pytest.raises(OptionError, match=message):
        clips(VIDEO, **options)


def test_a_file_says_its_times_itself(tmp_path: Path):
    with pytest.raises(OptionError, match="rate goes with an array or a folder"):
        clips(animated(tmp_path / "a.png"), length=2, rate=10)
