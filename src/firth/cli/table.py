"""`firth table`: a learner for each column of a table, shown as a recipe, or fitted and saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_file
from firth.cli.options import Force, Json
from firth.cli.output import print_json, print_line, printable, say
from firth.cli.training import log_shown, undisturbed
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.data.features import Features
    from firth.learn.table import Table
    from firth.model import Model

__all__ = ["table"]


def table(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV or TSV, also packed (.gz .bz2 .xz .zst), Parquet, Arrow or Feather."
        ),
    ],
    *,
    recipe: Annotated[
        Path | None,
        typer.Option(
            "--recipe",
            help="A recipe in TOML, as this command prints it; the rest of the columns is inferred.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="The column to be foretold; it is not encoded.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Fit, and write the model; firth encode uses it.")
    ] = None,
    encoded: Annotated[
        Path | None,
        typer.Option(
            "--encoded", help="Write the encoded training rows too, cross-fitted where the target is used."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Where the random numbers start.")] = 1,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Choose how each column of a table becomes numbers: print the recipe, or fit it with -o."""
    from firth.data.columns import read_table
    from firth.learn.table import Table
    from firth.run import Run

    if output is None and encoded is not None:
        raise OptionError("--encoded goes with -o, which names the file of the model")
    _check_apart({"FILE": source, "--recipe": recipe}, {"-o": output, "--encoded": encoded})
    for path in (output, encoded):
        if path is not None:
            check_file(path, force=force)
    chosen = Table.from_toml(recipe) if recipe is not None else Table()
    columns = read_table(source)
    if output is None:
        _show(chosen.completed(columns, target=target), json=json)
        return
    with log_shown(quiet=quiet):
        fitted = chosen.fit_transform(columns, target=target, run=Run(seed=seed))
    with undisturbed():
        fitted.model.save(output, force=force)
        if encoded is not None:
            fitted.features.save(encoded, force=force)
    if json:
        print_json({"file": str(output), "report": fitted.model.report, "encoded": fitted.features.report})
    elif not quiet:
        _tell(fitted.model, fitted.features, output)


def _check_apart(read: dict[str, Path | None], written: dict[str, Path | None]) -> None:
    """Raise OptionError where a file that is written is one that is read or written too, since even --force
    should not destroy it."""
    seen: dict[Path, str] = {}
    for option, path in (read | written).items():
        if path is None:
            continue
        before = seen.setdefault(path.resolve(), option)
        if before != option and option in written:
            raise OptionError(f"{before} and {option} are one file, {path}; write to another")


def _show(explicit: Table, *, json: bool) -> None:
    if json:
        print_json({"recipe": explicit.to_toml()})
        return
    for line in explicit.to_toml().rstrip("\n").split("\n"):
        print_line(printable(line))


def _tell(model: Model, features: Features, output: Path) -> None:
    rows, width = features.shape
    say(f"{output}: {rows:,} rows become {width:,} numbers each")
    for name, why in model.report["dropped"].items():
        say(f"left out {name}: {why}")
    counted: dict[str, Any] = features.report.get("columns", {})
    for name, counts in counted.items():
        say(f"{name}: " + ", ".join(f"{count:,} {what}" for what, count in counts.items()))
