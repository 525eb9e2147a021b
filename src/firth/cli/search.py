"""`firth search`: the nearest ids in the file of an index or of codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import typer

from firth.cli.opening import parse_keys, text_lines
from firth.cli.options import Json, Space
from firth.cli.output import print_json, print_line, print_table, printable
from firth.cli.samespace import SameSpace, open_in_space
from firth.errors import DataError, OptionError

if TYPE_CHECKING:
    from firth.compress.codes import Codes
    from firth.hits import Hits
    from firth.index.index import Index
    from firth.vectors import Vectors

__all__ = ["search"]


class Asked(NamedTuple):
    """Queries: what they are called, their rows (m, d), and whether they are ids of what is searched."""

    names: list[Any]
    rows: Any
    own: bool


def search(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file that firth index, firth compress or FAISS wrote.")
    ],
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
    same_space: SameSpace = False,
    space: Space = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Also measure recall and speed, against exact search.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Threads at most; every core if not given.")
    ] = None,
    json: Json = False,
) -> None:
    """Show the nearest neighbours of ids or of vectors, or measure how many of them an index finds.

    An id is no answer to itself. Of the codes that firth compress wrote, every one is looked at.
    """
    from firth import index as room
    from firth.index.files import is_index
    from firth.index.openfaiss import is_faiss

    if keys and queries is not None:
        raise OptionError("queries are either ids or the rows of --queries; give one of the two")
    if not keys and queries is None and not measure:
        raise OptionError("there is nothing to search for: give ids, --queries FILE or --measure")
    opened: Index | Codes
    if is_index(file) or is_faiss(file):
        if space is not None:
            raise OptionError("--space chooses among the codes of a model, and an index is of one space")
        opened = room.load(file) if is_index(file) else room.open_faiss(file)
    else:
        opened = _codes(file, space)
        if measure or only is not None or settings:
            raise OptionError(f"--measure, --only and --set are for an index, and {file} holds codes")
    chosen = dict(_setting(one) for one in settings or [])
    table = None
    if vectors is not None:
        table = open_in_space(vectors, of=opened, same_space=same_space, what="the vectors")
    given = None if queries is None else open_in_space(queries, of=opened, same_space=same_space)
    asked = _asked(opened, keys or [], table, given)
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
        measured = room.measure(cast("Index", opened), rows, k, vectors=table, threads=threads, **chosen)
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


def _codes(file: Path, space: str | None) -> Codes:
    """The codes in a file of `firth compress`: the main ones, or those of one space."""
    from firth.compress import load
    from firth.compress.codes import Codes

    held = load(file)
    if space is not None and space not in held:
        raise OptionError(f"{file} has no space {space!r}; it has {', '.join(map(repr, held))}")
    name = space or next(iter(held))
    found = held[name]
    if not isinstance(found, Codes):
        raise DataError(
            f"{file} holds vectors and no index: firth similar {file} ID looks at all of them, and "
            f"firth index {file} -o OUT makes an index"
        )
    return found


def _asked(
    opened: Index | Codes, words: list[str], table: Vectors | None, queries: Vectors | None
) -> Asked | None:
    """The queries that were given; None for none."""
    from firth.compress.codes import Codes

    if queries is not None:
        return Asked(list(queries.ids), queries.matrix, own=False)
    if not words:
        return None
    if table is not None:
        named = parse_keys(words, table)
        return Asked(list(named), table.take(named).matrix, own=False)
    ids = _ids(words, opened)
    held = opened.decode(ids) if isinstance(opened, Codes) else opened.vectors(ids)
    return Asked(ids, held.matrix, own=True)


def _found(
    opened: Index | Codes,
    asked: Asked,
    k: int,
    only: Path | None,
    threads: int | None,
    settings: dict[str, Any],
) -> list[list[tuple[Any, float]]]:
    """The k nearest of each query; one that is an id of what is searched is no answer to itself."""
    import numpy as np

    from firth.compress.codes import Codes

    rows = np.asarray(asked.rows)
    hits: Hits
    if isinstance(opened, Codes):
        mine = [name in opened.ids for name in asked.names]
        hits = opened.search(rows, k + any(mine))
    else:
        mine = [name in opened for name in asked.names]
        some = None
        if only is not None:
            some = opened.select(_ids(text_lines(only), opened))
            if not some.count:
                raise OptionError(f"{only} names no id, so that nothing may be an answer")
        hits = opened.search(rows, k + any(mine), only=some, threads=threads, **settings)
    return [
        [(key, score) for key, score in found if not (own and key == name)][:k]
        for name, own, found in zip(asked.names, mine, hits, strict=True)
    ]


def _ids(words: list[str], opened: Index | Codes) -> list[Any]:
    """Words as ids of what is searched; the one word "-" stands for the lines of stdin."""
    from firth.compress.codes import Codes

    if isinstance(opened, Codes):
        return list(parse_keys(words, cast("Any", opened)))
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
