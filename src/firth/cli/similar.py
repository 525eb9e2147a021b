"""`firth similar`: the nearest neighbours of keys."""

from __future__ import annotations

from typing import Annotated

import typer

from firth.cli.opening import as_queries, open_model, parse_keys
from firth.cli.options import File, Json, Space, Topn
from firth.cli.output import print_json, print_table

__all__ = ["similar"]


def similar(
    file: File,
    keys: Annotated[
        list[str], typer.Argument(metavar="KEY", help="Whose neighbours; - reads keys from stdin.")
    ],
    *,
    topn: Topn = 10,
    space: Space = None,
    json: Json = False,
) -> None:
    """Show the nearest neighbours of each key; a model of subwords also knows words never seen."""
    model, vectors = open_model(file, space=space)
    queries = parse_keys(keys, vectors)
    hits = vectors.search(as_queries(queries, vectors, model), topn=topn)
    answers = list(zip(queries, hits, strict=True))
    if json:
        print_json(
            {
                "file": str(file),
                "metric": vectors.metric,
                "queries": [
                    {"key": query, "hits": [{"id": key, "score": score} for key, score in hits]}
                    for query, hits in answers
                ],
            }
        )
    else:
        print_table(
            ("key", "neighbour", vectors.metric),
            [(query, key, score) for query, hits in answers for key, score in hits],
        )
