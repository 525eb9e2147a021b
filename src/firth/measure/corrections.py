"""Corrections of p for many comparisons: of twenty comparisons of equals one comes out at p < 0.05."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from firth.errors import OptionError

__all__ = ["CORRECTIONS", "Correction", "adjusted", "check_correction"]

Correction: TypeAlias = Literal["holm", "benjamini-hochberg", "none"]
CORRECTIONS = {
    "holm": "corrected by Holm's method, which bounds the chance of even one false claim",
    "benjamini-hochberg": "corrected by Benjamini and Hochberg's method, which bounds the expected share of "
    "false claims among all claims",
    "none": "not corrected: of twenty comparisons of equals one comes out at p < 0.05",
}


def check_correction(correction: str) -> str:
    """The correction. Raises OptionError where there is none of the name."""
    if correction not in CORRECTIONS:
        raise OptionError(f"correction is {', '.join(map(repr, CORRECTIONS))}, not {correction!r}")
    return correction


def adjusted(p: Sequence[float], *, correction: str = "holm") -> list[float]:
    """Each p of a family of tests, adjusted so that it can be held against 0.05 as if it were alone.

    Args:
        p: of each test, NaN where there was none; those do not count.
        correction: "holm" (1979, "A Simple Sequentially Rejective Multiple Test Procedure"),
            "benjamini-hochberg" (1995, "Controlling the False Discovery Rate"), or "none".

    Raises:
        OptionError: there is no such correction.

    >>> adjusted([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, np.float64)
    if check_correction(correction) == "none":
        return [float(value) for value in values]
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    ranks = np.arange(1, order.size + 1)
    if correction == "holm":
        raised = np.maximum.accumulate(values[order] * (order.size + 1 - ranks))
    else:
        raised = np.minimum.accumulate((values[order] * order.size / ranks)[::-1])[::-1]
    found = values.copy()
    found[order] = np.minimum(raised, 1.0)
    return [float(value) for value in found]
