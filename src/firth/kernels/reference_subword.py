"""NumPy twins of the kernels of subword vectors: slow, short, and the place to read what they compute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.reference import strings

__all__ = ["ngram_table", "ngrams"]


# --- n-grams


def ngrams(word: str, *, min_n: int, max_n: int) -> list[str]:
    """The n-grams of a word as text, in the order of fastText: by their beginning, then by length."""
    if word == "</s>":
        return []
    marked = f"<{word}>"
    return [
        marked[i : i + n]
        for i in range(len(marked))
        for n in range(max(1, min_n), min(max_n, len(marked) - i) + 1)
        if not (n == 1 and i in (0, len(marked) - 1))
    ]


def bucket(ngram: str, buckets: int) -> int:
    """FNV-1a of the n-gram's bytes, taken as signed, modulo the number of buckets."""
    state = 2166136261
    for byte in np.frombuffer(ngram.encode(), np.int8).tolist():
        state = ((state ^ (byte & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return state % buckets


def ngram_table(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], *, min_n: int, max_n: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Twin of `ngrams.ngram_table`."""
    words = [word.decode() for word in strings(data, offsets)]
    rows = [[bucket(g, buckets) for g in ngrams(word, min_n=min_n, max_n=max_n)] for word in words]
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return starts, np.array([b for row in rows for b in row], np.int32)
