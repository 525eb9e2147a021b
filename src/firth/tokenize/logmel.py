"""`log_mel`: sound as a picture of what pitches are heard when, on a scale near to how people hear.

The mel scale is due to Stevens, Volkmann and Newman 1937. Two formulas are in use, which give other numbers:
"slaney" (Slaney 1998, "Auditory Toolbox", linear below 1,000 Hz and logarithmic above, each filter scaled to
the same area) is what librosa does by default and Whisper uses; "htk" (O'Shaughnessy 1987; the HTK book,
section 5.4: 2595 log10(1 + f / 700), each filter with the peak 1) is what HTK and Kaldi do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.errors import DataError, OptionError
from firth.options import check_flag, check_real, check_whole
from firth.tokenize.framing import samples_of

__all__ = ["LogMel", "MelScale", "log_mel", "mel_filters", "mel_of_hertz"]

MelScale: TypeAlias = Literal["slaney", "htk"]

_BLOCK = 1 << 21  # samples of windows that are transformed at a time
_WINDOW, _HOP = 0.025, 0.010  # seconds
_SHORTEST = 400  # samples in a window by default: fewer would leave low bands without a frequency
_LINEAR = 200 / 3  # Hz a mel below the bend of Slaney's scale
_BEND = 1000.0  # Hz, where that scale bends
_STEP = np.log(6.4) / 27  # of the logarithm a mel above it


@dataclass(frozen=True, kw_only=True, eq=False)
class LogMel:
    """A log-mel spectrogram.

    Attributes:
        values: float32, (n, n_mels): the logarithm to base 10 of the energy in each band, never below
            log10(floor).
        rate: samples a second of the sound. n_fft: samples in a window. hop: samples between windows.
        bands: float64, (n_mels,): the middle of each band in Hz.
        scale: which formula of the mel scale.
        at_floor: how many values are at the floor: 0 or next to it, as silence is.
        padding: samples that were added on each side.
        left_over: samples at the end that are in no window.
        changes: what was changed when the sound was read, a sentence each.
    """

    values: NDArray[np.float32]
    rate: int
    n_fft: int
    hop: int
    bands: NDArray[np.float64]
    scale: MelScale
    at_floor: int
    padding: int
    left_over: int
    changes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        every = f"{1000 * self.hop / self.rate:g} ms"
        shape = f"{len(self):,} windows × {self.values.shape[1]} bands"
        return f"LogMel({', '.join([shape, f'every {every}', *self.changes])})"

    @property
    def times(self) -> NDArray[np.float64]:
        """The middle of each window in seconds, float64, (n,)."""
        return (np.arange(len(self)) * self.hop + self.n_fft / 2 - self.padding) / self.rate

    def flat(self) -> NDArray[np.float32]:
        """The windows as rows, (n, n_mels): what `firth.Codebook` learns from."""
        return self.values


def log_mel(
    audio: Any,
    rate: int | None = None,
    *,
    n_mels: int = 80,
    n_fft: int | None = None,
    hop: int | None = None,
    f_min: float = 0.0,
    f_max: float | None = None,
    scale: MelScale = "slaney",
    floor: float = 1e-10,
    center: bool = True,
) -> LogMel:
    """The log-mel spectrogram of sound: Hann windows, power spectrum, mel filters, logarithm.

    Args:
        audio: floats (t,), full scale from -1 to 1; `Audio`; or the path of a sound file.
        rate: samples a second, 1 to 10,000,000; None where the audio says it.
        n_mels: how many bands.
        n_fft: samples in a window; None for 25 ms, but at least 400: 400 at the rate 16,000.
        hop: samples from one window to the next, at most n_fft; None for 10 ms: 160 at that rate.
        f_min: the lower end of the lowest band in Hz.
        f_max: the upper end of the highest one; None for half the rate.
        scale: "slaney" or "htk", see above.
        floor: energies below this count as this, so that silence is log10(floor) and not minus infinity.
        center: mirror half a window of sound at both ends, so that the i-th window has its middle at sample
            i * hop; False takes the windows that lie within the sound.

    Returns:
        The spectrogram. The defaults at the rate 16,000 are those of Whisper (Radford et al. 2022, section
        2.2), which goes on to leave out the last window and to take (max(values, values.max() - 8) + 4) / 4.

    Raises:
        DataError: the sound is no float or not finite, has several channels, no sample, or fewer than it
            takes; a band is so narrow that it holds no frequency of the transform; the rate is not known.
        FormatError: a file is damaged or no sound.
        MemoryBudgetError: the filters or the values would not fit into memory.
        OptionError: an option is outside its range.

    >>> tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    >>> found = log_mel(tone, 16_000)
    >>> found, round(found.bands[found.values.mean(axis=0).argmax()])
    (LogMel(101 windows × 80 bands, every 10 ms), 447)
    """
    samples, known, changes = samples_of(audio)
    if rate is None and known is None:
        raise DataError("the rate of this sound is not known; pass rate, the samples a second")
    if None not in (rate, known) and rate != known:
        raise DataError(f"this sound has {known:,} samples a second, not {rate!r}; leave rate out")
    rate = check_whole("rate", known if rate is None else rate, 1, 10_000_000)
    n_fft = check_whole("n_fft", max(_SHORTEST, round(_WINDOW * rate)) if n_fft is None else n_fft, 2, 2**24)
    hop = check_whole("hop", max(1, round(_HOP * rate)) if hop is None else hop, 1, 2**24)
    if hop > n_fft:
        raise OptionError(f"hop={hop} is larger than n_fft={n_fft} and would skip samples")
    floor = check_real("floor", floor, 0, 1, above=True)
    filters = mel_filters(rate, n_fft, n_mels=n_mels, f_min=f_min, f_max=f_max, scale=scale)
    _check_samples(samples)
    padding = n_fft // 2 if check_flag("center", center) else 0
    _check_length(len(samples), n_fft, padding)
    if padding:
        samples = np.pad(samples, padding, mode="reflect")
    values = _spectrogram(samples, filters, n_fft, hop, floor)
    return LogMel(
        values=values,
        rate=rate,
        n_fft=n_fft,
        hop=hop,
        bands=_band_edges(rate, n_mels, f_min, f_max, scale)[1:-1],
        scale=scale,
        at_floor=int(np.count_nonzero(values <= np.float32(np.log10(floor)))),
        padding=padding,
        left_over=(len(samples) - n_fft) % hop,
        changes=changes,
    )


def mel_filters(
    rate: int,
    n_fft: int,
    *,
    n_mels: int = 80,
    f_min: float = 0.0,
    f_max: float | None = None,
    scale: MelScale = "slaney",
) -> NDArray[np.float64]:
    """The triangular filters, float64, (n_mels, n_fft // 2 + 1): a row sums the powers of one band.

    Raises:
        DataError: a band holds no frequency of the transform: too many bands for so short a window.
        MemoryBudgetError: they would not fit into memory.
        OptionError: an option is outside its range.
    """
    rate, n_fft = check_whole("rate", rate, 1, 10_000_000), check_whole("n_fft", n_fft, 2, 2**24)
    n_mels = check_whole("n_mels", n_mels, 1, 100_000)
    edges = _band_edges(rate, n_mels, f_min, f_max, scale)
    # Both sides of the triangles, and what they are computed from.
    check_memory(4 * 8 * n_mels * (n_fft // 2 + 1), f"filtering {n_mels:,} bands", "Lower n_mels or n_fft")
    there = np.arange(n_fft // 2 + 1) * rate / n_fft
    left, middle, right = (edges[i : i + n_mels, None] for i in range(3))
    filters = np.maximum(0, np.minimum((there - left) / (middle - left), (right - there) / (right - middle)))
    empty = np.flatnonzero(~filters.any(axis=1))
    if empty.size:
        first = int(empty[0])
        raise DataError(
            f"{empty.size} of {n_mels} bands hold no frequency of a window of {n_fft} samples at {rate:,} "
            f"Hz, the first from {edges[first]:.1f} to {edges[first + 2]:.1f} Hz: lower n_mels or raise n_fft"
        )
    if scale == "slaney":
        filters *= 2 / (right - left)  # the same area for every band
    return filters


def mel_of_hertz(hertz: Any, scale: MelScale = "slaney") -> NDArray[np.float64]:
    """Frequencies on the mel scale.

    >>> mel_of_hertz([60, 440, 1000]).round(9).tolist(), mel_of_hertz([1000], "htk").round(2).tolist()
    ([0.9, 6.6, 15.0], [999.99])
    """
    f = np.asarray(hertz, np.float64)
    if scale == "htk":
        return 2595 * np.log10(1 + f / 700)
    return np.where(f < _BEND, f / _LINEAR, _BEND / _LINEAR + np.log(np.maximum(f, _BEND) / _BEND) / _STEP)


def _hertz_of_mel(mel: NDArray[np.float64], scale: MelScale) -> NDArray[np.float64]:
    if scale == "htk":
        return 700 * (10 ** (mel / 2595) - 1)
    bend = _BEND / _LINEAR
    return np.where(mel < bend, mel * _LINEAR, _BEND * np.exp(_STEP * (np.maximum(mel, bend) - bend)))


def _band_edges(
    rate: int, n_mels: int, f_min: float, f_max: float | None, scale: MelScale
) -> NDArray[np.float64]:
    """n_mels + 2 frequencies, equally far apart on the scale: band i goes from number i to number i + 2."""
    if scale not in ("slaney", "htk"):
        raise OptionError(f"scale is 'slaney' or 'htk', not {scale!r}")
    top = check_real("f_max", rate / 2 if f_max is None else f_max, 0, rate / 2, above=True)
    bottom = check_real("f_min", f_min, 0, rate / 2)
    if bottom >= top:
        raise OptionError(f"f_min={bottom:g} is not below f_max={top:g}")
    low, high = mel_of_hertz([bottom, top], scale)
    return _hertz_of_mel(np.linspace(low, high, n_mels + 2), scale)


def _spectrogram(
    samples: NDArray[Any], filters: NDArray[np.float64], n_fft: int, hop: int, floor: float
) -> NDArray[np.float32]:
    """The logarithm of the energy of each band in each window, a block of windows at a time."""
    # Periodic: the window of n_fft + 1 samples without its last, whose transform has no leak between bins.
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    windows = np.lib.stride_tricks.sliding_window_view(samples, n_fft)[::hop]
    step = max(1, _BLOCK // n_fft)
    needed = 4 * len(windows) * len(filters) + 8 * 8 * step * n_fft  # the values; windows, spectra, energies
    check_memory(needed, f"a spectrogram of {len(windows):,} windows", "Raise hop, or lower n_mels or n_fft")
    values = np.empty((len(windows), len(filters)), np.float32)
    for start in range(0, len(windows), step):
        spectrum = np.fft.rfft(windows[start : start + step] * hann)
        energy = (spectrum.real**2 + spectrum.imag**2) @ filters.T
        values[start : start + step] = np.log10(np.maximum(energy, floor))
    return values


def _check_samples(samples: NDArray[Any]) -> None:
    if samples.ndim != 1:
        raise DataError(
            f"log_mel takes one channel; this sound has the shape {samples.shape}: audio.mean(axis=1)"
        )
    if samples.dtype.kind != "f":
        raise DataError(
            f"log_mel takes floats from -1 to 1; this sound is {samples.dtype}: divide by its full scale, "
            "such as audio / 32768 for int16"
        )
    fine = np.abs(samples) < np.float64(1e100)  # whose square can still be summed
    if not fine.all():
        place = int(np.argmin(fine))
        raise DataError(f"samples are finite numbers, of about -1 to 1; sample {place:,} is {samples[place]}")


def _check_length(size: int, n_fft: int, padding: int) -> None:
    if padding and size <= padding:
        raise DataError(
            f"{size:,} samples are too few to mirror {padding:,} of them: {padding + 1:,} are needed; "
            "center=False, a smaller n_fft, or more zeros at the end help"
        )
    if not padding and size < n_fft:
        raise DataError(f"{size:,} samples are fewer than one window of n_fft={n_fft:,}")
