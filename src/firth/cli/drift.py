"""`firth drift`: which words moved between two files of vectors, beyond chance."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from firth.cli.opening import open_vectors, parse_keys, text_lines
from firth.cli.options import Json
from firth.cli.output import print_json, print_line, print_table
from firth.cli.reports import show_reports

__all__ = ["drift"]


class By(StrEnum):
    """What is tested."""

    position = "position"
    neighbours = "neighbours"


class Against(StrEnum):
    """What a word is held against."""

    peers = "peers"
    baseline = "baseline"


def drift(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="Vectors of the earlier text.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Vectors of the later text.")],
    *,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(
            "--baseline",
            metavar="RUN",
            help="Vectors of another half or shuffle of the earlier text, which show what chance does; may "
            "be given again.",
        ),
    ] = None,
    anchor: Annotated[
        Path | None,
        typer.Option("--anchor", help="Words that stayed, one a line, to align by; all if not given."),
    ] = None,
    by: Annotated[By, typer.Option("--by", help="What is tested.")] = By.position,
    against: Annotated[
        Against,
        typer.Option(
            "--against", help="Words of like frequency, or what these move between the baseline runs."
        ),
    ] = Against.peers,
    k: Annotated[int, typer.Option("-k", min=1, help="How many neighbours are compared.")] = 25,
    restrict: Annotated[
        int, typer.Option("--restrict", min=0, help="Keep to the N most frequent words; 0 takes all.")
    ] = 30_000,
    topn: Annotated[int, typer.Option("-n", "--topn", min=1, help="How many words to show.")] = 20,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the bootstrap.")] = 1,
    json: Json = False,
) -> None:
    """Find the words whose company changed from one text to another, among words of like frequency.

    Words with q up to 0.05 moved beyond chance: one in twenty of them is expected to be a false claim.
    """
    from firth.align.drifting import drift as find_drift

    spaces = open_vectors(before), open_vectors(after)
    found = find_drift(
        *spaces,
        baseline=[open_vectors(run) for run in baseline or ()],
        anchor=None
        if anchor is None
        else parse_keys([line for line in text_lines(anchor) if line], spaces[0]),
        by=by.value,
        against=against.value,
        k=k,
        restrict=restrict or None,
        seed=seed,
    )
    if json:
        print_json({"before": str(before), "after": str(after), **found.to_dict(topn)})
        return
    show_reports([found.report], json=False)
    print_line()
    print_table(
        ("word", "position", "neighbours", "q", "before", "after"),
        (
            (
                moved.id,
                moved.position,
                moved.neighbours,
                f"{moved.q:.2g}",
                " ".join(map(str, moved.near_before)),
                " ".join(map(str, moved.near_after)),
            )
            for moved in found.most(topn)
        ),
    )
