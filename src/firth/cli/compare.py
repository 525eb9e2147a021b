"""`firth compare`: which of two sets of vectors is better, and whether that is more than chance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firth.cli.opening import open_sets, open_vectors
from firth.cli.options import Analogies, Json, Restrict, Similarities
from firth.cli.reports import show_reports

__all__ = ["compare"]


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Vectors.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Other vectors.")],
    *,
    analogies: Analogies = None,
    similarities: Similarities = None,
    restrict: Restrict = 30_000,
    json: Json = False,
) -> None:
    """Compare two files of vectors on the same questions, with a paired test.

    Without a set of your own: the Google analogies, WordSim-353 and MEN, which ship with Firth.
    """
    from firth import measure

    questions, pairs = open_sets(analogies, similarities)
    report = measure.compare(
        open_vectors(a), open_vectors(b), [*questions, *pairs], restrict=restrict or None
    )
    show_reports([report], json=json, a=str(a), b=str(b))
