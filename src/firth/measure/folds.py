"""Folds for cross-validation: every class spread evenly, and copies of one item never apart."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["deal", "held_back"]


def deal(
    items: Sequence[Hashable], classes: NDArray[np.int64], *, folds: int, seed: int
) -> NDArray[np.int64]:
    """The fold of each item, int64, (n,).

    The items of each class are shuffled and dealt out one by one, on from where the class before left off, so
    that folds and the classes in them differ by few items in size. An item that occurs several times is dealt
    once, with the class of its first: a copy in the training part would give the answer away.

    Args:
        items: n items; equal ones are copies.
        classes: int64, (n,), the class of each.
        folds: how many.
        seed: of the shuffling.
    """
    first: dict[Hashable, int] = {}
    kinds = np.array([first.setdefault(item, len(first)) for item in items], np.int64)
    starts = np.unique(kinds, return_index=True)[1]
    random = np.random.default_rng(seed)
    shuffled = random.permutation(starts.size)
    order = shuffled[np.argsort(classes[starts][shuffled], kind="stable")]
    fold = np.empty(starts.size, np.int64)
    fold[order] = np.arange(starts.size) % folds
    return fold[kinds]


def held_back(classes: NDArray[np.int64], *, share: float, seed: int) -> NDArray[np.bool_]:
    """Some items of each class to choose options by, bool, (n,); a class of one item gives none."""
    random = np.random.default_rng(seed)
    out = np.zeros(classes.size, np.bool_)
    for kind in np.unique(classes):
        own = random.permutation(np.flatnonzero(classes == kind))
        out[own[: min(round(share * own.size + 0.5), own.size - 1)]] = True
    return out
