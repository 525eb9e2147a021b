"""`Model`: what `fit` returns and `load` reads: named vectors and the recipe that made them."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import DataError
from firth.vectors import Vectors

__all__ = ["Model", "load"]


class Model:
    """Named vectors, complete and immutable, with the recipe that made them.

    Args:
        spaces: the vectors by name ("words", "contexts", "users", "items", …); the first is the main one.
        recipe: the learner's name and hyper-parameters, such as {"learner": "SkipGram", "dim": 100, …}.
        report: what happened: data counts, losses by epoch, time. Values that JSON can hold.
        parts: arrays by name that `encode` needs and that are no vectors of anything, such as the mean of a
            column.

    Raises:
        DataError: there is neither a space nor a part, or a space is no Vectors or a part no array of
            numbers.
    """

    __slots__ = ("parts", "recipe", "report", "spaces")

    spaces: Mapping[str, Vectors]
    recipe: Mapping[str, Any]
    report: Mapping[str, Any]
    parts: Mapping[str, NDArray[Any]]

    def __init__(
        self,
        spaces: Mapping[str, Vectors],
        *,
        recipe: Mapping[str, Any] | None = None,
        report: Mapping[str, Any] | None = None,
        parts: Mapping[str, ArrayLike] | None = None,
    ):
        if not spaces and not parts:
            raise DataError("a model has at least one space; give it vectors by name")
        for name, vectors in spaces.items():
            if not isinstance(vectors, Vectors):
                raise DataError(f"the space {name!r} is of type {type(vectors).__name__}, not Vectors")
        arrays = {name: _read_only(name, part) for name, part in (parts or {}).items()}
        put = object.__setattr__
        put(self, "spaces", MappingProxyType(dict(spaces)))
        put(self, "recipe", MappingProxyType(dict(recipe or {})))
        put(self, "report", MappingProxyType(dict(report or {})))
        put(self, "parts", MappingProxyType(arrays))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Model is immutable; make a new one instead of setting {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        """How copies are made, also in another process: anew, from what the constructor takes."""
        return _make, (dict(self.spaces), dict(self.recipe), dict(self.report), dict(self.parts))

    @property
    def vectors(self) -> Vectors:
        """The main vectors: the first of the spaces.

        Raises:
            DataError: the model has none, only parts.
        """
        if not self.spaces:
            raise DataError(
                f"this model of {self.recipe.get('learner', 'a foreign file')} holds no vectors; "
                "it makes rows of objects: model.encode(objects)"
            )
        return next(iter(self.spaces.values()))

    def __repr__(self) -> str:
        held = [f"{name}: {vectors!r}" for name, vectors in self.spaces.items()]
        held += [f"{len(self.parts):,} parts"] if self.parts else []
        spaces = ", ".join(held)
        return f"Model({self.recipe.get('learner', 'foreign')}; {spaces})"

    def encode(self, objects: Any, **options: Any) -> Any:
        """Embed objects that need not have been seen in training, where the learner can do that.

        Args:
            objects: what the learner takes: words, documents, …
            options: what the learner's own `encode` takes beside them.

        Returns:
            One row an object, float32, (n, d); for sparse learners a SciPy CSR matrix; of tables `Features`,
            which name their columns.

        Raises:
            DataError: the learner has vectors only for what it was trained on, or the objects do not fit.
        """
        from firth.learn.encoders import encode

        return encode(self, objects, **options)

    def decode(self, encoded: Any, **options: Any) -> Any:
        """Go back from what `encode` made to the objects, where the learner knows the way.

        Args:
            encoded: what `encode` returned.
            options: what the learner's own `decode` takes beside it; of tables `columns`, the names of those
                that are wanted.

        Returns:
            The objects; of tables a dict with the values of each column.

        Raises:
            DataError: there is no way back; the message says why.
        """
        from firth.learn.encoders import decode

        return decode(self, encoded, **options)

    def save(self, path: str | os.PathLike[str], *, force: bool = False, half: Collection[str] = ()) -> None:
        """Write the model as one Firth file (see docs/format.md), atomically: no half-written file is ever
        seen.

        Args:
            path: where the file goes.
            force: replace a file that is there.
            half: the spaces whose matrices are kept as float16, in half the bytes, such as ["subwords"].

        Raises:
            ExistsError: the file is there and `force` is not set.
            OptionError: `half` names a space that is not there.
        """
        from firth.formats import write

        write(self, path, format="firth", force=force, half=half)


def _read_only(name: str, part: ArrayLike) -> NDArray[Any]:
    array = np.ascontiguousarray(part).reshape(np.shape(part))  # ascontiguousarray makes numbers rows of one
    if array.dtype.kind not in "biuf":
        raise DataError(f"the part {name!r} is an array of {array.dtype}, not of numbers")
    array = array.view()
    array.flags.writeable = False
    return array


def _make(
    spaces: dict[str, Vectors],
    recipe: dict[str, Any],
    report: dict[str, Any],
    parts: dict[str, NDArray[Any]],
) -> Model:
    """The constructor with every argument by position."""
    return Model(spaces, recipe=recipe, report=report, parts=parts)


def load(path: str | os.PathLike[str], *, format: str | None = None, verify: bool = False) -> Model:
    """Read a model or vectors: our own file (memory-mapped) or any foreign format.

    Args:
        path: the file.
        format: "firth", "fasttext", "word2vec", "word2vec-binary", "glove", "npy" or "projector"; found out
            from the file if None.
        verify: also check the checksum of every tensor of our own format, which reads the whole file.

    Returns:
        The model; `.vectors` are its main vectors.

    Raises:
        FormatError: the file is damaged or of no known format; the message names the place.
    """
    from firth.formats import read

    return read(path, format=format, verify=verify)
