"""Which words are thinned out, and which are drawn as noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firth.kernels.stream import alias_table

__all__ = ["keep_thresholds", "noise_distribution", "noise_tables"]

_ONE = 2**32


def keep_thresholds(counts: NDArray[np.int64], subsample: float) -> NDArray[np.uint32]:
    """How likely each word stays in the text, as 32-bit thresholds: it stays if 32 random bits do not exceed
    its own.

    A word of relative frequency f stays with probability (sqrt(f / t) + 1) · t / f, at most 1, t being
    `subsample`: the form in the program that came with Mikolov et al. 2013, which differs from the paper's
        equation 5. 0 keeps every word.

    Args:
        counts: int64, (n,).
        subsample: t, the relative frequency from which words are thinned out.
    """
    if subsample == 0:
        return np.full(counts.size, _ONE - 1, np.uint32)
    frequency = counts / max(1, counts.sum())
    keep = (np.sqrt(frequency / subsample) + 1) * subsample / np.maximum(frequency, 1e-300)
    thresholds: NDArray[np.uint32] = np.minimum(np.floor(keep * _ONE), _ONE - 1).astype(np.uint32)
    return thresholds


def noise_distribution(counts: NDArray[np.int64], exponent: float) -> NDArray[np.uint32]:
    """The cumulative noise distribution, P(w) ∝ count(w) ** exponent, in units of 2**-32; uint32, (n,), the
    last one full.

    A uniform 32-bit number u draws the first word whose entry is at least u (see
    `kernels.stream.noise_word`).
    """
    weight = np.maximum(counts, 1).astype(np.float64) ** exponent
    total = np.cumsum(weight)
    bounds: NDArray[np.uint32] = np.minimum(np.floor(total / total[-1] * _ONE), _ONE - 1).astype(np.uint32)
    bounds[-1] = _ONE - 1
    return bounds


def noise_tables(counts: NDArray[np.int64], exponent: float) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """The same distribution as tables to draw each noise word by itself: see `kernels.stream.alias_table`."""
    weight = np.maximum(counts, 1).astype(np.float64) ** exponent
    share, other = np.empty(counts.size, np.uint32), np.empty(counts.size, np.int32)
    alias_table(weight * (counts.size / weight.sum()), share, other)
    return share, other
