"""`Tokens`: one text cut into tokens, each with its place in the text; and what every tokenizer can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError

__all__ = ["TextTokenizer", "Tokens", "check_texts"]


@dataclass(frozen=True, eq=False)
class Tokens:
    """The tokens of one text, in order.

    Attributes:
        texts: what the n tokens say, after normalisation.
        spans: int64, (n, 2): token i comes from text[spans[i, 0]:spans[i, 1]] of the original, counted in
            characters (code points). Tokens that no text stands behind, such as the start of a sequence,
            have an empty span.
        ids: int32, (n,): the rows of the tokens in the vocabulary of the tokenizer; None where it has none.
        cut: how many tokens were left out at the end because the text is longer than it may be.
    """

    texts: list[str]
    spans: NDArray[np.int64]
    ids: NDArray[np.int32] | None = None
    cut: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)


class TextTokenizer(Protocol):
    """What every tokenizer of text can do."""

    @property
    def is_lossless(self) -> bool:
        """Whether decode(encode(text)) is the text itself, for every text; else it is `normalized(text)`."""

    def normalized(self, text: str) -> str:
        """What decode(encode(text)) gives, said without cutting the text where that is possible."""

    def encode(self, text: str) -> Tokens:
        """Cut a text into tokens."""

    def encode_batch(self, texts: Iterable[str]) -> list[Tokens]:
        """Cut several texts into tokens."""

    def decode(self, tokens: Tokens) -> str:
        """The text that these tokens come from, as far as they tell."""


def check_texts(texts: Iterable[Any], *, or_bytes: bool = False) -> list[Any]:
    """The texts in a list, if all are strings (or bytes, where such are meant too).

    Raises:
        DataError: they are one string, or one of them is none; the message says which.
    """
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise DataError(f"several texts are a list of strings, not {type(texts).__name__}: write [text]")
    checked = list(texts)
    kinds = (str, bytes, bytearray, memoryview) if or_bytes else (str,)
    for position, text in enumerate(checked):
        if not isinstance(text, kinds):
            raise DataError(f"text {position} is {type(text).__name__}, not a string")
    return checked
