"""A model whose spaces are kept as codes: made, saved, opened without being decoded, and decoded."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from numpy.typing import NDArray

from firth.compress.codec import CodecRecipe
from firth.compress.codes import Codes
from firth.compress.given import vectors_of
from firth.errors import DataError, FirthError, OptionError
from firth.measure.report import Report
from firth.model import Model
from firth.options import check_several
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["LOSSES", "Compressed", "compress", "load"]

LOSSES = "compressed"
"""The key of a model's report under which it is kept what its spaces lost."""


class Compressed(Mapping[str, "Codes | Vectors"]):
    """Named spaces, those that were compressed as codes and the others as they were. Immutable.

    Args:
        spaces: codes or vectors by name; the first is the main one.
        recipe: of the model: the learner's name and hyper-parameters.
        report: what happened in training.
        parts: the other arrays of the model, whole.

    >>> import numpy as np, firth
    >>> from firth.compress import Scalar, compress
    >>> rows = np.random.default_rng(0).standard_normal((100, 8)).astype(np.float32)
    >>> small = compress(firth.Vectors([f"w{i}" for i in range(100)], rows), Scalar(bits=8))
    >>> small["vectors"].search(rows[7], 1).ids, small.model().vectors.dim
    (['w7'], 8)
    """

    __slots__ = ("parts", "recipe", "report", "spaces")

    def __init__(
        self,
        spaces: Mapping[str, Codes | Vectors],
        *,
        recipe: Mapping[str, Any] | None = None,
        report: Mapping[str, Any] | None = None,
        parts: Mapping[str, NDArray[Any]] | None = None,
    ):
        self.spaces: Mapping[str, Codes | Vectors] = MappingProxyType(dict(spaces))
        self.recipe: Mapping[str, Any] = MappingProxyType(dict(recipe or {}))
        self.report: Mapping[str, Any] = MappingProxyType(dict(report or {}))
        self.parts: Mapping[str, NDArray[Any]] = MappingProxyType(dict(parts or {}))

    def __getitem__(self, name: str) -> Codes | Vectors:
        return self.spaces[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.spaces)

    def __len__(self) -> int:
        return len(self.spaces)

    def __repr__(self) -> str:
        held = ", ".join(f"{name}: {space!r}" for name, space in self.spaces.items())
        return f"Compressed({self.recipe.get('learner', 'foreign')}; {held})"

    @property
    def nbytes(self) -> int:
        """Bytes of the codes, their codecs, the matrices that are whole and the parts, without ids and
        columns."""
        spaces = sum(space_bytes(space) for space in self.spaces.values())
        return spaces + sum(part.nbytes for part in self.parts.values())

    def model(self) -> Model:
        """The model again, its codes decoded: it encodes and is searched as ever, nearly as well.

        The meta of a space that was compressed says by which codec.
        """
        from firth.formats.coded import decoded

        spaces = {
            name: space if isinstance(space, Vectors) else decoded(space)
            for name, space in self.spaces.items()
        }
        return Model(spaces, recipe=self.recipe, report=self.report, parts=self.parts)

    def noting(self, losses: Mapping[str, Report]) -> Compressed:
        """The same, its report saying what was lost, which files then tell: {"compressed": {space: figures}}.

        Args:
            losses: for each space that was measured, what `loss` returned.

        Raises:
            OptionError: there is no such space.
        """
        for name in losses:
            if name not in self.spaces:
                raise OptionError(
                    f"there is no space {name!r}; there are {', '.join(map(repr, self.spaces))}"
                )
        said = self.report.get(LOSSES)
        kept = dict(said) if isinstance(said, Mapping) else {}
        kept |= {name: _figures(report) for name, report in losses.items()}
        report = {**self.report, LOSSES: {name: kept[name] for name in self.spaces if name in kept}}
        return Compressed(self.spaces, recipe=self.recipe, report=report, parts=self.parts)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the codes as one Firth file (see docs/format.md), atomically.

        `load` opens it as it is; `firth.load`, and with it every command, reads it as a plain model.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.formats.native import write

        write(self, path, force=force)


