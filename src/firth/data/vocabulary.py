"""`Vocabulary`: which tokens there are, and how often each was seen."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings

__all__ = ["Vocabulary"]


class Vocabulary:
    """Tokens and their counts, the most frequent first.

    Args:
        keys: the n tokens, ordered by falling count, equal counts by their bytes.
        counts: int64, (n,): how often each token was seen in the observations.
    """

    __slots__ = ("counts", "keys")

    def __init__(self, keys: Strings, counts: NDArray[np.int64]):
        self.keys = keys
        self.counts = counts

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: object) -> bool:
        return key in self.keys

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} tokens seen {int(self.counts.sum()):,} times)"

    @property
    def total(self) -> int:
        """How many tokens were seen in all: the sum of the counts."""
        return int(self.counts.sum())

    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change when a token or a count does (CRC-32 of the tables)."""
        checksum = zlib.crc32(np.ascontiguousarray(self.keys.data))
        checksum = zlib.crc32(np.ascontiguousarray(self.keys.offsets), checksum)
        return f"{zlib.crc32(np.ascontiguousarray(self.counts), checksum):08x}"
