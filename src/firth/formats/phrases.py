"""`PhraseTable` as one sealed safetensors file; docs/phrases.md says what is in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.collocations import Collocations
from firth.data.ids import Strings
from firth.data.phrases import Phrases
from firth.data.phrasetable import PhraseTable
from firth.errors import DataError, FormatError, OptionError
from firth.formats.check import check_strings, rises
from firth.formats.strict_json import JsonError, dump, parse
from firth.formats.tensors import read_tensors, write_tensors

__all__ = ["read_phrases", "write_phrases"]

_ENTRY = "firth.phrases"  # the name of our entry in the header
_FORMAT = 1
_PARTS = {"bytes": "u1", "offsets": "<i8", "pieces": "<i4", "starts": "<i8", "counts": "<i8", "scores": "<f8"}

Tensors = Mapping[str, NDArray[Any]]


def write_phrases(table: PhraseTable, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a table of phrases as one file, atomically.

    The tensors are, for each pass from 1 on, `1.bytes` and `1.offsets` (the words), `1.pieces`, `1.starts`,
    `1.counts` and `1.scores`. The entry `firth.phrases` holds {"format": 1, "recipe": …, "report": …}.

    Raises:
        ExistsError: the file is there and `force` is not set.
    """
    tensors: dict[str, NDArray[Any]] = {}
    for number, found in enumerate(table.passes, start=1):
        words = found.words
        parts: list[NDArray[Any]] = [words.data, words.offsets]
        parts += [found.pieces, found.starts, found.counts, found.scores]
        tensors |= {f"{number}.{name}": part for name, part in zip(_PARTS, parts, strict=True)}
    entry = {"format": _FORMAT, "recipe": table.recipe, "report": table.report}
    write_tensors(path, tensors, {_ENTRY: dump(entry)}, force=force)


def read_phrases(path: str | os.PathLike[str]) -> PhraseTable:
    """Read a table of phrases, and check every checksum.

    Raises:
        FormatError: the file is damaged, was written by a newer Firth, or holds no phrases.
    """
    tensors, metadata = read_tensors(path, verify=True)
    if _ENTRY not in metadata:
        raise FormatError("a safetensors file, but it holds no phrases", path=path)
    try:
        entry = parse(metadata[_ENTRY])
        if type(version := entry.get("format")) is not int:
            raise JsonError("'format' is missing or of the wrong kind")
        if version > _FORMAT:
            raise JsonError(f"written by a newer Firth, in format {version}; upgrade: pip install -U firth")
        if not isinstance(entry.get("recipe"), dict) or not isinstance(entry.get("report"), dict):
            raise JsonError("'recipe' or 'report' is missing or of the wrong kind")
        recipe = Phrases(**entry["recipe"])
        passes = [_take(str(number), tensors, recipe, path) for number in range(1, recipe.passes + 1)]
    except (
        JsonError,
        DataError,
        OptionError,
        TypeError,
    ) as error:  # TypeError: an unknown field of the recipe
        raise FormatError(f"these phrases cannot be read: {error}", path=path) from None
    return PhraseTable(passes, recipe=recipe.recipe, report=entry["report"])


def _take(number: str, tensors: Tensors, recipe: Phrases, path: str | os.PathLike[str]) -> Collocations:
    """The phrases of one pass. Kernels trust their arrays, so every number is looked at."""
    arrays: list[NDArray[Any]] = []
    for part, dtype in _PARTS.items():
        array = tensors.get(f"{number}.{part}")
        if array is None or array.dtype != dtype or array.ndim != 1:
            raise JsonError(f"the tensor '{number}.{part}' is missing or of another kind")
        arrays.append(array)
    data, offsets, pieces, starts, counts, scores = arrays
    words = Strings(data, offsets)
    words.index()  # raises if an offset descends or a word occurs twice
    check_strings(words, path)
    n = counts.size
    if starts.size != n + 1 or scores.size != n or not rises(starts, pieces.size):
        raise JsonError(f"the tensors of pass {number} do not fit together")
    if np.any(np.diff(starts) < 2) or np.any((pieces < 0) | (pieces >= len(words))):
        raise JsonError(f"pass {number} holds a phrase that is not made of its words")
    if not np.isfinite(scores).all():
        raise JsonError(f"pass {number} holds a score that is not finite")
    return Collocations(
        words=words,
        pieces=pieces,
        starts=starts,
        counts=counts,
        scores=scores,
        connectors=tuple(recipe.connectors),
        delimiter=recipe.delimiter,
    )
