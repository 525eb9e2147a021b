"""Sequences in blocks of whole ones, so that a text of any length passes through little memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences

__all__ = ["Block", "blocks", "longest_block"]

_SIZE = 1 << 20  # tokens in a block

Block: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int64]]


def blocks(sequences: Sequences, size: int = _SIZE) -> Iterator[Block]:
    """Blocks of about `size` tokens: the tokens (int32), and the offsets of their sequences (int64) from 0.

    A sequence is never cut, so that a block is as long as the longest of them at least.
    """
    for first, last in itertools.pairwise(_cuts(sequences.offsets, size).tolist()):
        offsets = sequences.offsets[first : last + 1]
        yield sequences.slice(int(offsets[0]), int(offsets[-1])), offsets - offsets[0]


def longest_block(offsets: NDArray[np.int64], size: int = _SIZE) -> int:
    """How many tokens the longest block of sequences with these offsets has."""
    return int(np.diff(offsets[_cuts(offsets, size)]).max(initial=0))


def _cuts(offsets: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The numbers of the sequences at which blocks begin, and the end: int64, rising from 0."""
    places = np.searchsorted(offsets, np.arange(0, int(offsets[-1]), size))
    return np.unique(np.concatenate(([0], places, [offsets.size - 1])))
