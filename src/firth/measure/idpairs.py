"""Which id of one space means which of another, in the forms that it can be given in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeAlias

from firth.errors import DataError
from firth.measure.sets.dictionary import Dictionary, read_dictionary

__all__ = ["IdPairs", "id_pairs"]

IdPairs: TypeAlias = Dictionary | str | os.PathLike[str] | Iterable[tuple[Any, Any]]


def id_pairs(given: IdPairs) -> list[tuple[Any, Any]]:
    """The pairs of a dictionary, of the file of one, or as they are.

    Raises:
        DataError: something is no pair of ids.
        FormatError: the file is no dictionary.
    """
    if isinstance(given, (str, os.PathLike)):
        given = read_dictionary(given)
    pairs: list[tuple[Any, Any]] = []
    for number, pair in enumerate(given.pairs if isinstance(given, Dictionary) else given):
        if isinstance(pair, str) or not isinstance(pair, Iterable) or len(two := tuple(pair)) != 2:
            raise DataError(f"pair {number} is {pair!r}; (source id, target id) was expected")
        pairs.append((two[0], two[1]))
    return pairs
