"""`firth inspect`: what a file holds, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from firth.cli.options import Json
from firth.cli.output import print_json, print_table

__all__ = ["inspect"]


def inspect(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A Firth file, or any format that Firth reads.")
    ],
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read everything and check every checksum and every number.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a file holds: spaces, sizes, recipe and where it comes from."""
    description = _description(file, verify=verify)
    if json:
        print_json(description)
    else:
        print_table(("what", "value"), _flat(description))


def _description(file: Path, *, verify: bool) -> dict[str, Any]:
    """What a file of vectors or of an index holds."""
    from firth.formats import describe
    from firth.index.files import describe as describe_index
    from firth.index.files import is_index
    from firth.index.openfaiss import describe_faiss, is_faiss

    if is_index(file):
        return describe_index(file, verify=verify)
    return describe_faiss(file) if is_faiss(file) else describe(file, verify=verify)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """A document as (dotted name, value) lines."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for i, item in enumerate(value):
            yield from _flat(item, f"{name}.{i}")
    elif isinstance(value, list | tuple):
        yield name, ", ".join(map(str, value))
    else:
        yield name, value
