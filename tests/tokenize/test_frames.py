"""Sound to windows and back, and sound files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firth.errors import DataError, FormatError, MemoryBudgetError, OptionError
from firth.tokenize import frames, read_audio, unframe

RATE = 8000
TONE = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32) / 2
KINDS = ["WAV", "FLAC", "OGG", "AIFF", "MP3"]


def written(samples: Any, kind: str = "WAV", *, rate: int = RATE, **options: Any) -> bytes:
    soundfile.write(file := io.BytesIO(), samples, rate, format=kind, **options)
    return file.getvalue()


@given(st.data())
def test_what_was_cut_is_laid_back_exactly(data: st.DataObject):
    shape = data.draw(st.tuples(st.integers(1, 60)) | st.tuples(st.integers(9, 60), st.integers(1, 3)))
    audio = data.draw(arrays(data.draw(st.sampled_from(["f4", "f8", "i2", "u1"])), shape))
    length = data.draw(st.integers(1, 20))
    hop = data.draw(st.integers(1, length))
    cut = frames(audio, length, hop, pad=data.draw(st.sampled_from(["zero", "edge", "reflect"])))
    back = unframe(cut)
    assert back.dtype == audio.dtype and back.shape == audio.shape
    assert back.tobytes() == audio.tobytes()
    assert (len(cut) - 1) * hop + length == len(audio) + cut.padding
    assert cut.padding < max(hop, length - len(audio) + 1)  # no window of added samples alone


@given(st.integers(1, 200), st.integers(1, 30), st.data())
def test_windows_lie_where_they_say_and_what_is_left_over_is_counted(
    size: int, length: int, data: st.DataObject
):
    length = min(length, size)
    hop = data.draw(st.integers(1, length))
    audio = np.arange(size)
    cut = frames(audio, length, hop, pad="crop")
    for i, window in enumerate(cut.values):
        np.testing.assert_array_equal(window, audio[i * hop : i * hop + length])
    covered = (len(cut) - 1) * hop + length
    assert cut.left_over == size - covered < hop
    np.testing.assert_array_equal(unframe(cut), audio[:covered])
    np.testing.assert_array_equal(cut.times, np.arange(len(cut)) * hop)


def test_windows_are_a_view_unless_samples_are_added():
    audio = np.zeros(1000)
    assert np.shares_memory(frames(audio, 100, 50).values, audio)
    assert not frames(audio, 100, 50).values.flags.writeable
    assert frames(audio, 100, 70).padding == 10


def test_other_values_are_laid_back_as_their_mean():
    cut = frames(np.zeros(3), 2, 1)
    assert unframe(cut, np.array([[1.0, 2.0], [4.0, 8.0]])).tolist() == [1.0, 3.0, 8.0]
    with pytest.raises(DataError, match=r"\(2, 2\) is expected"):
        unframe(cut, np.zeros((3, 2)))
    stereo = frames(np.zeros((9, 2)), 3, 3)
    flat = np.arange(18.0).reshape(3, 6)
    np.testing.assert_array_equal(unframe(stereo, flat), flat.reshape(9, 2))
    for shape in ((3, 2, 3), (3, 6, 1), (3, 1, 6)):
        with pytest.raises(DataError, match=r"\(3, 3, 2\) or \(3, 6\) is expected"):
            unframe(stereo, np.zeros(shape))


def test_a_window_that_fits_no_memory_is_refused():
    with pytest.raises(MemoryBudgetError, match=r"filling up the last window needs about .*Lower length"):
        frames(np.zeros(10), 2**40, 1)


def test_what_was_changed_in_reading_is_kept(tmp_path: Path):
    (path := tmp_path / "a.wav").write_bytes(written(np.stack([TONE, TONE], axis=1)))
    cut = frames(path, 4000, 4000)
    assert cut.changes == ("the mean of 2 channels",) and cut.samples == RATE
    assert repr(cut) == "Frames(2 of 4,000 samples every 4,000, the mean of 2 channels)"
    assert frames(read_audio(path), 4000, 4000).changes == cut.changes and not frames(TONE, 9, 9).changes


@pytest.mark.parametrize(
    ("audio", "options", "message"),
    [
        (np.zeros(0), {}, "holds no sample"),
        (np.zeros((2, 100)), {}, r"seem to stand first: pass audio\.T"),
        (np.zeros((2, 2, 2)), {}, r"\(t,\) or \(t, channels\); this array has the shape"),
        (np.array(["a"]), {}, "samples are numbers; this array holds <U1"),
        ([0.0, 1.0], {}, "sound is an array, Audio or a path, not list"),
        (np.zeros(11), {"pad": "none"}, "11 samples: 1 are left over; pad='zero'"),
        (np.zeros(3), {"pad": "crop"}, "no window of 4 samples fits 3"),
    ],
)
def test_what_is_no_sound_is_refused(audio: Any, options: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        frames(audio, 4, 2, **options)


@pytest.mark.parametrize(
    ("length", "hop", "options", "message"),
    [
        (0, 1, {}, "length is a whole number from 1 to .*, not 0"),
        (4, 0, {}, "hop is a whole number from 1 to .*, not 0"),
        (4, 5, {}, "hop=5 is larger than length=4 and would skip samples"),
        (4, 2, {"pad": "wrap"}, "pad is 'zero', .*not 'wrap'"),
    ],
)
def test_options_outside_their_range_are_refused(
    length: int, hop: int, options: dict[str, Any], message: str
):
    with pytest.raises(OptionError, match=message):
        frames(np.zeros(10), length, hop, **options)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_read(kind: str, tmp_path: Path):
    path = tmp_path / f"tone.{kind.lower()}"
    path.write_bytes(written(TONE, kind))
    found = read_audio(path)
    assert found.rate == found.stored_rate == RATE and found.channels == 1 and not found.changes
    assert found.samples.dtype == np.float32 and found.samples.ndim == 1
    assert abs(found.seconds - 1) < 0.2  # MP3 pads
    loudest = np.abs(np.fft.rfft(found.samples)).argmax() / found.seconds
    assert abs(loudest - 440) < 2
    cut = frames(path, 400, 200)
    assert cut.rate == RATE and cut.times[1] == 0.025


def test_pcm_samples_are_exact():
    whole = np.array([0, 1, -1, 32767, -32768, 12345], np.int16)
    np.testing.assert_array_equal(read_audio(written(whole)).samples, whole / np.float32(32768))


def test_channels_become_their_mean_and_that_is_said():
    found = read_audio(written(np.stack([TONE, -TONE / 2], axis=1), subtype="FLOAT"))
    np.testing.assert_allclose(found.samples, TONE / 4, atol=1e-7)
    assert found.channels == 2 and found.changes == ("the mean of 2 channels",)
    assert repr(found) == "Audio(these bytes: 1.00 s at 8,000 Hz, WAV, FLOAT; the mean of 2 channels)"


def test_resampling_keeps_the_tone_and_is_said():
    found = read_audio(written(TONE, subtype="FLOAT"), rate=16_000)
    assert found.rate == 16_000 and found.stored_rate == RATE and len(found.samples) == 16_000
    expected = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000) / 2
    np.testing.assert_allclose(found.samples[500:-500], expected[500:-500], atol=2e-3)
    assert found.changes == ("resampled from 8,000 to 16,000 Hz by soxr, quality HQ",)
    assert read_audio(written(TONE), rate=RATE).changes == ()


def test_sound_of_zero_length_names_the_file(tmp_path: Path):
    path = tmp_path / "silent.wav"
    path.write_bytes(written(np.zeros(0, np.float32)))
    with pytest.raises(DataError, match=r"silent\.wav holds no sample: its length is 0"):
        read_audio(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"silent\.wav is empty: 0 bytes"):
        frames(path, 4, 2)
    with pytest.raises(FormatError, match="no sound file"):
        read_audio(b"")


def test_files_that_lie_or_hold_no_number_are_refused(tmp_path: Path):
    path = tmp_path / "bad.wav"
    path.write_bytes(b"no sound at all")
    with pytest.raises(FormatError, match=r"bad\.wav: this is no sound file"):
        read_audio(path)
    path.write_bytes(written(np.array([0, 0, np.nan, 0], np.float32), subtype="FLOAT"))
    with pytest.raises(DataError, match=r"bad\.wav: sample 2 is nan"):
        read_audio(path)
    with pytest.raises(FormatError, match=r"claims 8,000 frames of 1 channels .* max_samples=100"):
        read_audio(written(TONE), max_samples=100)
    with pytest.raises(FormatError, match="10,000,000 samples"):  # after resampling
        read_audio(written(TONE), rate=10_000_000, max_samples=5_000_000)
    with pytest.raises(DataError, match=r"none\.wav cannot be opened: No such file"):
        read_audio("none.wav")
    with pytest.raises(OptionError, match="rate is a whole number from 1 to 10,000,000, not 0"):
        read_audio(path, rate=0)


def test_a_flac_file_that_is_cut_short_is_refused():
    data = written(np.random.default_rng(1).normal(size=50_000) / 10, "FLAC")
    for size in (len(data) // 4, len(data) // 2, len(data) - 100):
        with pytest.raises(FormatError, match=r"cut short|damaged"):
            read_audio(data[:size])


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "IMA_ADPCM"),
        ("WAVEX", "FLOAT"),
        ("RF64", "PCM_24"),
        ("W64", "PCM_16"),
        ("AIFF", "PCM_16"),
        ("AU", "PCM_16"),
        ("CAF", "PCM_16"),
        ("SVX", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
def test_files_that_are_cut_short_are_refused(kind: str, subtype: str):
    data = written(np.random.default_rng(2).normal(0, 0.1, 100_000), kind, subtype=subtype)
    assert read_audio(data).changes == ()
    for share in (0.3, 0.5, 0.8, 0.95):
        with pytest.raises(FormatError, match=r"cut short|damaged"):
            read_audio(data[: int(share * len(data))])


def test_a_header_that_leaves_the_length_open_is_no_cut():
    wav = written(TONE)
    for claim in (0xFFFFFFFF, 0x7FFFF000):
        streamed = bytearray(wav)
        streamed[4:8] = streamed[40:44] = claim.to_bytes(4, "little")
        found = read_audio(bytes(streamed))
        np.testing.assert_array_equal(found.samples, read_audio(wav).samples)
        assert found.changes == ("the header leaves the length open: read as far as it goes",)
    au = bytearray(written(TONE, "AU"))
    au[8:12] = b"\xff" * 4
    assert len(read_audio(bytes(au)).samples) == RATE and read_audio(bytes(au)).changes
    counted = bytearray(wav)
    counted[4:8] = len(wav).to_bytes(4, "little")  # 8 too many, as some programs count
    assert read_audio(bytes(counted)).changes == ()
    assert len(read_audio(wav + b"more").samples) == RATE
    assert len(read_audio(written(TONE, "OGG") + b"more").samples) == RATE


def test_a_refusal_names_no_object():
    with pytest.raises(FormatError, match="damaged") as caught:
        read_audio(b"RIFF")
    assert "0x" not in str(caught.value) and "object" not in str(caught.value)
    for source in (None, 123, bytearray(b"RIFF")):
        with pytest.raises(DataError, match=f"a path or bytes, not {type(source).__name__}"):
            read_audio(source)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_raise_firths_errors_and_nothing_else(kind: str):
    data = written(TONE[:3000], kind)
    rng = np.random.default_rng(len(data))
    for i in range(120):
        damaged = bytearray(data)
        if i % 3 == 0:
            del damaged[int(rng.integers(len(data))) :]
        else:  # half of the damage goes to the header
            for at in rng.integers(0, 80 if i % 3 == 1 else len(data), 3).tolist():
                damaged[at] = int(rng.integers(256))
        try:
            found = read_audio(bytes(damaged), max_samples=1_000_000)
        except (DataError, FormatError) as error:
            assert str(error)
        else:
            assert np.isfinite(found.samples).all() and 0 < found.samples.size <= 1_000_000
