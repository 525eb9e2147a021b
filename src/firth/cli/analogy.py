"""`firth analogy`: a is to b as c is to what?"""

from __future__ import annotations

from typing import Annotated

import typer

from firth.cli.opening import open_vectors, parse_keys
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
    """Answer "A is to B as C is to ?" by the vector B - A + C."""
    vectors = open_vectors(file, space=space)
    first, second, third = parse_keys([a, b, c], vectors)
    hits = list(vectors.most_similar([second, third], [first], topn=topn))
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
