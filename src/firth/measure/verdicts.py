"""What a figure of geometry means in plain words, and from where on it deserves a look.

The bounds are conventions, not laws: they were set by looking at word vectors, and good vectors for one
purpose may lie outside them. docs/geometry.md lists them.
"""

from __future__ import annotations

import math
from typing import Any

from firth.measure.jackknife import Figure
from firth.measure.report import Row

__all__ = ["CONVENTIONS", "NONE", "figure_row", "meaning_of", "verdict_of"]

NONE = "too few rows, or all alike"

# Up to the first (or from it on, where it is the greater one) a figure is good; beyond the second it is bad.
CONVENTIONS: dict[str, tuple[float, float]] = {
    "not_finite": (0.0, 0.0),
    "zero_rows": (0.0, 0.1),
    "dead_dimensions": (0.0, 0.1),
    "norm_spread": (0.5, 1.0),
    "longest_norm": (5.0, 20.0),
    "mean_cosine": (0.1, 0.4),
    "isoscore": (0.2, 0.05),
    "partition_isotropy": (0.4, 0.05),
    "effective_rank": (0.5, 0.1),
    "participation_ratio": (0.2, 0.05),
    "leading_direction": (0.2, 0.5),
    "hubness": (1.5, 4.0),
    "antihubs": (0.1, 0.3),
    "largest_hub": (10.0, 50.0),
    "twonn": (1.5, 0.5),
    "mle": (1.5, 0.5),
    "frequency_norm": (0.3, 0.7),
    "frequency_directions": (0.1, 0.5),
    "frequency_neighbours": (0.3, 0.7),
    "exact_duplicates": (0.0, 0.1),
    "near_duplicates": (0.01, 0.2),
    "trustworthiness": (0.95, 0.8),
    "continuity": (0.95, 0.8),
    "overlap": (0.5, 0.1),
    "spearman": (0.8, 0.4),
    "stress": (0.1, 0.3),
    "relational_similarity": (0.5, 0.2),
    "eigenvalue_distance": (0.5, 5.0),
    "bottleneck": (0.05, 0.2),
}


def verdict_of(name: str, value: float) -> str:
    """ "good", "look at this" or "bad", by the conventions for the figure; "not measured" for NaN."""
    good, bad = CONVENTIONS[name]
    if math.isnan(value):
        return "not measured"
    if good > bad:
        value, good, bad = -value, -good, -bad
    if value <= good:
        return "good"
    return "bad" if value > bad else "look at this"


def meaning_of(
    name: str,
    value: float,
    means: str,
    advice: str = "",
    *,
    judged: float | None = None,
    why_none: str = NONE,
) -> dict[str, str]:
    """The verdict on a figure and its meaning; the arguments are those of `figure_row`."""
    if math.isnan(value):
        return {"verdict": verdict_of(name, value), "meaning": f"could not be measured: {why_none}"}
    verdict = verdict_of(name, value if judged is None else judged)
    return {"verdict": verdict, "meaning": means if verdict == "good" or not advice else f"{means}; {advice}"}


def figure_row(
    part: str,
    name: str,
    figure: Figure,
    *,
    n: int,
    total: int,
    means: str,
    advice: str = "",
    judged: float | None = None,
    why_none: str = NONE,
    **extra: Any,
) -> Row:
    """A figure as a row with its meaning and its verdict.

    Args:
        part: which heading it belongs under, such as "hubness".
        name: one of the conventions.
        figure: the value and its interval.
        n: how many items it rests on, of `total`.
        means: what it says, for a newcomer.
        advice: what to do where it is not good.
        judged: what the conventions are for, where it is not the value itself.
        why_none: what to say where the value is no number.
        extra: more that belongs into the row.
    """
    said = meaning_of(name, figure.value, means, advice, judged=judged, why_none=why_none)
    return Row(
        task=part,
        name=name,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=n,
        total=total,
        extra={**said, **extra},
    )
