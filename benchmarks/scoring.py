"""How good the vectors of words in a file are: the sets that ship with Firth, and files of graded pairs."""

from __future__ import annotations

from pathlib import Path

import firth
from firth import datasets, measure

RESTRICT = 30_000  # the analogies are asked among the most frequent words


def scores(path: Path, more: list[Path]) -> list[tuple[str, float]]:
    """(task, per cent) of the vectors in a file."""
    vectors = firth.load(path).vectors
    found = [("analogies", measure.analogy(vectors, datasets.google_analogies(), restrict=RESTRICT))]
    sets = {"WordSim-353": datasets.wordsim353(), "MEN": datasets.men()}
    sets |= {file.stem: measure.read_set(file) for file in more}
    found += [(name, measure.similarity(vectors, pairs)) for name, pairs in sets.items()]
    return [(name, 100 * report.rows[0].value) for name, report in found]
