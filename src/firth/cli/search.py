"""`firth search`: the nearest ids in the file of an index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
import typer

from firth.cli.opening import open_vectors, parse_keys, text_lines
from firth.cli.options import Json
from firth.cli.output import print_json, print_line, print_table, printable
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.hits import Hits
    from firth.index.index import Index
    from firth.vectors import Vectors

__all__ = ["search"]


class Asked(NamedTuple):
    """Queries: what they are called, their rows (m, d), and whether they are ids of the index."""

    names: list[Any]
    rows: Any
    own: bool


def search(
    file: Annotated[Path, typer.Argument(metavar="INDEX", help="A file that firth index wrote.")],
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY", help="Ids whose neighbours are wanted; - reads them from stdin."),
    ] = None,
    *,
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="How many neighbours to show.")] = 10,
    vectors: Annotated[
        Path | None,
        typer.Option("--vectors", help="Where the rows of the ids are; in the index if not given."),
    ] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="Vectors, each of which is a query.")
    ] = None,
    only: Annotated[
        Path | None, typer.Option("--only", help="A file with the ids that may be answers, one a line.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SETTING=NUMBER", help="A search setting; may be given again."),
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Also measure recall and speed, against exact search.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads at most; every core if not given.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the nearest neighbours of ids or of vectors, or measure how many of them an index finds.

    An id of the index is no answer to itself.
    """
    from firth import index as room

    if keys and queries is not None:
        raise OptionError("queries are either ids or the rows of --queries; give one of the two")
    if not keys and queries is None and not measure:
        raise OptionError("there is nothing to search for: give ids, --queries FILE or --measure")
    opened = room.load(file)
    chosen = dict(_setting(one) for one in settings or [])
    table = None if vectors is None else open_vectors(vectors)
    asked = _asked(opened, keys or [], table, queries)
    document: dict[str, Any] = {"file": str(file), "metric": opened.metric}
    if asked is not None:
        hits = _found(opened, asked, k, only, threads, chosen)
        document["queries"] = [
            {"query": name, "hits": [{"id": key, "score": score} for key, score in some]}
            for name, some in zip(asked.names, hits, strict=True)
        ]
    measured = None
    if measure:
        rows = None if asked is None or asked.own else asked.rows
        measured = room.measure(opened, rows, k, vectors=table, threads=threads, **chosen)
        document["measured"] = measured.to_dict()
    if json:
        print_json(document)
        return
    if asked is not None:
        print_table(
            ("query", "neighbour", opened.metric),
            [(one["query"], hit["id"], hit["score"]) for one in document["queries"] for hit in one["hits"]],
        )
    if measured is not None:
        for line in str(measured).splitlines():
            print_line(printable(line))


def _asked(opened: Index, words: list[str], table: Vectors | None, queries: Path | None) -> Asked | None:
    """The queries that were given; None for none."""
    if queries is not None:
        given = open_vectors(queries)
        return Asked(list(given.ids), opened._queries(given)[0], own=False)
    if not words:
        return None
    if table is not None:
        named = parse_keys(words, table)
        return Asked(list(named), opened._queries(table.take(named))[0], own=False)
    ids = _ids(words, opened)
    return Asked(ids, opened.vectors(ids).matrix, own=True)


def _found(
    opened: Index,
    asked: Asked,
    k: int,
    only: Path | None,
    threads: int | None,
    settings: dict[str, Any],
) -> list[list[tuple[Any, float]]]:
    """The k nearest of each query; one that is an id of the index is no answer to itself."""
    some = None if only is None else opened.select(_ids(text_lines(only), opened))
    mine = [name in opened for name in asked.names]
    hits: Hits = opened.search(np.asarray(asked.rows), k + any(mine), only=some, threads=threads, **settings)
    return [
        [(key, score) for key, score in found if not (own and key == name)][:k]
        for name, own, found in zip(asked.names, mine, hits, strict=True)
    ]


def _ids(words: list[str], opened: Index) -> list[Any]:
    """Words as ids of the index; the one word "-" stands for the lines of stdin."""
    if words == ["-"]:
        words = sys.stdin.read().splitlines()
    words = [word for word in words if word]
    if not opened.labels.numbers:
        return list(words)
    try:
        return [int(word) for word in words]
    except ValueError as error:
        raise OptionError(f"the ids of this index are whole numbers: {error}") from error


def _setting(text: str) -> tuple[str, int]:
    name, found, value = text.partition("=")
    if not found or not name.strip().isidentifier() or not value.strip().isdecimal():
        raise OptionError(f"--set takes SETTING=NUMBER, such as nprobe=32, not {text!r}")
    return name.strip(), int(value)
