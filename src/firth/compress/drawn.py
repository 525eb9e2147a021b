"""Random matrices that are the same on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["gaussian", "uniform"]

_BITS = 53  # of a float64 without its exponent


def uniform(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Numbers strictly between 0 and 1, float64, from a counter that is encrypted with the seed.

    Philox (Salmon, Moraes, Dror and Shaw 2011, "Parallel Random Numbers: As Easy as 1, 2, 3"), whose bits
    NumPy promises never to change; the methods of its Generator come without that promise.
    """
    raw = np.random.Philox(key=seed).random_raw(int(np.prod(shape)))
    return np.asarray(((raw >> np.uint64(64 - _BITS)) + 0.5) * 2.0**-_BITS).reshape(shape)


def gaussian(seed: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Numbers of the standard normal distribution, float32, by the inverse of its distribution function."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniform(seed, shape)), np.float32)
