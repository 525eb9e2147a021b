"""`hubness`: are a few rows everybody's neighbours?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from firth.measure.jackknife import Figure, group_count, jackknife, with_interval
from firth.measure.neighbourhoods import Neighbourhoods, neighbourhoods
from firth.measure.points import points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row

__all__ = ["hubness", "hubness_of", "occurrences", "thinned_skewness"]

SHOWN = 10


def hubness(space: Space, *, k: int | None = None, sample: int | None = 20_000, seed: int = 1) -> Report:
    """How unevenly rows occur among the k nearest of others (Radovanović et al. 2010, "Hubs in Space: Popular
    Nearest Neighbors in High-Dimensional Data", JMLR 11).

    Args:
        space: vectors or a model; near is what its metric says.
        k: neighbours of each row; None takes 10, or as many as there are.
        sample: how many rows are asked for their neighbours, at random; None asks all; so does a sample of
            half the rows or more. The neighbours are exact either way.
        seed: of the sample.

    Returns:
        A report of "hubness", the skewness of the k-occurrence N(row), how many rows have the row among their
        k nearest; "antihubs", the share of rows with N = 0; and "largest_hub", the largest N over k, its
        mean. The largest are named in details["hubs"]; details["k_occurrence"] is a histogram. With all rows
        asked the intervals leave out groups of rows from the distribution of N. Of a sample the skewness is
        estimated from factorial moments, which thinning only scales, and its interval leaves out groups of
        those asked; the share of antihubs cannot be told from a sample and is NaN.

    Raises:
        OptionError: k is not smaller than the number of usable rows; the message names the largest.
        DataError: there are fewer than two usable rows.
    """
    return hubness_of(neighbourhoods(points_of(space), k=k, sample=sample, seed=seed))


def hubness_of(found: Neighbourhoods) -> Report:
    """The report of `hubness` from neighbours that are there already."""
    points, k = found.points, found.k
    n, total = len(points), len(points.vectors)
    seen = occurrences(found.rows, n)
    skew = _skewness_figure(found, seen)
    why = "most rows have ties at the last place, so that chance says who is a neighbour"
    if found.undecided:
        skew = orphans = Figure(math.nan)
    elif found.whole:
        orphans = jackknife(lambda kept: float(np.mean(seen[kept] == 0)), n, bounds=(0.0, 1.0))
    else:
        orphans = Figure(math.nan)
    scale = n / len(found.asked)  # of a sample, each of the asked stands for so many
    largest = Figure(math.nan if found.undecided else float(seen.max()) * scale / k)
    order = np.argsort(-seen, kind="stable")[:SHOWN]
    hubs = [
        {"id": key, "occurrences": float(seen[point] * scale)}
        for key, point in zip(points.ids(order), order.tolist(), strict=True)
    ]
    rows = (
        figure_row(
            "hubness",
            "hubness",
            skew,
            n=len(found.asked),
            total=total,
            means=f"how often a row is a neighbour is skewed by {skew.value:.1f}",
            advice="some rows are near everything: search with CSLS, or subtract the mean row",
            why_none=why if found.undecided else "every row is a neighbour equally often",
            **_chance(n, k),
        ),
        figure_row(
            "hubness",
            "antihubs",
            orphans,
            n=n if found.whole else 0,
            total=total,
            means=f"{orphans.value:.1%} of the rows are nobody's neighbour",
            advice="a search can hardly find them",
            why_none=why if found.undecided else "it takes the neighbours of all rows: sample=None",
        ),
        figure_row(
            "hubness",
            "largest_hub",
            largest,
            n=len(found.asked),
            total=total,
            means=f"{hubs[0]['id']!r} is a neighbour {largest.value:.0f} times as often as the mean row",
            advice="look at the largest hubs by name",
            why_none=why,
        ),
    )
    return Report(
        title="Hubness",
        rows=rows,
        notes=points.notes + found.notes,
        details={"hubs": hubs, "k_occurrence": _histogram(seen)},
    )


def occurrences(rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """How often each of n rows is in a table of neighbours, int64, (n,)."""
    return np.bincount(rows.ravel(), minlength=n)


def thinned_skewness(seen: NDArray[np.int64], asked: int) -> float:
    """The skewness of the k-occurrence of n rows, when a sample of them was asked without return.

    A row that N of n rows have for a neighbour is seen M times by the `asked`, M being hypergeometric. Its
    factorial moments are those of N times those of the sampling: E[M (M-1) … (M-r+1)] = N (N-1) … (N-r+1) ·
    a_r / n_r with a_r = asked (asked-1) … (asked-r+1). So the mean over rows gives the first three moments of
    N without bias.

    Args:
        seen: int64, (n,): M of each row.
        asked: how many were asked; n for all, which gives the plain skewness.

    Returns:
        The skewness, NaN where the variance found is not positive or fewer than three were asked.
    """
    n = len(seen)
    if asked < 3:
        return math.nan
    m = seen.astype(np.float64)
    factorial = [float(m.mean()), float((m * (m - 1)).mean()), float((m * (m - 1) * (m - 2)).mean())]
    scale = 1.0
    for r in range(3):
        scale *= (n - r) / (asked - r)
        factorial[r] *= scale
    first, second = factorial[0], factorial[1] + factorial[0]
    third = factorial[2] + 3 * factorial[1] + factorial[0]
    variance = second - first**2
    if variance <= 1e-9:
        return math.nan
    return float((third - 3 * first * second + 2 * first**3) / variance**1.5)


def _skewness_figure(found: Neighbourhoods, seen: NDArray[np.int64]) -> Figure:
    n, asked = len(seen), len(found.asked)
    if found.whole:
        return jackknife(lambda kept: thinned_skewness(seen[kept], int(kept.sum())), n)
    groups = group_count(asked)
    group = np.arange(asked) % groups
    left_out = [
        thinned_skewness(seen - occurrences(found.rows[group == g], n), int(np.count_nonzero(group != g)))
        for g in range(groups)
    ]
    return with_interval(thinned_skewness(seen, asked), left_out)


def _chance(n: int, k: int) -> dict[str, float]:
    """The skewness if each row drew its k neighbours blindly, that of the binomial distribution; nothing
    where there is no choice.
    """
    p = k / (n - 1)
    return {"chance": (1 - 2 * p) / math.sqrt((n - 1) * p * (1 - p))} if p < 1 else {}


def _histogram(seen: NDArray[np.int64]) -> dict[str, list[int]]:
    """How many rows are seen 0, 1, 2–3, 4–7, 8–15, … times: the lower ends, and the rows of each."""
    bins = np.frexp(seen.astype(np.float64))[1]  # 0 for 0, 1 for 1, 2 for 2 and 3, …
    rows = np.bincount(bins)
    return {"from": [0, *(2**b for b in range(len(rows) - 1))], "rows": rows.tolist()}
