"""95 % intervals by leaving out groups of rows (Shao and Wu 1989, "A general theory for jackknife variance
estimation", Annals of Statistics 17).

A figure of the whole cloud of rows, such as an eigenvalue or a skewness, is computed again without each of
some twenty groups. How much it changes says how much it would change with other rows. It needs twenty
computations where the bootstrap needs thousands, and is right for figures that depend smoothly on the rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import LEVEL

__all__ = ["GROUPS", "Figure", "group_count", "jackknife", "with_interval"]

GROUPS = 20
FEWEST = 10  # groups; the spread of fewer values says little
Kept: TypeAlias = NDArray[np.bool_]


class Figure(NamedTuple):
    """A figure and its 95 % interval; NaN where there is none."""

    value: float
    low: float = math.nan
    high: float = math.nan


def group_count(n: int) -> int:
    """Into how many groups n rows are parted: row i is in group i modulo that number.

    Rows often stand in the order of their frequency; so each group has frequent and rare ones.
    """
    return min(n, GROUPS)


def jackknife(
    statistic: Callable[[Kept], float], n: int, *, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> Figure:
    """A figure of n rows with its interval.

    Args:
        statistic: the figure of the rows that are kept, bool, (n,).
        n: how many rows there are.
        bounds: what the figure cannot go beyond.
    """
    if not n:
        return Figure(math.nan)
    group = np.arange(n) % group_count(n)
    left_out = [statistic(group != g) for g in range(group_count(n))] if n >= FEWEST else []
    return with_interval(statistic(np.ones(n, np.bool_)), left_out, bounds=bounds)


def with_interval(
    value: float, left_out: list[float], *, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> Figure:
    """A figure with its interval from its values without each group: Student's t with groups - 1 degrees.

    NaN for the interval where the figure is not a number, with or without a group, or for fewer than
    ten groups.
    """
    from scipy.special import stdtrit

    count = len(left_out)
    if count < FEWEST or not np.isfinite([value, *left_out]).all():
        return Figure(value)
    spread = np.asarray(left_out) - np.mean(left_out)
    error = math.sqrt((count - 1) / count * float(spread @ spread))
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * error
    low, high = max(value - half, bounds[0]), min(value + half, bounds[1])
    return Figure(value, float(min(low, value)), float(max(high, value)))
