"""Every error that Firth raises on purpose.

FirthError
├── OptionError        a hyper-parameter or option is outside its allowed range   (also ValueError)
├── DataError          the observations cannot be used: empty, wrong type, ...    (also ValueError)
│   └── SpaceMismatchError  vectors of two spaces would be mixed
├── FormatError        a file is damaged or is not what it says it is             (also ValueError)
├── UnknownIdError     an id is not among the ids of these vectors                (also KeyError)
├── ExistsError        a file would be overwritten without being asked to         (also FileExistsError)
├── MissingExtraError  an optional room needs packages that are not installed     (also ImportError)
├── MemoryBudgetError  a run would not fit into the memory there is               (also MemoryError)
└── TrainingError      a run had to stop                                          (also RuntimeError)
    └── NonFiniteError a weight became infinite or not a number

TrainingInterrupted    Ctrl-C or SIGTERM ended a run; carries the model so far  (a KeyboardInterrupt, no
FirthError)

A message says what happened, with which value, and the way out, in one sentence or two.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firth.model import Model

__all__ = [
    "DataError",
    "ExistsError",
    "FirthError",
    "FormatError",
    "MemoryBudgetError",
    "MissingExtraError",
    "NonFiniteError",
    "OptionError",
    "SpaceMismatchError",
    "TrainingError",
    "TrainingInterrupted",
    "UnknownIdError",
]


class FirthError(Exception):
    """Base of every error that Firth raises on purpose."""


class OptionError(FirthError, ValueError):
    """A hyper-parameter or option is outside its allowed range."""


class DataError(FirthError, ValueError):
    """The observations cannot be used: they are empty, of the wrong type or inconsistent."""


class SpaceMismatchError(DataError):
    """Vectors of two spaces would be mixed, as if the numbers of one meant something in the other.

    Attributes:
        expected: the fingerprint of the space that was asked for.
        found: that of the vectors that were given.
    """

    def __init__(self, message: str, *, expected: str, found: str):
        super().__init__(message)
        self.expected = expected
        self.found = found


class FormatError(FirthError, ValueError):
    """A file is damaged or is not what it says it is.

    Attributes:
        path: the file, or None where the bytes came from memory.
        offset: the byte position of the damage, where it is known.
    """

    def __init__(
        self, message: str, *, path: str | os.PathLike[str] | None = None, offset: int | None = None
    ):
        self.path = None if path is None else os.fspath(path)
        self.offset = offset
        place = self.path or ""
        if offset is not None:
            place = f"{place}, byte {offset}" if place else f"byte {offset}"
        super().__init__(f"{place}: {message}" if place else message)


class UnknownIdError(FirthError, KeyError):
    """An id is not among the ids of these vectors."""

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0]) if self.args else ""


class ExistsError(FirthError, FileExistsError):
    """A file would be overwritten without being asked to."""


class MissingExtraError(FirthError, ImportError):
    """An optional room needs packages that are not installed."""


class MemoryBudgetError(FirthError, MemoryError):
    """A run would not fit into the memory there is."""


class TrainingError(FirthError, RuntimeError):
    """A training run had to stop."""


class NonFiniteError(TrainingError):
    """A weight became infinite or not a number during training."""


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM ended a run between two steps. A KeyboardInterrupt, so that it ends a program that
    does not expect it.

    Attributes:
        model: what was trained so far, complete and usable.
    """

    def __init__(self, message: str, *, model: Model):
        super().__init__(message)
        self.model = model
