"""The parts of a model that an `encode` works with, each looked at before it is used.

A file may hold anything: its recipe may have been written by hand or by another version, and its matrices may
be those of another model. Kernels trust what they are given, so nothing reaches them but by these doors.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError

if TYPE_CHECKING:
    from firth.model import Model
    from firth.vectors import Vectors

__all__ = ["column_of", "learner_of", "space_of", "vocabulary_of"]

Learner = TypeVar("Learner")


def learner_of(model: Model, kind: type[Learner]) -> Learner:
    """The learner that the recipe of a model describes; options that this version does not know are left out.

    Raises:
        DataError: an option is missing or outside its range.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every learner is a dataclass
    missing = [name for name in names if name not in model.recipe]
    if missing:
        raise DataError(f"the recipe of this model lacks {', '.join(missing)}; train it again")
    try:
        return kind(**{name: model.recipe[name] for name in names})
    except (OptionError, TypeError) as error:
        raise DataError(f"the recipe of this model is none of {kind.__name__}: {error}") from error


def space_of(model: Model, name: str) -> Vectors:
    """The space of that name.

    Raises:
        DataError: the model has none.
    """
    if name not in model.spaces:
        raise DataError(f"this model cannot encode: it has no space {name!r}, only {', '.join(model.spaces)}")
    return model.spaces[name]


def vocabulary_of(words: Vectors) -> Vocabulary:
    """The words of a space, with the counts in its column.

    Raises:
        DataError: the ids are no words, or the counts are missing or no counts.
    """
    if not isinstance(words.ids, Strings):
        raise DataError("the ids of a space of words are strings; those of this model are whole numbers")
    counts = words.columns.get("counts")
    if counts is None:
        raise DataError("this model cannot encode: its words have no column 'counts'")
    vocabulary = Vocabulary(words.ids, np.asarray(counts))
    if len(vocabulary) and not (counts.min() >= 0 and counts.sum(dtype=np.float64) < 2**63):
        raise DataError(
            "the counts of this model's words are no counts: one is negative, or they are too large"
        )
    return vocabulary


def column_of(vectors: Vectors, name: str) -> NDArray[np.float32]:
    """The column of that name, float32, (n,), finite.

    Raises:
        DataError: it is missing or something else.
    """
    column: Any = vectors.columns.get(name)
    if column is None or column.ndim != 1 or column.dtype.kind != "f" or not np.isfinite(column).all():
        raise DataError(f"this model cannot encode: its words have no column {name!r} of finite numbers")
    return np.ascontiguousarray(column, np.float32)
