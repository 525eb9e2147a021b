"""`read_audio`: a sound file as samples, with everything that was changed on the way."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, FirthError, FormatError
from firth.extras import require
from firth.options import check_whole

__all__ = ["MAX_SAMPLES", "Audio", "read_audio"]

MAX_SAMPLES = 1 << 28  # 1 GB of float32: 97 minutes of stereo at 44,100 a second, or 4.6 hours at 16,000
_QUALITY = "HQ"
_BLOCK = 1 << 20  # frames that are decoded at a time


@dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """Sound that was read.

    Attributes:
        samples: float32, (t,), full scale from -1 to 1, finite.
        rate: samples a second.
        source: the file, or "these bytes".
        format: of the file, such as "WAV, PCM_16".
        stored_rate: samples a second in the file.
        channels: in the file; more than one become their mean.
        changes: what was changed, a sentence each; empty where the samples are those of the file.
    """

    samples: NDArray[np.float32]
    rate: int
    source: str
    format: str
    stored_rate: int
    channels: int
    changes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        said = "".join(f"; {change}" for change in self.changes)
        return f"Audio({self.source}: {self.seconds:.2f} s at {self.rate:,} Hz, {self.format}{said})"

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def read_audio(
    source: str | os.PathLike[str] | bytes, *, rate: int | None = None, max_samples: int = MAX_SAMPLES
) -> Audio:
    """Read a sound file: WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF and all else that libsndfile reads.

    Args:
        source: a path, or the bytes of a file.
        rate: samples a second to resample to, by soxr at its quality "HQ"; None keeps those of the file.
        max_samples: a file that claims more, over all its channels, or that would have more after resampling,
            is refused before it is decoded.

    Returns:
        One channel, the mean of all there are; `changes` says what was done.

    Raises:
        DataError: there is no such file, it holds no sample, or one that is not finite.
        FormatError: it is no sound, damaged, cut short, or claims more samples; the message names the file.
        OptionError: an option is outside its range.
        MissingExtraError: soundfile or, for resampling, soxr is not installed.
    """
    max_samples = check_whole("max_samples", max_samples, 1, 2**36)
    wanted = None if rate is None else check_whole("rate", rate, 1, 10_000_000)
    soundfile = require("soundfile", extra="media")
    name = "these bytes" if isinstance(source, bytes) else os.fspath(source)
    path = None if isinstance(source, bytes) else name
    try:
        with soundfile.SoundFile(_opened(source)) as file:
            _check_claims(file, name, path, wanted or file.samplerate, max_samples)
            stored_rate, channels = int(file.samplerate), int(file.channels)
            format, frames = f"{file.format}, {file.subtype}", int(file.frames)
            samples = _mixed(file)
    except FirthError:
        raise
    except Exception as error:  # libsndfile, its decoders and the binding each raise their own kinds
        raise FormatError(f"this is no sound file, or it is damaged: {error}", path=path) from error
    if len(samples) < frames:
        raise FormatError(
            f"this file is cut short: it claims {frames:,} frames and holds {len(samples):,}", path=path
        )
    _check_finite(samples, name)
    changes = [f"the mean of {channels} channels"] if channels > 1 else []
    if wanted not in (None, stored_rate):
        soxr = require("soxr", extra="media")
        samples = soxr.resample(samples, stored_rate, wanted, quality=_QUALITY).astype(np.float32)
        changes.append(f"resampled from {stored_rate:,} to {wanted:,} Hz by soxr, quality {_QUALITY}")
        if not samples.size:
            raise DataError(f"{name}: nothing is left of {frames:,} frames at {wanted:,} Hz; raise rate")
    return Audio(
        samples=samples,
        rate=wanted or stored_rate,
        source=name,
        format=format,
        stored_rate=stored_rate,
        channels=channels,
        changes=tuple(changes),
    )


class _Bytes(io.BytesIO):
    """Bytes as a file in which seeking before the start ends there: a damaged header asks for that, and an
    error within a callback of libsndfile would be printed and not raised."""

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self.tell(), self.getbuffer().nbytes)[whence]
        return super().seek(max(0, start + offset))


def _opened(source: str | os.PathLike[str] | bytes) -> str | _Bytes:
    """What libsndfile opens: the bytes, or a path at which there is a file."""
    if isinstance(source, bytes):
        return _Bytes(source)
    path = Path(source)
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError(f"{path} is empty: 0 bytes; record it again or leave it out")
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}") from error
    return os.fspath(path)


def _check_claims(file: Any, name: str, path: str | None, rate: int, max_samples: int) -> None:
    """Look at the sizes in the header before anything is decoded."""
    if not 1 <= file.samplerate <= 10_000_000:
        raise FormatError(f"a rate of {file.samplerate:,} samples a second is none of sound", path=path)
    if file.frames < 1:
        raise DataError(f"{name} holds no sample: its length is 0; leave it out")
    claimed = file.frames * max(file.channels, rate / file.samplerate)
    if claimed > max_samples:
        raise FormatError(
            f"this sound claims {file.frames:,} frames of {file.channels} channels at "
            f"{file.samplerate:,} Hz, or {claimed:,.0f} samples, more than max_samples={max_samples:,}; "
            "raise it if that is right",
            path=path,
        )


def _mixed(file: Any) -> NDArray[np.float32]:
    """The mean of the channels, float32, (t,); memory grows with what is there, not with what is claimed."""
    parts = [np.empty(0, np.float32)]
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        parts.append(block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32))
    return np.concatenate(parts)


def _check_finite(samples: NDArray[np.float32], name: str) -> None:
    finite = np.isfinite(samples)
    if not finite.all():
        place = int(np.argmin(finite))
        raise DataError(f"{name}: sample {place:,} is {samples[place]}; samples are finite numbers")
