"""`firth compress`: a model in fewer bytes, and what that costs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_file
from firth.cli.options import File, Force, Json
from firth.cli.output import print_json, print_table, say
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.compress.codec import CodecRecipe
    from firth.compress.codes import Codes
    from firth.compress.compressed import Compressed
    from firth.model import Model
    from firth.run import Run
    from firth.vectors import Vectors

__all__ = ["compress"]


def compress(
    file: File,
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where the compressed model goes, as a Firth file.")
    ],
    codec: Annotated[
        str | None,
        typer.Option(
            "--codec",
            help="float16, int8, int4, pq, opq, residual, binary, itq, simhash, leading, pca, projection, "
            "pca-int8, int8-dimension or int4-dimension.",
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="NAME=VALUE", help="An option of the codec, such as parts=25."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", metavar="FILE.toml", help="A recipe in a table [codec], as a plan has it."),
    ] = None,
    space: Annotated[
        list[str] | None,
        typer.Option("--space", help="A space to be compressed; all if none is given, else the others stay."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", help="A space to leave out, such as contexts.")
    ] = None,
    neighbours: Annotated[
        int,
        typer.Option(
            "--keep-neighbours", min=0, help="Count how many of so many neighbours are kept; 0 does not."
        ),
    ] = 10,
    sample: Annotated[int, typer.Option("--sample", min=2, help="With how many rows it is counted.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", help="Of the codec and of the samples.")] = 1,
    threads: Annotated[int | None, typer.Option("--threads", help="Every core if not given.")] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Keep vectors in a half to a sixty-fourth of their bytes, and measure what is lost."""
    check_file(output, force=force)
    if (codec is None) == (recipe is None):
        raise OptionError("name a --codec, or a --recipe file: one of the two")
    if recipe is not None and option:
        raise OptionError("--option belongs to --codec; write it into the recipe file")
    from firth import compress as room
    from firth.model import load
    from firth.run import Run

    run = Run(seed=seed, threads=threads)
    model = load(file)
    dropped = drop or []
    names = space or [name for name in model.spaces if name not in dropped]
    recipes = _recipes(model, names, codec, _options(option or []), recipe)
    small = room.compress(model, recipes, spaces=names, drop=dropped, run=run)
    small.save(output, force=force)
    rows = [_row(model, small, name, k=neighbours, sample=sample, run=run) for name in small]
    _show(rows, model, small, output, json=json)


def _recipes(
    model: Model, names: list[str], codec: str | None, options: dict[str, Any], path: Path | None
) -> dict[str, CodecRecipe]:
    """The recipe of each space: a word means another recipe for another dim."""
    from firth.compress.names import named_recipe, read_recipe

    if path is not None:
        return dict.fromkeys(names, read_recipe(path))
    return {
        name: named_recipe(codec or "", model.spaces[name].dim if name in model.spaces else 1, options)
        for name in names
    }


def _options(given: list[str]) -> dict[str, Any]:
    """NAME=VALUE pairs, the values as TOML writes them; what is no TOML is a text."""
    options: dict[str, Any] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise OptionError(f"--option is NAME=VALUE, not {pair!r}")
        try:
            options[name] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            options[name] = text
    return options


def _row(model: Model, small: Compressed, name: str, *, k: int, sample: int, run: Run) -> dict[str, Any]:
    """What became of a space."""
    from firth.compress.compressed import space_bytes
    from firth.vectors import Vectors

    held = small[name]
    row: dict[str, Any] = {"space": name, "rows": len(held), "dim": held.dim, "bytes": space_bytes(held)}
    if isinstance(held, Vectors):
        return row | {"codec": None}
    row |= {"codec": held.codec.recipe.to_dict(), "bytes_a_row": held.codec.width, "ratio": held.ratio}
    row |= {"encoded": dict(held.report)}
    return row if k == 0 or len(held) < 2 else row | _loss(model, held, name, k=k, sample=sample, run=run)


def _loss(model: Model, held: Codes, name: str, *, k: int, sample: int, run: Run) -> dict[str, Any]:
    from firth.compress.loss import loss

    report = loss(held, model.spaces[name], k=k, sample=sample, seed=run.seed)
    kept = report["neighbours kept"]
    return {
        "squared_error": report["squared error"].value,
        "cosine": report["cosine"].value,
        "neighbours_kept": kept.value,
        "low": kept.low,
        "high": kept.high,
        "loss": report.to_dict(),
    }


def _show(rows: list[dict[str, Any]], model: Model, small: Compressed, path: Path, *, json: bool) -> None:
    before = sum(vectors.matrix.nbytes for vectors in model.spaces.values())
    before += sum(part.nbytes for part in model.parts.values())
    if json:
        document = {"file": str(path), "size": path.stat().st_size, "bytes": small.nbytes}
        print_json(document | {"bytes_before": before, "spaces": rows})
        return
    columns = ("space", "rows", "codec", "bytes a row", "ratio", "squared error", "cosine")
    print_table(
        (*columns, "neighbours kept", "95 % low", "high"),
        [
            (
                row["space"],
                row["rows"],
                _shown(small[row["space"]]),
                row.get("bytes_a_row"),
                row.get("ratio"),
                f"{row['squared_error']:.2g}" if "squared_error" in row else None,
                row.get("cosine"),
                row.get("neighbours_kept"),
                row.get("low"),
                row.get("high"),
            )
            for row in rows
        ],
    )
    times = f", {before / small.nbytes:.1f} times smaller" if small.nbytes else ""
    say(f"{path}: {small.nbytes / 1e6:,.2f} MB of numbers, before {before / 1e6:,.2f} MB{times}")
    for row in rows:
        for what, count in row.get("encoded", {}).items():
            if count and what not in ("rows", "numbers"):
                say(f"{row['space']}: {count:,} of {row['encoded']['numbers']:,} numbers {what}")


def _shown(held: Codes | Vectors) -> str:
    """The recipe of a space, or that it has none."""
    return repr(held.codec.recipe) if hasattr(held, "codec") else "whole"
