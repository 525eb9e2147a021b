"""`Padded`: the ids of several texts as one rectangle, the form that neural networks read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Padded", "pad"]


@dataclass(frozen=True, eq=False)
class Padded:
    """The ids of n texts, each filled up at its end to the length of the longest.

    Attributes:
        ids: int32, (n, length).
        mask: bool, (n, length): True for tokens, False for what only fills up.
        cut: int64, (n,): how many tokens of each text were left out because it is longer than it may be.
        unknown: int64, (n,): how many of its tokens are the unknown one.
    """

    ids: NDArray[np.int32]
    mask: NDArray[np.bool_]
    cut: NDArray[np.int64]
    unknown: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def pad(
    rows: Sequence[NDArray[np.int32]], cut: Sequence[int], *, padding: int, unknown: int | None
) -> Padded:
    """Put rows of ids of different lengths into one array.

    Args:
        rows: int32, the ids of each text.
        cut: how many tokens each text lost before.
        padding: the id to fill up with.
        unknown: the id to count; None where nothing is unknown.
    """
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    mask = np.arange(lengths.max(initial=0)) < lengths[:, None]
    ids = np.full(mask.shape, padding, np.int32)
    ids[mask] = np.concatenate(rows) if rows else []
    missing = mask & (ids == unknown) if unknown is not None else np.zeros_like(mask)
    return Padded(ids, mask, np.array(cut, np.int64), missing.sum(axis=1))
