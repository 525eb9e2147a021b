"""The arguments and options that several verbs share, each with one meaning and one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "Analogies",
    "Chosen",
    "File",
    "Force",
    "Json",
    "Restrict",
    "Sets",
    "Similarities",
    "Space",
    "Texts",
    "Topn",
]

Analogies: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--analogies", help="A file of analogy questions; may be given again.")
]
Chosen: TypeAlias = Annotated[
    Path | None,
    typer.Option("--task", metavar="FILE.toml", help="Tasks as a TOML file names them, a [[task]] each."),
]
File: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", help="Vectors: a Firth file, or any format that Firth reads.")
]
Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Overwrite the output file if it is there.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]
Restrict: TypeAlias = Annotated[
    int,
    typer.Option(
        "--restrict",
        min=0,
        help="Keep analogies to the N most frequent words, where a TOML file says nothing else; 0 takes all.",
    ),
]
Sets: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SET",
        help="A file or folder with a set of any kind, or the name of one that ships; may be given again.",
    ),
]
Similarities: TypeAlias = Annotated[
    list[Path] | None, typer.Option("--similarity", help="A file of graded pairs; may be given again.")
]
Space: TypeAlias = Annotated[
    str | None,
    typer.Option("--space", help="Which vectors of a model, such as contexts; the main ones if not given."),
]
Texts: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--texts",
        metavar="mean",
        help="For vectors of words on sets of texts: mean gives a text the mean of the vectors of its words.",
    ),
]
Topn: TypeAlias = Annotated[int, typer.Option("-n", "--topn", min=1, help="How many neighbours to show.")]
