"""`firth compare`: which of several files of vectors is best, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from firth.cli.opening import open_sets, open_vectors
from firth.cli.options import Analogies, Json, Restrict, Similarities
from firth.cli.reports import show_reports

__all__ = ["compare"]


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Vectors.")],
    others: Annotated[list[Path], typer.Argument(metavar="B…", help="Other vectors, one file or several.")],
    *,
    analogies: Analogies = None,
    similarities: Similarities = None,
    restrict: Restrict = 30_000,
    json: Json = False,
) -> None:
    """Compare files of vectors on the same questions: figures side by side, then each beside the first.

    The difference of each file from the first comes with a paired test over what both cover.

    Without a set of your own: the Google analogies, WordSim-353 and MEN, which ship with Firth.
    """
    from firth import measure

    questions, pairs = open_sets(analogies, similarities)
    sets = [*questions, *pairs]
    spaces = {str(file): open_vectors(file) for file in (a, *others)}
    reports = [measure.standings(spaces, sets, restrict=restrict or None)]
    for file in others:
        report = measure.compare(spaces[str(a)], spaces[str(file)], sets, restrict=restrict or None)
        reports.append(replace(report, title=f"difference of b, {file}, from a, {a}"))
    show_reports(reports, json=json, files=list(spaces))
