"""Where words of several parts are found: what is "New_York" in a set may be "new york" in the vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firth.measure.spaces import Case, Space, find_rows, vectors_of
from firth.vectors import Vectors

__all__ = ["find_phrases", "look_up_phrases", "spellings"]

JOINTS = "_ -"


def spellings(phrase: str) -> list[str]:
    """How a phrase may be written, as given first: its parts joined by underscores, spaces or hyphens."""
    joint = next((j for j in JOINTS if j in phrase.strip(JOINTS)), None)
    if joint is None:
        return [phrase]
    return list(dict.fromkeys([phrase, *(phrase.replace(joint, other) for other in JOINTS)]))


def look_up_phrases(space: Space, phrases: Sequence[str], *, case: Case) -> tuple[Vectors, NDArray[np.int64]]:
    """The vectors of a space and the row of each phrase in them, int64, -1 where it is missing.

    A model of subwords makes vectors of the phrases that it does not have in any spelling. The errors are
    those of `vectors_of` and `find_phrases`.
    """
    rows = find_phrases(vectors_of(space), phrases, case=case)
    unseen = [phrase for phrase, row in zip(phrases, rows.tolist(), strict=True) if row < 0]
    vectors = vectors_of(space, unseen)  # what is made is put after what there is
    rows[rows < 0] = find_rows(vectors, unseen, case=case)
    return vectors, rows


def find_phrases(vectors: Vectors, phrases: Sequence[str], *, case: Case) -> NDArray[np.int64]:
    """The row of each phrase, int64, -1 where it is missing in every spelling.

    Args:
        vectors: whose ids are strings.
        phrases: words, or several joined by an underscore, a space or a hyphen.
        case: as in `find_rows`; a spelling is looked up in every case before the next spelling is tried.

    Raises:
        DataError: the ids are whole numbers.
        OptionError: the case is none of the three.
    """
    rows = find_rows(vectors, list(phrases), case=case)
    others = [(i, other) for i in np.flatnonzero(rows < 0).tolist() for other in spellings(phrases[i])[1:]]
    found = find_rows(vectors, [other for _, other in others], case=case)
    for (i, _), row in zip(others, found.tolist(), strict=True):
        if rows[i] < 0:
            rows[i] = row
    return rows
