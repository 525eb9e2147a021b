"""`firth similarity`: how near two keys are, or how well the vectors agree with people on a set of pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firth.cli.opening import open_vectors, parse_keys
from firth.cli.options import File, Json, Space
from firth.cli.output import print_json, print_line
from firth.cli.reports import show_reports

__all__ = ["similarity"]


def similarity(
    file: File,
    of: Annotated[
        list[str],
        typer.Argument(metavar="A B | SET", help="Two keys, or one file of pairs that people have graded."),
    ],
    *,
    space: Space = None,
    json: Json = False,
) -> None:
    """Show the similarity of two keys, or compare the vectors with the grades in a set of pairs."""
    if len(of) > 2:
        raise typer.BadParameter("give two keys, or one file of graded pairs")
    vectors = open_vectors(file, space=space)
    if len(of) == 1:
        from firth import measure

        show_reports([measure.similarity(vectors, Path(of[0]))], json=json)
        return
    a, b = parse_keys(of, vectors)
    value = float(vectors.similarity(a, b))
    if json:
        print_json({"file": str(file), "a": a, "b": b, "similarity": value})
    else:
        print_line(f"{value:.4f}")
