"""`firth index`: vectors to an index in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.assignments import assigned
from firth.cli.opening import check_file, open_vectors
from firth.cli.options import File, Force, Json, Space
from firth.cli.output import print_json, print_table
from firth.cli.samespace import SameSpace, open_in_space
from firth.errors import OptionError
from firth.options import check_real

if TYPE_CHECKING:
    from firth.index.index import Index
    from firth.index.recipefile import RecipeFile

__all__ = ["index"]


def index(
    file: File,
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file of the index.")],
    kind: Annotated[
        str | None,
        typer.Option("--kind", help="exact, hnsw, ivf, ivfpq, tree, binary, lsh or branchandbound."),
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="An option of the kind; may be given again."),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="A recipe that firth plan wrote, for kind and options.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="cosine, dot or euclidean; that of the vectors.")
    ] = None,
    tune: Annotated[
        float | None, typer.Option("--tune", metavar="RECALL", help="Tune the search to this recall.")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option("--queries", help="Vectors to tune with; a sample of the rows if not given."),
    ] = None,
    same_space: SameSpace = False,
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="How many neighbours to tune for.")] = 10,
    space: Space = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads at most; every core if not given.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of building and tuning.")] = 1,
    force: Force = False,
    json: Json = False,
) -> None:
    """Build an index of vectors and write it to a file, which `firth search` searches."""
    from firth.index.files import is_index
    from firth.run import Run

    if tune is not None:
        check_real("--tune", tune, 0, 1, above=True)
    check_file(output, force=force)
    chosen = _chosen(kind, options or [], recipe)
    if queries is not None and tune is None:
        raise OptionError("--queries are there to tune with: give --tune RECALL too")
    if is_index(file):
        raise OptionError(f"{file} is an index already: firth search {file} ID searches it; name the vectors")
    vectors = open_vectors(file, space=space)
    built = chosen.recipe.build(  # type: ignore[union-attr]
        vectors,
        metric=metric or chosen.metric,  # type: ignore[arg-type]
        run=Run(threads=threads, seed=seed),
    )
    built.settings = built._with(chosen.settings)
    tuned = None
    if tune is not None:
        from firth.index.tuning import tune as tune_index

        tuned = tune_index(
            built,
            None if queries is None else open_in_space(queries, of=vectors, same_space=same_space),
            target_recall=tune,
            k=k,
            vectors=vectors,
            threads=threads,
            seed=seed,
        )
    built.save(output, force=force)
    document = {**_told(built, output), "tuned": None if tuned is None else tuned.to_dict()}
    if json:
        print_json(document)
    else:
        _show(document, notes=() if tuned is None else tuned.notes)


def _chosen(kind: str | None, options: Sequence[str], path: Path | None) -> RecipeFile:
    """The recipe that was asked for: from a file, or by its kind and options; HNSW without either."""
    from firth.index.known import KINDS, recipe_of
    from firth.index.recipe import IndexRecipe
    from firth.index.recipefile import RecipeFile, read_recipe

    if path is not None:
        if kind is not None or options:
            raise OptionError("--recipe names kind and options already; leave --kind and --set out")
        found = read_recipe(path)
        if not isinstance(found.recipe, IndexRecipe):
            raise OptionError(f"{path} is the recipe of a codec: firth compress --recipe {path}")
        return found
    name = next((one for one in KINDS if one.lower() == (kind or "hnsw").lower()), None)
    if name is None:
        raise OptionError(f"--kind is one of {', '.join(map(str.lower, KINDS))}, not {kind!r}")
    chosen = assigned("--set", options, example="links=32")
    if "index" in chosen:
        raise OptionError("--set index=… is what --kind is for")
    return RecipeFile(recipe=recipe_of({"index": name, **chosen}))


def _told(built: Index, output: Path) -> dict[str, Any]:
    return {
        "file": str(output),
        "bytes": output.stat().st_size,
        "recipe": built.recipe.to_dict(),
        "metric": built.metric,
        "rows": len(built),
        "dim": built.dim,
        "left_out": built.report.get("left_out", 0),
        "left_out_ids": built.report.get("left_out_ids", []),
        "memory": built.memory(),
        "settings": built.settings,
        "measured": built.measured,
    }


def _show(document: dict[str, Any], *, notes: Sequence[str]) -> None:
    options = ", ".join(f"{name}={value}" for name, value in document["recipe"].items() if name != "index")
    rows: list[tuple[str, Any]] = [
        ("file", document["file"]),
        ("bytes", document["bytes"]),
        ("kind", f"{document['recipe']['index']}({options})"),
        ("metric", document["metric"]),
        ("rows", document["rows"]),
        ("dim", document["dim"]),
        ("rows left out", document["left_out"]),
        *((f"memory: {name}", size) for name, size in document["memory"].items()),
        *((f"setting: {name}", value) for name, value in document["settings"].items()),
    ]
    found = document["measured"]
    if found:
        rows += [(f"recall@{found['k']}", found["recall"]), ("from", found["low"]), ("to", found["high"])]
    rows += [("note", note) for note in notes]
    print_table(("what", "value"), rows)
