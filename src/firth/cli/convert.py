"""`firth convert`: from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firth.cli.opening import check_output, pick_space
from firth.cli.options import Force, Json, Space
from firth.cli.output import print_json, say

if TYPE_CHECKING:
    from firth.model import Model

__all__ = ["convert"]

FORMATS = "firth, fasttext, word2vec, word2vec-binary, glove, npy or projector"


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
    space: Space = None,
    half: Annotated[
        list[str] | None,
        typer.Option("--half", metavar="SPACE", help="Keep a space as float16; in Firth's own format only."),
    ] = None,
    drop_unused: Annotated[
        bool, typer.Option("--drop-unused", help="Leave out the n-gram buckets that no word falls into.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Convert a file of vectors to another format; what that cannot hold is named."""
    check_output(target, force=force, format=target_format)
    from firth.formats import read, write
    from firth.formats.known import by_suffix
    from firth.model import Model

    model = read(source, format=source_format)
    if space is not None:
        chosen = pick_space(model, space, path=source)
        model = Model({space: chosen}, recipe=model.recipe, report=model.report)
    if drop_unused:
        from firth.learn.subword import without_unused

        model = without_unused(model)
    write(model, target, format=target_format, force=force, half=half or ())
    left_out = _left_out(model, target_format or by_suffix(target, model.spaces).name)
    if left_out:
        say(f"{target}: left out, since the format cannot hold it: {', '.join(left_out)}")
    vectors = model.vectors
    if json:
        print_json({"from": str(source), "to": str(target), "ids": len(vectors), "dim": vectors.dim})
    else:
        say(f"{target}: {len(vectors):,} vectors of {vectors.dim} numbers")


def _left_out(model: Model, format: str) -> list[str]:
    """What a file of this format does not hold of a model."""
    if format == "firth":
        return []
    if format == "fasttext":
        return ["the report"] if model.report else []
    vectors = model.vectors
    lost = [f"the space {name!r}" for name in list(model.spaces)[1:]]
    lost += [name for name in vectors.columns if (format, name) != ("projector", "counts")]
    if vectors.metric != "cosine":  # the metric of whatever is read from a foreign file
        lost.append(f"the metric {vectors.metric!r}")
    return [*lost, *(["the recipe"] if model.recipe else []), *(["the report"] if model.report else [])]
