"""The pieces of words: which rows of one matrix make the vector of each word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.ngrams import Ngrams

__all__ = ["Pieces"]

_WORDS = 1 << 10  # words whose pieces are added up together


@dataclass(frozen=True)
class Pieces:
    """The rows of n words in a matrix of rows that they share.

    With n-grams, word i has row i of the matrix for itself, and each bucket into which one of its n-grams
    falls has a row behind those of the words. A bucket that no word has, as most, has no row.

    Attributes:
        starts: int64 (n + 1,). rows: int32: the pieces of word i are rows[starts[i] : starts[i + 1]],
            its own row first if it has one.
        used: int64 (b,), ascending: the buckets that have a row; bucket used[k] has row `own` + k.
        own: how many rows belong to one word alone: n or 0.
    """

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    used: NDArray[np.int64]
    own: int

    @classmethod
    def of(cls, words: Strings, ngrams: Ngrams, *, more: NDArray[np.int64] | None = None) -> Pieces:
        """The pieces of these words. `more` (int64) names buckets that have a row in any case."""
        begins, found = ngrams.table(words)
        used = np.unique(found).astype(np.int64) if more is None else np.union1d(found, more)
        n = len(words)
        starts = begins + np.arange(n + 1)
        rows = np.empty(int(starts[-1]), np.int32)
        own = np.zeros(rows.size, np.bool_)
        own[starts[:-1]] = True
        rows[own] = np.arange(n)
        rows[~own] = n + np.searchsorted(used, found)
        return cls(starts, rows, used, own=n)

    @classmethod
    def shared(cls, buckets: NDArray[np.int32], *, more: NDArray[np.int64] | None = None) -> Pieces:
        """The pieces of n words that have these buckets, int32 (n, k), and no row of their own. `more` as in
        `of`."""
        used = np.unique(buckets).astype(np.int64) if more is None else np.union1d(buckets, more)
        starts = np.arange(len(buckets) + 1) * buckets.shape[1]
        return cls(starts, np.searchsorted(used, buckets.reshape(-1)).astype(np.int32), used, own=0)

    def __len__(self) -> int:
        """How many rows the matrix has."""
        return self.own + self.used.size

    def sums(
        self, matrix: NDArray[np.float32], words: NDArray[np.int32], dim: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The sum of the pieces of each word (int32), float64 (m, dim), and how many they are, int64 (m,)."""
        sums, sizes = np.empty((words.size, dim)), np.empty(words.size, np.int64)
        for first in range(0, words.size, _WORDS):  # in parts: there are many rows
            part = slice(first, first + _WORDS)
            rows, sizes[part] = self.of_words(words[part])
            firsts = np.cumsum(sizes[part]) - sizes[part]
            sums[part] = np.add.reduceat(matrix[rows, :dim].astype(np.float64), firsts)
        return sums, sizes

    def of_words(self, words: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The pieces of these words one after the other, int32, and how many each has, int64."""
        begins = self.starts[words]
        sizes = self.starts[words + 1] - begins
        places = np.arange(int(sizes.sum())) + np.repeat(begins - np.cumsum(sizes) + sizes, sizes)
        return self.rows[places], sizes
