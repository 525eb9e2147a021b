"""`read_audio`: a sound file as samples, with everything that was changed on the way."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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

# What libsndfile notes of the sizes in a header: "data : 80000 (should be 39978)" where the file ends before.
_SIZE = re.compile(
    r"^\s*(RIFF|riff|Riff size|FORM|data|SSND|BODY|Data Size)\s*: (-1|\d+)(?: \(should be (\d+)\))?\s*$",
    re.MULTILINE,
)
_WHOLE = ("RIFF", "FORM")  # sizes of the whole file, in which some programs count its first 8 bytes
# What programs write that cannot go back to the header when they know the length: nearly 2 or 4 GB, or -1.
_OPEN = range(0x7FFFF000, 1 << 31), range(0xFFFFF000, 1 << 32), (-1,)


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
        DataError: the source is neither, there is no such file, it holds no sample, or one that is not
            finite.
        FormatError: it is no sound, damaged, cut short, or claims more samples; the message names the file.
            That it is cut short is told for WAV, RF64, W64, AIFF, AU, CAF, SVX, FLAC, Ogg, and MP3 with the
            header of Xing. Other files do not say how long they are, or libsndfile does not compare: they
            are read as far as they go.
        OptionError: an option is outside its range.
        MissingExtraError: soundfile or, for resampling, soxr is not installed.
    """
    max_samples = check_whole("max_samples", max_samples, 1, 2**36)
    wanted = None if rate is None else check_whole("rate", rate, 1, 10_000_000)
    soundfile = require("soundfile", extra="media")
    if not isinstance(source, (str, os.PathLike, bytes)):
        raise DataError(f"a sound file is a path or bytes, not {type(source).__name__}")
    name = "these bytes" if isinstance(source, bytes) else os.fspath(source)
    path = None if isinstance(source, bytes) else name
    try:
        with _laid_down(source) as there, soundfile.SoundFile(there) as file:
            changes = _check_end(file.extra_info, path)
            if file.format == "OGG" and not _is_ended(there):
                raise FormatError("this file is cut short: no page of Ogg ends the stream", path=path)
            _check_claims(file, name, path, wanted or file.samplerate, max_samples)
            stored_rate, channels = int(file.samplerate), int(file.channels)
            format, frames = f"{file.format}, {file.subtype}", int(file.frames)
            samples = _mixed(file)
    except FirthError:
        raise
    except Exception as error:  # libsndfile, its decoders and the binding each raise their own kinds
        said = getattr(error, "error_string", str(error))  # libsndfile's own words, without the object
        raise FormatError(f"this is no sound file, or it is damaged: {said}", path=path) from error
    if len(samples) < frames:
        raise FormatError(
            f"this file is cut short: it claims {frames:,} frames and holds {len(samples):,}", path=path
        )
    _check_finite(samples, name)
    if channels > 1:
        changes.append(f"the mean of {channels} channels")
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


@contextmanager
def _laid_down(source: str | os.PathLike[str] | bytes) -> Iterator[str]:
    """A path at which there is a file. Bytes are written to one for so long: libsndfile reads some formats
    from a file alone, such as MP3."""
    if isinstance(source, bytes):
        with tempfile.TemporaryDirectory(prefix="firth-") as folder:
            path = Path(folder, "sound")
            path.write_bytes(source)
            yield os.fspath(path)
        return
    path = Path(source)
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError(f"{path} is empty: 0 bytes; record it again or leave it out")
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}") from error
    yield os.fspath(path)


def _check_end(notes: str, path: str | None) -> list[str]:
    """Whether the file ends where its header says, by what libsndfile noted; and what is to be said of it.

    Raises:
        FormatError: it ends before.
    """
    changes = []
    for name, claimed, found in _SIZE.findall(notes):
        if any(int(claimed) in sizes for sizes in _OPEN):
            changes = ["the header leaves the length open: read as far as it goes"]
        elif found and int(claimed) - int(found) > (8 if name in _WHOLE else 0):
            raise FormatError(
                f"this file is cut short: it claims {int(claimed):,} bytes of {name!r} and holds "
                f"{int(found):,}",
                path=path,
            )
    return changes


def _is_ended(path: str) -> bool:
    """Whether the last page of an Ogg file is whole and marked as the last (RFC 3533, section 6)."""
    with Path(path).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - (1 << 17)))  # a page has at most half of that
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    return (
        len(page) >= 27 and bool(page[5] & 4) and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])
    )


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
