"""What a tokenizer has to be so that text can be read with it; `firth.tokenize` has such.

A tokenizer is read in one of two ways. If white space always ends its tokens, it is applied once to each
different piece of text between white space, however often that occurs, as a `PieceSplitter`. Otherwise it is
applied to each line, as a `LineEncoder`.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings

__all__ = [
    "LineEncoder",
    "PieceSplitter",
    "ReadableTokenizer",
    "reads_lines",
    "recipe_of",
    "splits_pieces",
    "way_of_reading",
]


class PieceSplitter(Protocol):
    """Splits pieces of text that hold no white space, each by itself."""

    @property
    def lowers(self) -> bool:
        """Whether letters become lower case first, so that those of ASCII may be made so beforehand."""

    @property
    def kinds(self) -> NDArray[np.uint8]:
        """uint8, (256,): which bytes of ASCII go on a word, and which signs are tokens of their own whatever
        the rest of their piece; see `firth.kernels.signs`. A piece of words alone is one token."""

    def split_pieces(self, text: str) -> str:
        """The tokens of pieces that come one a line, as text: a line for each, spaces between tokens."""


class LineEncoder(Protocol):
    """Turns lines of text into ids. Its `counts`, by name, go into the report, if it has such."""

    @property
    def keys(self) -> Strings:
        """The texts of the ids, asked for when all lines are done; id i is row i."""

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of all lines one after the other, int32, and how many each line has, int64."""


class ReadableTokenizer(Protocol):
    """A tokenizer that says how to read with it. One that is a `LineEncoder` itself need not say so.

    It may have a property `recipe`: what a model keeps so that `firth.tokenize.recipes` makes the tokenizer
    again and new text is split alike, a dict of values that JSON can hold, with the name of its "class"; or
    None, where it cannot be made again.
    """

    def for_reading(self) -> PieceSplitter | LineEncoder:
        """What to read one source with; what it learns on the way, such as new keys, is of that source."""


def way_of_reading(tokenizer: object) -> PieceSplitter | LineEncoder | None:
    """What to read one source with; None if it is no tokenizer in the sense of this module."""
    if isinstance(tokenizer, type):
        return None
    way = tokenizer.for_reading() if hasattr(tokenizer, "for_reading") else tokenizer
    return way if splits_pieces(way) or reads_lines(way) else None


def recipe_of(tokenizer: object) -> dict[str, Any] | None:
    """The `recipe` of a tokenizer in the sense of this module; None where it has none, or is none."""
    recipe = None if way_of_reading(tokenizer) is None else getattr(tokenizer, "recipe", None)
    return recipe if isinstance(recipe, dict) else None


def splits_pieces(way: object) -> TypeGuard[PieceSplitter]:
    """Whether it is applied to pieces between white space."""
    return hasattr(way, "split_pieces")


def reads_lines(way: object) -> TypeGuard[LineEncoder]:
    """Whether it is applied to lines."""
    return hasattr(way, "encode_lines")
