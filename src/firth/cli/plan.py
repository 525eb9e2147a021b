"""`firth plan`: which codec or index to take for a memory and a recall."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firth.cli.opening import check_file, open_vectors
from firth.cli.options import File, Force, Json, Space
from firth.cli.output import print_json, print_line, print_table, say
from firth.cli.samespace import SameSpace, open_in_space
from firth.cli.sizes import parse_size
from firth.errors import OptionError
from firth.options import check_real

if TYPE_CHECKING:
    from firth.index.planning import Plan

__all__ = ["plan"]


def plan(
    file: File,
    *,
    max_memory: Annotated[
        str | None,
        typer.Option(
            "--max-memory",
            metavar="SIZE",
            help="Bytes in memory at most: 50MB, 1.5GiB, or a share of the vectors, 1/8; any if not given.",
        ),
    ] = None,
    recall: Annotated[
        float, typer.Option("--recall", help="The share of the true neighbours that is to be found.")
    ] = 0.95,
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="How many neighbours are asked for.")] = 10,
    queries: Annotated[
        Path | None,
        typer.Option("--queries", help="Vectors such as will be asked; a sample of the rows if not given."),
    ] = None,
    same_space: SameSpace = False,
    latency: Annotated[
        float | None, typer.Option("--latency", help="Milliseconds a query may take; any if not given.")
    ] = None,
    seconds: Annotated[float, typer.Option("--time", help="Seconds for all trials.")] = 60.0,
    metric: Annotated[
        str | None, typer.Option("--metric", help="cosine, dot or euclidean; that of the vectors.")
    ] = None,
    space: Space = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the recipe here, as TOML.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw the frontier here: .png, .svg or .pdf.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads at most; every core if not given.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of samples and of building.")] = 1,
    force: Force = False,
    json: Json = False,
) -> None:
    """Try codecs and indexes on vectors, and name the fastest one for a memory and a recall.

    What it takes is written as a recipe that `firth index` or `firth compress` carries out.
    """
    from firth.index.files import is_index
    from firth.index.planning import plan as search_for

    check_real("--time", seconds, 0, 1e9, above=True)
    for path in (output, plot):
        if path is not None:
            check_file(path, force=force)
    if plot is not None:
        from firth.index.planplot import check_figure

        check_figure(plot)
    if is_index(file):
        raise OptionError(f"{file} is an index already: firth search {file} ID searches it; name the vectors")
    vectors = open_vectors(file, space=space)
    found = search_for(
        vectors,
        max_memory=None if max_memory is None else parse_size(max_memory, whole=vectors.matrix.nbytes),
        recall=recall,
        k=k,
        queries=None if queries is None else open_in_space(queries, of=vectors, same_space=same_space),
        latency=latency,
        time_budget=seconds,
        metric=metric,  # type: ignore[arg-type]
        threads=threads,
        seed=seed,
        say=say,
    )
    if output is not None:
        found.save(output, force=force)
    if plot is not None:
        found.plot(plot)
    if json:
        print_json({"file": str(file), **found.to_dict()})
    else:
        _show(found, output)


def _show(found: Plan, output: Path | None) -> None:
    print_table(found.columns(), found.lines())
    print_line()
    if found.sketches:
        print_line(f"on a sample of {found.sketches[0].rows:,} rows:")
        print_table(found.columns(), found.lines(found.sketches))
        print_line()
    print_line(found.verdict())
    for note in found.notes:
        print_line(f"note: {note}")
    for name, reason in found.untried:
        print_line(f"not tried on all rows: {name}: {reason}")
    if output is not None:
        verb = "index" if found.chosen.kind == "index" else "compress"
        say(f"carry it out: firth {verb} VECTORS --recipe {output} -o OUT")
