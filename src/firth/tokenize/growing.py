"""`GrowingKeys`: tokens that are numbered as they come, for tokenizers without a vocabulary of their own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings

__all__ = ["GrowingKeys"]


class GrowingKeys:
    """Reads lines with a function that cuts them, and numbers each token when it is first met.

    Args:
        cut: returns the tokens of a line.

    Attributes:
        keys: the tokens met so far, in the order of their ids.
    """

    def __init__(self, cut: Callable[[str], list[str]]):
        self._cut = cut
        self._numbers = _Numbers()

    @property
    def keys(self) -> Strings:
        """The tokens met so far, in the order of their ids."""
        return Strings.of(self._numbers)

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of all lines one after the other, int32, and how many each line has, int64."""
        tokens = [self._cut(line) for line in lines]
        lengths = np.fromiter(map(len, tokens), np.int64, len(tokens))
        ids = map(self._numbers.__getitem__, chain.from_iterable(tokens))
        return np.fromiter(ids, np.int32, int(lengths.sum())), lengths


class _Numbers(dict[str, int]):
    """The number of each string, the next one for a string that is not there."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number
