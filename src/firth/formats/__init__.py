"""Files of vectors: our own format, specified in docs/format.md, and those of other programs.

model = read("GoogleNews-vectors-negative300.bin.gz")      # the format is found out from the content
write(model, "news.safetensors")                           # the format follows from the suffix
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from firth.errors import OptionError
from firth.formats.known import FORMATS, Format, by_name, by_suffix, sniff
from firth.formats.summary import describe
from firth.model import Model
from firth.vectors import Vectors

__all__ = ["FORMATS", "Format", "describe", "files_written", "read", "sniff", "write"]


def read(path: str | os.PathLike[str], *, format: str | None = None, verify: bool = False) -> Model:
    """Read a model or vectors of any format that Firth knows.

    Args:
        path: the file. Text and word2vec's binary files may be compressed with gzip.
        format: a name from FORMATS; found out from the file's content if None.
        verify: check every byte of our own format against its checksums, and every number of a fastText
            model. The others are always read and checked in full.

    Returns:
        The model. Vectors from a foreign file are its only space, "vectors"; a fastText model has several.

    Raises:
        FormatError: the file is damaged or of no known format; the message names the place.
        OptionError: there is no such format.
        OSError: the file cannot be opened.
    """
    chosen = by_name(format) if format is not None else sniff(path)
    if chosen.whole:
        made: Model = chosen.module.read(path, verify=verify)
        return made
    vectors: Vectors = chosen.module.read(path)
    return Model({"vectors": vectors})


def write(
    model: Model | Vectors,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    force: bool = False,
    half: Collection[str] = (),
) -> None:
    """Write a model or vectors, atomically.

    Our own format holds a whole model, fastText's one of subword vectors; the others take its main vectors,
    without recipe and report. The suffix .bin means fastText's for a model of subwords, else word2vec's.

    Args:
        model: the model or vectors.
        path: where the file goes.
        format: a name from FORMATS; follows from the suffix of the path if None.
        force: replace a file that is there.
        half: the spaces whose matrices our own format keeps as float16, in half the bytes.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: the format cannot hold these vectors, such as an id with a space in word2vec's; nothing is
            written.
        OptionError: there is no such format, or no such space to halve.
        OSError: the folder does not exist, the disk is full, …
    """
    spaces = model.spaces if isinstance(model, Model) else ()
    chosen = by_name(format) if format is not None else by_suffix(path, spaces)
    if half and chosen.name != "firth":
        raise OptionError(f"only Firth's own format keeps float16, not {chosen.name}")
    if half:
        chosen.module.write(_whole(model), path, force=force, half=half)
    elif chosen.whole:
        chosen.module.write(_whole(model), path, force=force)
    else:
        chosen.module.write(model.vectors if isinstance(model, Model) else model, path, force=force)


def files_written(path: str | os.PathLike[str], *, format: str | None = None) -> tuple[Path, ...]:
    """All files that `write` to this path makes or replaces: `path`, and for some formats one beside it.

    >>> [file.name for file in files_written("wiki.npy")]
    ['wiki.npy', 'wiki.keys.txt']

    Args:
        path: where the file goes.
        format: a name from FORMATS; follows from the suffix of the path if None.

    Raises:
        OptionError: there is no such format.
    """
    chosen = by_name(format) if format is not None else by_suffix(path)
    return chosen.files(path)


def _whole(model: Any) -> Model:
    return model if isinstance(model, Model) else Model({"vectors": model})
