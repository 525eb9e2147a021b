"""Twins of the kernels of phrases: slow, short, and the place to read what a phrase is."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = ["candidates", "count", "join", "joined_tokens"]

Words = tuple[int, ...]


def candidates(
    tokens: NDArray[np.int32], offsets: NDArray[np.int64], connectors: set[int]
) -> Iterator[tuple[int, int]]:
    """The places (i, j) of tokens that are no connectors with nothing but connectors between them."""
    for start, stop in itertools.pairwise(offsets.tolist()):
        places = [i for i in range(start, stop) if int(tokens[i]) not in connectors]
        yield from itertools.pairwise(places)


def count(tokens: NDArray[np.int32], offsets: NDArray[np.int64], connectors: set[int]) -> Counter[Words]:
    """Twin of `number_runs`, `gather`, `divide` and `tally` together: how often each candidate occurs."""
    return Counter(tuple(tokens[i : j + 1].tolist()) for i, j in candidates(tokens, offsets, connectors))


def join(
    tokens: NDArray[np.int32],
    offsets: NDArray[np.int64],
    connectors: set[int],
    code: Mapping[Words, int],
) -> list[list[int]]:
    """Twin of `join`: each sequence with the phrases in `code` as one token, from left to right."""
    joined = []
    for start, stop in itertools.pairwise(offsets.tolist()):
        bounds = np.array([start, stop])
        taken: list[tuple[int, int]] = []
        for i, j in candidates(tokens, bounds, connectors):
            if tuple(tokens[i : j + 1].tolist()) in code and not (taken and taken[-1][1] >= i):
                taken.append((i, j))
        sequence: list[int] = []
        place = start
        for i, j in taken:
            sequence += [*tokens[place:i].tolist(), code[tuple(tokens[i : j + 1].tolist())]]
            place = j + 1
        joined.append(sequence + tokens[place:stop].tolist())
    return joined


def joined_tokens(
    tokens: NDArray[np.int32],
    offsets: NDArray[np.int64],
    connectors: set[int],
    scores: Mapping[Words, float],
    threshold: float,
) -> int:
    """Twin of `try_thresholds` at one threshold: how many tokens go into phrases of a higher score."""
    chosen = {words: -1 for words, score in scores.items() if score > threshold}
    left = sum(map(len, join(tokens, offsets, connectors, chosen)))
    phrases = sum(sequence.count(-1) for sequence in join(tokens, offsets, connectors, chosen))
    return tokens.size - (left - phrases)
