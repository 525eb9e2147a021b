"""`Ngrams`: which n-grams words are made of, and the vectors of words from the rows of n-grams."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError
from firth.options import check_whole
from firth.run import Run

__all__ = ["Ngrams"]

_WORDS = 1 << 12  # words composed at a time by one thread


@dataclass(frozen=True, kw_only=True)
class Ngrams:
    """How words are cut into n-grams, and these are hashed into buckets (see `firth.kernels.ngrams`).

    Attributes:
        min_n, max_n: how many code points an n-gram has. If max_n is 0 or less than min_n, words have none.
        buckets: how many rows the n-grams share; 0 if words have no n-grams.

    Raises:
        OptionError: a value is outside its range.

    >>> Ngrams(min_n=3, max_n=6, buckets=2_000_000).table(Strings.of(["to", "be"]))[0].tolist()
    [0, 3, 6]
    """

    min_n: int = 3
    max_n: int = 6
    buckets: int = 2_000_000

    def __post_init__(self) -> None:
        for name, most in (("min_n", 1_000), ("max_n", 1_000), ("buckets", 2**31 - 1)):
            object.__setattr__(self, name, check_whole(name, getattr(self, name), 0, most))

    @classmethod
    def of(cls, recipe: Mapping[str, Any]) -> Ngrams:
        """Those that the recipe of a model names. Raises OptionError."""
        return cls(**{name: recipe.get(name) for name in ("min_n", "max_n", "buckets")})  # type: ignore[arg-type]

    def table(self, words: Strings) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The buckets of n words.

        Returns:
            starts, int64 (n + 1,), and found, int32: the n-grams of word i are in the buckets
            found[starts[i] : starts[i + 1]].
        """
        from firth.kernels.ngrams import ngram_table

        return ngram_table(
            words.data, words.offsets, min_n=self.min_n, max_n=self.max_n, buckets=self.buckets
        )

    def compose(
        self,
        words: Strings,
        own: NDArray[np.float32] | None,
        used: NDArray[np.int64],
        rows: NDArray[np.float32],
        *,
        run: Run | None = None,
    ) -> NDArray[np.float32]:
        """The vectors of n words: the mean of a word's own row and of the rows of its n-grams.

        Args:
            words: the words.
            own: float32 (n, d), or None where the words have no rows of their own.
            used: int64 (b,), the buckets that have a row, ascending. The others count as rows of zeros.
            rows: float32 (b, d).
            run: threads, which change no bit of the result; None for every core.

        Returns:
            float32, (n, d); zeros for a word without any row.

        Raises:
            DataError: the buckets do not ascend.
        """
        from firth.kernels.ngrams import END_OF_LINE, compose

        if np.any(used[1:] <= used[:-1]) or (used.size and used[0] < 0) or used.size != len(rows):
            raise DataError("the buckets of subword vectors ascend from 0 on, one a row; these do not")
        out = np.empty((len(words), rows.shape[1]), np.float32)

        def work(first: int) -> None:
            part = slice(first, first + _WORDS)
            mine = np.empty((0, rows.shape[1]), np.float32) if own is None else own[part]
            offsets = words.offsets[first : first + _WORDS + 1]
            lengths = self.min_n, self.max_n, self.buckets
            compose(words.data, offsets, END_OF_LINE, *lengths, mine, used, rows, out[part])

        with ThreadPoolExecutor((run or Run()).worker_count) as pool:
            list(pool.map(work, range(0, len(words), _WORDS)))
        return out