def compress(
    model: Model | Vectors,
    recipe: CodecRecipe | Mapping[str, CodecRecipe],
    *,
    spaces: Collection[str] | None = None,
    drop: Collection[str] = (),
    run: Run | None = None,
) -> Compressed:
    """Keep the spaces of a model as codes: words, subword buckets, contexts, documents alike.

    Each space gets a codec fitted to its own rows.

    Args:
        model: a model, or vectors, which become the space "vectors".
        recipe: one for all spaces, or one by name.
        spaces: the names of those to be compressed; None takes all, or those that have a recipe. The others
            stay whole; so do spaces without rows or dims, in which there is nothing to save.
        drop: spaces to leave out: contexts serve further training, and nothing else.
        run: threads and seed of the fitting.

    Returns:
        The compressed model. A file of it is `Compressed.save`; `loss` says what was lost.

    Raises:
        OptionError: a space is named that is not there, is to be both dropped and compressed, or has no
            recipe.
        DataError: neither a model nor vectors; every space would be dropped; or a space cannot be compressed
            by its recipe: the message names it.
    """
    if not isinstance(model, Model):
        given = vectors_of(model, what="a model or its vectors", way="firth.load(path), Vectors(ids, rows)")
        model = Model({"vectors": given})
    dropped = _names(model, "drop", drop)
    recipes = _recipes(model, recipe, None if spaces is None else _names(model, "spaces", spaces), dropped)
    kept: dict[str, Codes | Vectors] = {}
    for name, vectors in model.spaces.items():
        if name in recipes and vectors.matrix.size:
            kept[name] = _coded(name, vectors, recipes[name], run, alone=len(model.spaces) == 1)
        elif name not in dropped:
            kept[name] = vectors
    if not kept and not model.parts:
        raise DataError("all spaces would be dropped, which leaves no model")
    return Compressed(kept, recipe=model.recipe, report=model.report, parts=model.parts)


def load(path: str | os.PathLike[str], *, verify: bool = False) -> Compressed:
    """Open a Firth file as it is: codes stay codes, in the mapped file, and are searched there.

    Args:
        path: a file of `Compressed.save`, or any other Firth file, whose spaces are then vectors.
        verify: read everything once and check it.

    Raises:
        FormatError: the file is damaged, written by a newer major version, or no Firth file.
    """
    from firth.formats.native import read_held

    held = read_held(path, verify=verify)
    return Compressed(held.spaces, recipe=held.recipe, report=held.report, parts=held.parts)


def space_bytes(space: Codes | Vectors) -> int:
    """Bytes of the numbers of a space, with its codec."""
    return int(space.matrix.nbytes) if isinstance(space, Vectors) else space.nbytes


def _figures(report: Report) -> dict[str, Any]:
    """The figures of a loss with their intervals, and the metric and the k that they belong to."""
    figures = {
        row.name: {"value": row.value, "low": row.low, "high": row.high, "n": row.n} for row in report.rows
    }
    return {
        "codec": report.details["codec"],
        "metric": report.details["metric"],
        "k": report["neighbours kept"].extra["k"],
        **figures,
    }


def _coded(name: str, vectors: Vectors, recipe: CodecRecipe, run: Run | None, *, alone: bool) -> Codes:
    try:
        return recipe.fit(vectors, run=run).encode(vectors)
    except (DataError, OptionError) as error:
        way = "" if alone else "; the spaces that are not named stay whole: spaces=[…] (--space)"
        kind: type[FirthError] = OptionError if isinstance(error, OptionError) else DataError
        raise kind(f"the space {name!r}: {error}{way}") from error


def _names(model: Model, option: str, names: Collection[str]) -> list[str]:
    """The names of an option, all of them of spaces that are there."""
    names = check_several(option, names)
    for name in names:
        if name not in model.spaces:
            raise OptionError(
                f"{option} names the space {name!r}, which is not there; there are "
                f"{', '.join(map(repr, model.spaces)) or 'none'}"
            )
    return names


def _recipes(
    model: Model,
    recipe: CodecRecipe | Mapping[str, CodecRecipe],
    spaces: list[str] | None,
    dropped: list[str],
) -> dict[str, CodecRecipe]:
    """The recipe of each space that is to be compressed."""
    if isinstance(recipe, Mapping):
        by_name = {name: recipe[name] for name in _names(model, "recipe", recipe)}
    else:
        by_name = dict.fromkeys(spaces if spaces is not None else model.spaces, recipe)
        if spaces is None:
            by_name = {name: recipe for name in by_name if name not in dropped}
    for name, one in by_name.items():
        if not isinstance(one, CodecRecipe):
            raise OptionError(f"the recipe of {name!r} is a codec's, such as Scalar(bits=8), not {one!r:.80}")
    missing = [name for name in spaces or () if name not in by_name]
    if missing:
        raise OptionError(f"the space {missing[0]!r} is to be compressed, but has no recipe")
    chosen = by_name if spaces is None else {name: by_name[name] for name in spaces}
    both = [name for name in chosen if name in dropped]
    if both:
        raise OptionError(f"the space {both[0]!r} is to be dropped and to be compressed; choose one")
    return chosen
