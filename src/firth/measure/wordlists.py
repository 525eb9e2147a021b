"""Lists of words in a space: which of them have a direction, and what is said of those that have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats
from firth.measure.spaces import Case, find_rows
from firth.vectors import Vectors

__all__ = ["WordList", "about_lists", "find_list"]


class WordList(NamedTuple):
    """Which words of a list have a direction.

    rows: their vectors at length 1, float64, (k, d); places: where in the list they stand, int64, (k,);
    total: how many words the list has; missing: those without a vector, or with one of zeros or not finite.
    """

    rows: Floats
    places: NDArray[np.int64]
    total: int
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """How many words are there, and which are not: values that JSON can hold."""
        return {"n": len(self.rows), "total": self.total, "missing": list(self.missing)}


def find_list(vectors: Vectors, words: Sequence[str], case: Case) -> WordList:
    """The words of a list that have a direction. Raises DataError and OptionError as `find_rows` does."""
    rows = find_rows(vectors, list(words), case=case)
    items = vectors.matrix[rows].astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.sqrt((items**2).sum(axis=1))
    there = (rows >= 0) & np.isfinite(norms) & (norms > 0)
    missing = tuple(word for word, yes in zip(words, there.tolist(), strict=True) if not yes)
    return WordList(items[there] / norms[there, None], np.flatnonzero(there), len(words), missing)


def about_lists(lists: Mapping[str, WordList]) -> list[str]:
    """The notes that say how many words of each list have a vector, and which have none."""
    counts = ", ".join(f"{name} {len(one.rows)} of {one.total}" for name, one in lists.items())
    missing = list(dict.fromkeys(word for one in lists.values() for word in one.missing))
    named = [f"missing: {', '.join(missing)}"] if missing else []
    return [f"words with a vector: {counts}", *named]
