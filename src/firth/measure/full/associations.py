"""Word associations, as information: the association tests that ship, as far as the words are known."""

from __future__ import annotations

from dataclasses import replace

from firth import datasets
from firth.data.ids import Strings
from firth.measure.choice import LeftOut
from firth.measure.report import Report, Row
from firth.measure.sets import AssociationTest
from firth.measure.spaces import Space, find_rows
from firth.vectors import Vectors

__all__ = ["associations"]

HALF = 0.5  # of the words of each list: with fewer a test is about something else


def associations(space: Space, vectors: Vectors | None, *, seed: int) -> tuple[Report | None, list[LeftOut]]:
    """The effect sizes of the association tests whose lists are at least half known.

    Args:
        space: what is measured.
        vectors: its main vectors; None for an encoder without.
        seed: of the bootstrap and the permutations.

    Returns:
        A report with a row a test, whose notes name the tests that were not made, or None where none could
        be made; and what the reader of the report should know was left out.
    """
    if vectors is None or not isinstance(vectors.ids, Strings):
        return None, []
    from firth.measure.bias import weat

    rows: list[Row] = []
    notes = [
        "above 0: the first go with the third and the second with the fourth; below 0: the other way round",
        "p: how often words dealt by chance would differ as much in this direction",
    ]
    for name, test in datasets.weat().items():
        least = min(_known(vectors, words) for words in (test.x, test.y, test.a, test.b))
        if least < HALF:
            notes.append(f"not measured: {_title(test)} ({name}): {least:.0%} of one of the lists are known")
        else:
            rows.append(replace(weat(space, test, seed=seed).rows[0], name=_title(test)))
    if not rows:
        why = "the ids cover less than half of a list in each of the tests that ship"
        return None, [LeftOut("word associations", why)]
    return Report(title="Word associations", rows=tuple(rows), columns=("p",), notes=tuple(notes)), []


def _title(test: AssociationTest) -> str:
    x, y, a, b = test.names
    return f"{x} and {y}, {a} and {b}"


def _known(vectors: Vectors, words: tuple[str, ...]) -> float:
    """The share of a list that has a vector."""
    rows = find_rows(vectors, list(words), case="auto")
    return float((rows >= 0).mean()) if len(words) else 0.0
