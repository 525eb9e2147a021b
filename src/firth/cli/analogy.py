"""`firth analogy`: a is to b as c is to what?"""

from __future__ import annotations

from typing import Annotated

import typer

from firth.cli.opening import as_queries, open_model, parse_keys
from firth.cli.options import File, Json, Space, Topn
from firth.cli.output import print_json, print_table

__all__ = ["analogy"]


def analogy(
    file: File,
    *,
    a: Annotated[str, typer.Argument(metavar="A", help="As in: A is to B as C is to what? man")],
    b: Annotated[str, typer.Argument(metavar="B", help="king")],
    c: Annotated[str, typer.Argument(metavar="C", help="woman")],
    topn: Topn = 5,
    space: Space = None,
    json: Json = False,
) -> None:
    """Answer "A is to B as C is to ?" by B - A + C; a model of subwords also knows words never seen."""
    model, vectors = open_model(file, space=space)
    keys = first, second, third = parse_keys([a, b, c], vectors)
    minus, *plus = as_queries(keys, vectors, model)
    hits = list(vectors.most_similar(plus, [minus], topn=topn))
    if json:
        print_json(
            {
                "file": str(file),
                "a": first,
                "b": second,
                "c": third,
                "hits": [{"id": i, "score": s} for i, s in hits],
            }
        )
    else:
        print_table(("answer", vectors.metric), hits, title=f"{first} : {second} = {third} : ?")
