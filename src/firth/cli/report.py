"""`firth report`: all that can be said about vectors, as a page to read or as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firth.cli.choosing import chosen_tasks, default_choice, space_of
from firth.cli.opening import check_file, open_model
from firth.cli.options import Analogies, Chosen, File, Force, Json, Restrict, Sets, Similarities, Space, Texts
from firth.cli.output import print_json, print_line, say
from firth.cli.training import undisturbed
from firth.errors import OptionError

__all__ = ["report"]

Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help="The file to write: .html, .md or .json; may be given again. Without it, Markdown to stdout.",
    ),
]


def report(
    file: File,
    *,
    output: Outputs = None,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="OTHER", help="Another file to compare it with.")
    ] = None,
    analogies: Analogies = None,
    similarities: Similarities = None,
    sets: Sets = None,
    chosen: Chosen = None,
    restrict: Restrict = 30_000,
    texts: Texts = None,
    space: Space = None,
    name: Annotated[
        str | None, typer.Option("--name", help="What to call the vectors; the name of the file.")
    ] = None,
    layout: Annotated[
        str, typer.Option("--layout", help="Of the map: pca, or tsne (needs scikit-learn).")
    ] = "pca",
    points: Annotated[int, typer.Option("--points", min=5, max=5_000, help="Of the map, at most.")] = 300,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of all that is drawn at random.")] = 1,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Write one honest report: verdicts, tasks, neighbours, a map, geometry, and what was not measured.

    Without a set of your own the tasks are chosen by what the vectors are: vectors of words are measured on
    the sets that ship with Firth, as far as they cover them.
    """
    from firth.measure.full import full_report
    from firth.measure.full.record import format_of

    outputs = output or []
    for path in outputs:
        format_of(path)
        check_file(path, force=force)
    if len({path.absolute() for path in outputs}) < len(outputs):
        raise OptionError("one output is named twice")
    tell = (lambda _: None) if quiet else say
    choice = chosen_tasks(
        analogies=analogies,
        similarities=similarities,
        sets=sets,
        chosen=chosen,
        restrict=restrict,
        texts=texts,
        seed=seed,
    )
    own_name, other_name = _names(file, against)
    other = None if against is None else open_model(against)
    measured = space_of(*open_model(file, space=space))
    made = full_report(
        measured,
        choice or default_choice(measured, restrict=restrict, texts=texts, seed=seed),
        name=name or own_name,
        against=None if other is None else space_of(*other),
        against_name=other_name,
        layout_method=layout,
        points=points,
        seed=seed,
        tell=tell,
    )
    with undisturbed():
        for path in outputs:
            made.save(path, force=force)
    if json:
        print_json(made.to_dict())
    elif not outputs:
        for line in made.markdown().splitlines():
            print_line(line)
    for path in outputs:
        tell(f"{path}: {made.headline}")


def _names(file: Path, against: Path | None) -> tuple[str, str]:
    """What the two are called: by their file names, or by their paths where those are the same."""
    if against is None or file.name != against.name:
        return file.name, "other" if against is None else against.name
    return str(file), str(against) if str(file) != str(against) else f"{against} (again)"
