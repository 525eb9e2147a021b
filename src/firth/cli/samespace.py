"""Queries from a file, held to be of the space that is searched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from firth.cli.opening import open_vectors
from firth.errors import DataError, SpaceMismatchError

if TYPE_CHECKING:
    from firth.vectors import Vectors

__all__ = ["SameSpace", "open_in_space"]

SameSpace: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--same-space",
        help="Take the queries to be of the space that is searched: files of other formats do not say it.",
    ),
]


def open_in_space(path: Path, *, of: Any, same_space: bool, what: str = "the queries") -> Vectors:
    """The vectors of a file, which have to be of the space of an index, of codes or of other vectors.

    Args:
        path: their file.
        of: what is searched: it has a `dim` and a `fingerprint`.
        same_space: take them to be of that space, whatever their file says.
        what: what they are, for the message.

    Raises:
        DataError: there is no row, or it has another dim.
        SpaceMismatchError: they are of another space, or their file does not say of which.
    """
    from firth.vectors import Vectors

    given = open_vectors(path)
    if not len(given):
        raise DataError(f"{path} has no rows: {what} are vectors, at least one")
    if given.dim != of.dim:
        raise DataError(
            f"{what} in {path} have dim {given.dim}, and what is searched has dim {of.dim}: "
            "encode both with the same model"
        )
    if given.fingerprint == of.fingerprint:
        return given
    if not same_space:
        raise SpaceMismatchError(
            f"{what} in {path} are of the space {given.fingerprint} and not of {of.fingerprint}. If they "
            "come from the same model, and only their file does not say so, add --same-space; if not, "
            "encode both with one model, or map one into the other with firth align",
            expected=of.fingerprint,
            found=given.fingerprint,
        )
    return Vectors(given.ids, given.matrix, metric=given.metric, fingerprint=of.fingerprint)
