"""How likely two rows share a slot of LSH: the theory that chooses widths, and that tests hold the index to.

Charikar (2002), "Similarity estimation techniques from rounding algorithms", section 3, for hyperplanes;
Datar, Immorlica, Indyk and Mirrokni (2004), "Locality-sensitive hashing scheme based on p-stable
distributions", section 3.2, for intervals; Indyk and Motwani (1998) for tables of several.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["found_probability", "hyperplane_probability", "stable_probability"]

Reals = NDArray[np.float64]


def hyperplane_probability(angle: ArrayLike) -> Reals:
    """The probability that two rows at an angle (radians, 0 to π) lie on one side of a random hyperplane:
    1 - angle / π.

    >>> hyperplane_probability(np.pi / 4).item()
    0.75
    """
    return np.asarray(1.0 - np.asarray(angle, np.float64) / np.pi)


def stable_probability(distance: ArrayLike, *, width: float) -> Reals:
    """The probability that the projections of two rows on a random direction, whose coordinates are normal,
    fall into one interval of some width, the intervals shifted at random.

    With r = width / distance it is 1 - 2 Φ(-r) - 2 / (√(2π) r) · (1 - exp(-r² / 2)).

    >>> stable_probability([0.0, 1.0, 4.0], width=4.0).round(3).tolist()
    [1.0, 0.8, 0.369]
    """
    from scipy.special import ndtr

    apart = np.asarray(distance, np.float64)
    with np.errstate(divide="ignore"):
        ratio: Any = np.where(apart > 0, width / apart, np.inf)
    tail = 2.0 / (np.sqrt(2 * np.pi) * ratio) * -np.expm1(-(ratio**2) / 2)
    return np.asarray(1.0 - 2.0 * ndtr(-ratio) - tail)


def found_probability(probability: ArrayLike, *, bits: int, tables: int) -> Reals:
    """The probability that two rows share the slot in at least one table: 1 - (1 - p**bits)**tables.

    Args:
        probability: p, that one number of the hash is the same for both.

    >>> found_probability(0.9, bits=10, tables=8).round(3).item()
    0.967
    """
    return np.asarray(1.0 - (1.0 - np.asarray(probability, np.float64) ** bits) ** tables)
