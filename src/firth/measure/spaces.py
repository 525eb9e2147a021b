"""What a task is measured on: vectors, a model or anything that encodes; and where words are found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.model import Model
from firth.vectors import Vectors

__all__ = ["Case", "Encoder", "Space", "check_case", "find_rows", "find_words", "vectors_of"]

Case: TypeAlias = Literal["auto", "exact", "lower"]


@runtime_checkable
class Encoder(Protocol):
    """What makes a row of any object, such as a `Model` or a sentence-transformers model."""

    def encode(self, objects: Any) -> Any:
        """One row an object, (n, d)."""


Space: TypeAlias = Vectors | Encoder


def vectors_of(space: Space, words: Sequence[str] = ()) -> Vectors:
    """The vectors to look words up in: those given, or the main ones of a model.

    Args:
        space: vectors or a model.
        words: those that will be asked for. A model of subwords makes vectors of those that it never saw.

    Raises:
        DataError: the space is an encoder of something else and has no vectors of words.
    """
    if isinstance(space, Vectors):
        return space
    if not isinstance(space, Model):
        raise DataError(f"words are looked up in Vectors or a Model, not in a {type(space).__name__}")
    if "subwords" not in space.spaces:
        return space.vectors
    known = space.vectors
    unseen = sorted({word for word in words if word not in known and word.lower() not in known})
    if not unseen:
        return known
    counts = np.zeros(len(known) + len(unseen), np.int64)
    counts[: len(known)] = 1 if known.counts is None else known.counts
    return Vectors(
        Strings.of([*map(str, known.ids), *unseen]),
        np.concatenate((known.matrix, space.encode(unseen))),
        columns={"counts": counts},
        metric=known.metric,
        meta=known.meta,
        fingerprint=known.fingerprint,
    )


def check_case(case: str) -> None:
    """Raise OptionError where it is no way to look words up; see `find_rows`."""
    if case not in ("auto", "exact", "lower"):
        raise OptionError(f"case is 'auto', 'exact' or 'lower', not {case!r}")


def find_rows(vectors: Vectors, words: list[str], *, case: Case) -> NDArray[np.int64]:
    """The row of each word, int64, -1 where it is missing.

    Args:
        vectors: whose ids are strings.
        words: as written in the set.
        case: "exact" looks a word up as written, "lower" lower-cased, "auto" as written and else lower-cased.

    Raises:
        DataError: the ids are whole numbers.
        OptionError: the case is none of the three.
    """
    check_case(case)
    if not isinstance(vectors.ids, Strings):
        raise DataError("sets of words can only be looked up in vectors whose ids are strings")
    lower = [word.lower() for word in words]
    if case == "lower":
        return vectors.ids.rows(lower)
    rows = vectors.ids.rows(words)
    return rows if case == "exact" else np.where(rows >= 0, rows, vectors.ids.rows(lower))


def find_words(vectors: Vectors, words: Sequence[str], *, case: Case) -> NDArray[np.int64]:
    """The row of each word or phrase, int64, -1 where it is missing; see `find_rows`.

    One with spaces that is not there is looked up with underscores, as phrases are written where a corpus has
    joined them.
    """
    rows = find_rows(vectors, list(words), case=case)
    phrases = [i for i in np.flatnonzero(rows < 0).tolist() if " " in words[i]]
    if phrases:
        joined = ["_".join(words[i].split()) for i in phrases]
        rows[phrases] = find_rows(vectors, joined, case=case)
    return rows
