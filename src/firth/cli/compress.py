"""`firth compress`: a model in fewer bytes, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.assignments import assigned
from firth.cli.opening import check_file
from firth.cli.options import File, Force, Json
from firth.cli.output import print_json, print_table, say
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.compress.codec import CodecRecipe
    from firth.compress.codes import Codes
    from firth.compress.compressed import Compressed
    from firth.measure.report import Report
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
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="An option of the codec; may be given again."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            "--recipe",
            metavar="FILE.toml",
            help=r"A recipe with a table \[codec], such as firth plan writes.",
        ),
    ] = None,
    space: Annotated[
        list[str] | None,
        typer.Option("--space", help="A space to be compressed; all if none is given, else the others stay."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", help="A space to leave out, such as contexts.")
    ] = None,
    k: Annotated[
        int,
        typer.Option(
            "-k",
            "--k",
            min=0,
            help="Of how many neighbours to count those that are kept; 0 measures no loss.",
        ),
    ] = 10,
    sample: Annotated[int, typer.Option("--sample", min=2, help="With how many rows it is counted.")] = 1_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the codec and of the samples.")] = 1,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads at most; every core if not given.")
    ] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Keep vectors in a half to a sixty-fourth of their bytes, and measure what is lost.

    The file is a model like any other, and says in its report what was lost.
    """
    check_file(output, force=force)
    if (codec is None) == (recipe is None):
        raise OptionError("name a --codec, or a --recipe file: one of the two")
    if recipe is not None and options:
        raise OptionError("--set belongs to --codec; write the options into the recipe file")
    from firth import compress as room
    from firth.model import load
    from firth.run import Run

    run = Run(seed=seed, threads=threads)
    chosen = assigned("--set", options or [], example="parts=25")
    if "codec" in chosen:
        raise OptionError("--set codec=… is what --codec is for")
    model = load(file)
    dropped = drop or []
    names = space or [name for name in model.spaces if name not in dropped]
    if recipe is not None:
        recipes = dict.fromkeys(names, _from_file(recipe, model))
    else:
        recipes = _named(codec or "", chosen, names, model)
    small = room.compress(model, recipes, spaces=names, drop=dropped, run=run)
    losses = {} if k == 0 else _losses(model, small, k=k, sample=sample, run=run)
    small.noting(losses).save(output, force=force)
    _show([_row(small, name, losses.get(name)) for name in small], model, small, output, json=json)


def _named(codec: str, options: dict[str, Any], names: list[str], model: Model) -> dict[str, CodecRecipe]:
    """The recipe of each space: a word means another recipe for another dim."""
    from firth.compress.names import named_recipe

    dims = {name: model.spaces[name].dim if name in model.spaces else 1 for name in names}
    return {name: named_recipe(codec, dim, options) for name, dim in dims.items()}


def _from_file(path: Path, model: Model) -> CodecRecipe:
    """The codec of a recipe file, which was perhaps planned for another metric than that of the vectors."""
    from firth.compress.codec import CodecRecipe
    from firth.index.recipefile import read_recipe

    found = read_recipe(path)
    if not isinstance(found.recipe, CodecRecipe):
        raise OptionError(f"{path} is the recipe of an index: firth index --recipe {path}")
    for name, vectors in model.spaces.items():
        if found.metric not in (None, vectors.metric):
            say(f"{name}: keeps its metric {vectors.metric}; the recipe was made for {found.metric}")
    return found.recipe


def _losses(model: Model, small: Compressed, *, k: int, sample: int, run: Run) -> dict[str, Report]:
    """What each space that is kept as codes has lost, where it has neighbours."""
    from firth.compress.codes import Codes
    from firth.compress.losses import loss

    return {
        name: loss(held, model.spaces[name], k=k, sample=sample, seed=run.seed)
        for name, held in small.items()
        if isinstance(held, Codes) and len(held) > 1
    }


def _row(small: Compressed, name: str, loss: Report | None) -> dict[str, Any]:
    """What became of a space."""
    from firth.compress.compressed import space_bytes
    from firth.vectors import Vectors

    held = small[name]
    row: dict[str, Any] = {"space": name, "rows": len(held), "dim": held.dim, "bytes": space_bytes(held)}
    if isinstance(held, Vectors):
        return row | {"codec": None}
    row |= {"codec": held.codec.recipe.to_dict(), "bytes_a_row": held.codec.width, "ratio": held.ratio}
    row |= {"encoded": dict(held.report)}
    if loss is None:
        return row
    kept = loss["neighbours kept"]
    return row | {
        "squared_error": loss["squared error"].value,
        "cosine": loss["cosine"].value,
        "neighbours_kept": kept.value,
        "low": kept.low,
        "high": kept.high,
        "loss": loss.to_dict(),
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
    say(
        f"{path}: {small.nbytes / 1e6:,.2f} MB of numbers, before {before / 1e6:,.2f} MB"
        f"{_times(before, small.nbytes)}"
    )
    for row in rows:
        if row.get("ratio", 1) < 1:
            say(f"{row['space']}: {_larger(small[row['space']])}")
        for what, count in row.get("encoded", {}).items():
            if count and what not in ("rows", "numbers"):
                say(f"{row['space']}: {count:,} of {row['encoded']['numbers']:,} numbers {what}")


def _times(before: int, after: int) -> str:
    if not before or not after:
        return ""
    return (
        f", {before / after:.1f} times smaller" if after <= before else f", {after / before:.1f} times larger"
    )


def _larger(held: Codes | Vectors) -> str:
    """Why codes take more than the rows did, and what would take less."""
    from firth.compress.codes import Codes

    if not isinstance(held, Codes):
        return "as large as before"
    said = (
        f"larger than before: the codec takes {held.nbytes - held.data.nbytes:,} bytes beside the "
        f"{held.data.nbytes:,} of the codes"
    )
    bits = getattr(held.codec.recipe, "bits", None)
    books = type(held.codec.recipe).__name__ in ("Product", "Residual")
    fewer = "--set bits=4 for smaller codebooks, or " if books and bits and bits > 4 else ""
    return f"{said}; take {fewer}--codec int8, which has no parts of its own"


def _shown(held: Codes | Vectors) -> str:
    """The recipe of a space, or that it has none."""
    return repr(held.codec.recipe) if hasattr(held, "codec") else "whole"
