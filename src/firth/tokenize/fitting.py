"""How many pieces of one size lie along one direction, and how much of it is left over or added."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FILLS", "Fit", "fit"]

FILLS = {"zero": "constant", "edge": "edge", "reflect": "reflect"}  # ways to fill up; what np.pad calls them


class Fit(NamedTuple):
    """How many pieces there are, how many places are added at the end, and how many there are in no piece."""

    pieces: int
    added: int
    left_over: int


def fit(length: int, size: int, stride: int, pad: str) -> Fit:
    """Lay pieces of `size`, one every `stride`, along `length`.

    Args:
        stride: at most `size`.
        pad: one of `FILLS` adds what the last piece lacks; any other name leaves the rest over.

    >>> fit(10, 4, 4, "crop"), fit(10, 4, 4, "zero")
    (Fit(pieces=2, added=0, left_over=2), Fit(pieces=3, added=2, left_over=0))
    """
    whole = (length - size) // stride + 1 if length >= size else 0
    rest = (length - size) % stride if length >= size else length
    if not rest or pad not in FILLS:
        return Fit(whole, 0, rest)
    return Fit(whole + 1, (stride if whole else size) - rest, 0)
