"""`Sequences`: ordered tokens, the form that sentences, walks on a graph and sessions of a user all take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.vocabulary import Vocabulary

__all__ = ["Sequences"]


class Sequences:
    """Many ordered runs of tokens over one vocabulary.

    Args:
        tokens: int32, flat: the token ids (rows of the vocabulary) of all sequences one after the other; may be memory-mapped.
        offsets: int64, m + 1 ascending positions in `tokens`; sequence i is tokens[offsets[i]:offsets[i + 1]].
        vocabulary: what the token ids mean.
        report: what was read, dropped, split and replaced on the way here (counts by name).
    """

    __slots__ = ("__weakref__", "offsets", "report", "tokens", "vocabulary")

    def __init__(
        self,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        vocabulary: Vocabulary,
        *,
        report: Mapping[str, Any] | None = None,
    ):
        self.tokens = tokens
        self.offsets = offsets
        self.vocabulary = vocabulary
        self.report = dict(report or {})

    def __len__(self) -> int:
        return self.offsets.size - 1

    def __getitem__(self, i: int) -> NDArray[np.int32]:
        if not -len(self) <= i < len(self):
            raise IndexError(f"sequence {i} of {len(self)}")
        i = i % len(self)
        return self.tokens[self.offsets[i] : self.offsets[i + 1]]

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Sequences({len(self):,} of {self.tokens.size:,} tokens, {len(self.vocabulary):,} different)"
