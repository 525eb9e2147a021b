"""Synthetic rows in clusters, the same for a seed: what the benchmarks of indexes search in.

Embeddings lie in clusters of very different sizes that overlap, and a few directions hold much of their
variance. So do these: centres and the rows around them are normal with variances that fall as 1 / i over the
directions, turned at random; the sizes of the clusters fall as Zipf's law says. Queries are drawn anew from
the same clusters, so none of them is a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["clustered"]

BLOCK = 1 << 16


def clustered(
    n: int, dim: int, *, queries: int = 0, clusters: int = 4_000, around: float = 0.9, seed: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Rows (n, dim) and queries (queries, dim), both float32.

    Args:
        clusters: how many there are.
        around: the standard deviation around a centre, where that of the centres is 1.
        seed: the same one gives the same rows.
    """
    random = np.random.default_rng(seed)
    deviations = np.arange(1, dim + 1) ** -0.5
    deviations /= np.sqrt(np.mean(deviations**2))
    turned = np.linalg.qr(random.normal(size=(dim, dim)))[0]
    spread = (deviations[:, None] * turned).astype(np.float32)
    inner = np.linalg.qr(random.normal(size=(dim, dim)))[0]
    inner_spread = (deviations[:, None] * inner * around).astype(np.float32)
    centres = random.normal(size=(clusters, dim)).astype(np.float32) @ spread
    shares = 1 / np.arange(10, clusters + 10)
    shares /= shares.sum()
    made = np.empty((n + queries, dim), np.float32)
    for start in range(0, n + queries, BLOCK):
        block = made[start : start + BLOCK]
        block[:] = random.normal(size=block.shape).astype(np.float32) @ inner_spread
        block += centres[random.choice(clusters, len(block), p=shares)]
    return made[:n], made[n:]
