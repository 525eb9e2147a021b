"""Log-mel spectrograms: published values of the scales, SciPy's transform, silence and bad sound."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import scipy.signal
import soundfile

from firth.errors import DataError, MemoryBudgetError, OptionError
from firth.tokenize import log_mel, mel_filters, read_audio
from firth.tokenize.logmel import _spectrogram, mel_of_hertz

NOISE = np.random.default_rng(1).normal(0, 0.1, 16_000)


def test_the_scales_have_the_published_values():
    # The documentation of librosa: hz_to_mel(60), hz_to_mel([110, 220, 440]).
    np.testing.assert_allclose(mel_of_hertz([60, 110, 220, 440]), [0.9, 1.65, 3.3, 6.6])
    # Slaney: 1,000 Hz is 15 and 6,400 Hz is 27 logarithmic steps above.
    np.testing.assert_allclose(mel_of_hertz([1000, 6400]), [15, 42])
    # Stevens, Volkmann and Newman define the mel so that 1,000 Hz are 1,000 mels; the formula is that near.
    np.testing.assert_allclose(mel_of_hertz([0, 1000], "htk"), [0, 999.9855], atol=1e-4)


def test_filters_are_triangles_with_the_published_values():
    filters = mel_filters(22_050, 2048, n_mels=128)
    assert filters.shape == (128, 1025)
    # The documentation of librosa.filters.mel(sr=22050, n_fft=2048) shows 0, 0.016 and at the end 0.
    assert round(filters[0, 1], 3) == 0.016 and filters[0, 0] == filters[-1, -1] == 0


def test_htk_filters_are_triangles_that_share_each_frequency():
    filters = mel_filters(16_000, 4096, n_mels=20, f_min=300, f_max=8000, scale="htk")
    low, high = 2595 * np.log10(1 + np.array([300, 8000]) / 700)
    edges = 700 * (10 ** (np.linspace(low, high, 22) / 2595) - 1)
    there = np.arange(2049) * 16_000 / 4096
    assert filters.max(axis=1).min() > 0.97 and filters.max() <= 1
    assert (np.abs(there[filters.argmax(axis=1)] - edges[1:-1]) < 16_000 / 4096).all()
    assert not filters[:, there <= 300].any()
    inside = (there > edges[1]) & (there < edges[-2])
    np.testing.assert_allclose(filters.sum(axis=0)[inside], 1)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_energies_are_those_of_scipys_transform(scale: Any):
    found = log_mel(NOISE, 16_000, scale=scale)
    assert found.values.shape == (101, 80) and found.values.dtype == np.float32
    transform = scipy.signal.ShortTimeFFT(scipy.signal.get_window("hann", 400), 160, 16_000)
    spectra = transform.stft(NOISE, p0=2, p1=99).T  # the windows that need no mirrored samples
    energy = np.abs(spectra) ** 2 @ mel_filters(16_000, 400, scale=scale).T
    np.testing.assert_allclose(found.values[2:99], np.log10(energy), rtol=1e-5, atol=1e-5)
    mirrored = np.concatenate([NOISE[200:0:-1], NOISE])  # the first window by hand
    window = np.abs(np.fft.rfft(mirrored[:400] * (1 - np.cos(np.arange(400) * np.pi / 200)) / 2)) ** 2
    first = np.log10(mel_filters(16_000, 400, scale=scale) @ window)
    np.testing.assert_allclose(found.values[0], first, rtol=1e-5, atol=1e-5)


def test_a_tone_is_loudest_in_its_band():
    for hertz in (200, 1000, 5000):
        tone = np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)
        found = log_mel(tone, 16_000, n_mels=40)
        band = found.values[50].argmax()
        assert abs(mel_of_hertz(found.bands[band]) - mel_of_hertz(hertz)) < 1.2


def test_twice_the_amplitude_is_four_times_the_energy():
    louder = log_mel(2 * NOISE, 16_000).values - log_mel(NOISE, 16_000).values
    np.testing.assert_allclose(louder, np.log10(4), atol=1e-5)


def test_silence_is_the_floor():
    found = log_mel(np.zeros(16_000), 16_000)
    assert (found.values == -10).all() and found.at_floor == found.values.size
    assert (log_mel(np.zeros(16_000), 16_000, floor=1e-5).values == -5).all()
    assert log_mel(NOISE, 16_000).at_floor == 0


def test_windows_have_their_times_and_what_is_left_over_is_counted():
    found = log_mel(NOISE[:1000], 16_000)
    np.testing.assert_allclose(found.times, np.arange(7) * 0.01)
    assert (len(found), found.padding, found.left_over) == (7, 200, 40)
    inside = log_mel(NOISE[:1000], 16_000, center=False)
    assert (len(inside), inside.padding, inside.left_over) == (4, 0, 120)
    assert inside.times[0] == 0.0125
    middle = log_mel(NOISE, 16_000, center=False).values
    np.testing.assert_array_equal(middle[:5], log_mel(NOISE[: 400 + 4 * 160], 16_000, center=False).values)


def test_files_say_their_rate():
    soundfile.write(file := io.BytesIO(), NOISE, 8000, format="WAV", subtype="DOUBLE")
    audio = read_audio(file.getvalue())
    assert log_mel(audio).rate == 8000 and not log_mel(audio).changes
    with pytest.raises(DataError, match="has 8,000 samples a second, not 16000; leave rate out"):
        log_mel(audio, 16_000)


@pytest.mark.parametrize(
    ("rate", "n_fft", "hop"),
    [
        (4000, 400, 40),
        (8000, 400, 80),
        (16_000, 400, 160),
        (22_050, 551, 220),
        (44_100, 1102, 441),
        (48_000, 1200, 480),
    ],
)
def test_windows_last_25_ms_every_10_whatever_the_rate(rate: int, n_fft: int, hop: int):
    found = log_mel(NOISE, rate)
    assert (found.n_fft, found.hop) == (n_fft, hop) and np.isfinite(found.values).all()


def test_what_was_changed_in_reading_is_kept():
    soundfile.write(file := io.BytesIO(), np.stack([NOISE, NOISE], axis=1), 8000, format="WAV")
    found = log_mel(read_audio(file.getvalue()))
    assert found.changes == ("the mean of 2 channels",)
    assert repr(found) == "LogMel(201 windows × 80 bands, every 10 ms, the mean of 2 channels)"


def test_what_fits_no_memory_is_refused():
    with pytest.raises(
        MemoryBudgetError, match=r"filtering 100,000 bands needs about .*Lower n_mels or n_fft"
    ):
        log_mel(NOISE, 16_000, n_fft=2**24, n_mels=100_000, center=False)
    hours = np.broadcast_to(np.float32(0), 1 << 40)  # of no memory itself
    with pytest.raises(MemoryBudgetError, match=r"a spectrogram of .* windows needs about .*Raise hop"):
        _spectrogram(hours, np.ones((80, 2)), 2, 1, 1e-10)


@pytest.mark.parametrize(
    ("rate", "n_fft", "message"),
    [
        ("a", 400, "rate is a whole number from 1 to 10,000,000, not 'a'"),
        (16_000, -5, "n_fft is a whole number from 2 to 16,777,216, not -5"),
        (16_000, 2.5, "n_fft is a whole number from 2 to 16,777,216, not 2.5"),
    ],
)
def test_filters_of_no_rate_or_window_are_refused(rate: Any, n_fft: Any, message: str):
    with pytest.raises(OptionError, match=message):
        mel_filters(rate, n_fft)


@pytest.mark.parametrize(
    ("audio", "rate", "options", "message"),
    [
        (np.zeros(0), 16_000, {}, "holds no sample"),
        (np.zeros(1000), None, {}, "the rate of this sound is not known"),
        (
            np.zeros(1000, np.int16),
            16_000,
            {},
            r"takes floats from -1 to 1; this sound is int16.*audio / 32768",
        ),
        (np.zeros((1000, 2)), 16_000, {}, r"one channel; .*audio\.mean\(axis=1\)"),
        (np.array([0.0] * 500 + [np.nan] * 500), 16_000, {}, "sample 500 is nan"),
        (np.array([0.0, np.inf]), 16_000, {}, "sample 1 is inf"),
        (np.full(1000, 1e200), 16_000, {}, "sample 0 is 1e"),
        (np.zeros(100), 16_000, {}, "100 samples are too few to mirror 200 of them: 201 are needed"),
        (np.zeros(399), 16_000, {"center": False}, "399 samples are fewer than one window of n_fft=400"),
        (NOISE, 16_000, {"n_mels": 200}, "bands hold no frequency of a window of 400 samples at 16,000 Hz"),
    ],
)
def test_sound_that_cannot_be_used_is_refused(audio: Any, rate: Any, options: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        log_mel(audio, rate, **options)


@pytest.mark.parametrize(
    ("rate", "options", "message"),
    [
        (0, {}, "rate is a whole number from 1 to 10,000,000, not 0"),
        (16_000, {"n_mels": 0}, "n_mels is a whole number from 1 to 100,000, not 0"),
        (16_000, {"hop": 401}, "hop=401 is larger than n_fft=400 and would skip samples"),
        (16_000, {"f_max": 9000}, "f_max is a number above 0 up to 8000, not 9000"),
        (16_000, {"f_min": 5000, "f_max": 4000}, "f_min=5000 is not below f_max=4000"),
        (16_000, {"floor": 0}, "floor is a number above 0 up to 1, not 0"),
        (16_000, {"scale": "bark"}, "scale is 'slaney' or 'htk', not 'bark'"),
        (16_000, {"center": 1}, "center is True or False, not 1"),
    ],
)
def test_options_outside_their_range_are_refused(rate: int, options: dict[str, Any], message: str):
    with pytest.raises(OptionError, match=message):
        log_mel(NOISE, rate, **options)
