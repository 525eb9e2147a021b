"""`firth convert`: from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firth.cli.opening import check_output
from firth.cli.options import Force, Json
from firth.cli.output import print_json, say

__all__ = ["convert"]

FORMATS = "firth, word2vec, word2vec-binary, glove, npy or projector"


def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The file to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    *,
    source_format: Annotated[
        str | None, typer.Option("--from", help=f"{FORMATS}; found out from the file if not given.")
    ] = None,
    target_format: Annotated[
        str | None, typer.Option("--to", help=f"{FORMATS}; by the suffix of OUT if not given.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Convert a file of vectors to another format."""
    check_output(target, force=force, format=target_format)
    from firth.formats import read, write

    model = read(source, format=source_format)
    write(model, target, format=target_format, force=force)
    vectors = model.vectors
    if json:
        print_json({"from": str(source), "to": str(target), "ids": len(vectors), "dim": vectors.dim})
    else:
        say(f"{target}: {len(vectors):,} vectors of {vectors.dim} numbers")
