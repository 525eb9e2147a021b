"""How far each word moved from one space to another: its position after alignment, and its neighbours.

Hamilton, Leskovec and Jurafsky (2016, "Cultural Shift or Linguistic Drift? Comparing Two Computational
Measures of Semantic Change", EMNLP) measure both, since each sees what the other misses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.align.procrustes import turned
from firth.vectors import Vectors

__all__ = ["nearest_rows", "neighbourhood_change", "position_change"]

Floats = NDArray[np.float64]
TRIMMED = 0.1  # the most moved words, which the rotation is not fitted to
ROUNDS = 10
BLOCK = 1 << 22  # values gathered at a time: 32 MB


def position_change(a: Floats, b: Floats, *, anchor: NDArray[np.int64] | None = None) -> tuple[Floats, int]:
    """The cosine distance of each word's two vectors after the best rotation.

    The rotation is fitted to the anchor, or else to all words and then again to the nine tenths that moved
    least, until these stay the same, so that what moved does not pull the others along.

    Args:
        a, b: float64, (m, d), rows of length 1.
        anchor: int64, the rows to fit to.

    Returns:
        The distances, float64 (m,), from 0 to 2; and how many words the rotation was fitted to.
    """
    kept = np.arange(len(a)) if anchor is None else anchor
    for _ in range(ROUNDS):
        moved = 1.0 - np.einsum("nd,nd->n", a, b @ turned(b[kept], a[kept]).matrix)
        if anchor is not None:
            break
        least = np.sort(np.argsort(moved, kind="stable")[: max(a.shape[1], round((1 - TRIMMED) * len(a)))])
        if np.array_equal(least, kept):
            break
        kept = least
    return moved.clip(0.0, 2.0), kept.size


def nearest_rows(vectors: Vectors, k: int) -> NDArray[np.int64]:
    """The k nearest other rows of each row, by the cosine; int64, (m, k)."""
    unit = Vectors(range(len(vectors)), vectors.unit().matrix)
    return unit.search(range(len(unit)), topn=k).rows


def neighbourhood_change(
    a: Floats, b: Floats, near_a: NDArray[np.int64], near_b: NDArray[np.int64]
) -> Floats:
    """The cosine distance of each word's similarities to its neighbours, those of both spaces together.

    It needs no alignment. Hamilton et al. 2016, section 3, "the local neighborhood measure".

    Args:
        a, b: float64, (m, d), rows of length 1.
        near_a, near_b: int64, (m, k), the nearest rows in each.

    Returns:
        float64, (m,), from 0 to 2.
    """
    m, dim = a.shape
    near = np.sort(np.concatenate([near_a, near_b], axis=1), axis=1)
    first = np.ones(near.shape, np.bool_)  # a neighbour in both spaces counts once
    first[:, 1:] = near[:, 1:] != near[:, :-1]
    found = np.empty(m)
    step = max(1, BLOCK // max(1, near.shape[1] * dim))
    for start in range(0, m, step):
        block = slice(start, start + step)
        s = np.einsum("nd,nkd->nk", a[block], a[near[block]]) * first[block]
        t = np.einsum("nd,nkd->nk", b[block], b[near[block]]) * first[block]
        lengths = np.sqrt(np.einsum("nk,nk->n", s, s) * np.einsum("nk,nk->n", t, t))
        products = np.einsum("nk,nk->n", s, t)
        found[block] = 1.0 - np.divide(products, lengths, out=np.ones(len(s)), where=lengths > 0)
    return found.clip(0.0, 2.0)
