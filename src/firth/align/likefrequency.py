"""Among words of like frequency: how far out is each, in robust units, and how likely is that by chance?

Rare words move more than frequent ones for no other reason than that they are rare (Dubossarsky, Weinshall
and Grossman 2017, "Outta Control: Laws of Semantic Change and Inherent Biases in Word Representation Models",
EMNLP). A word is therefore held against its peers: those of about the same count.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["mirrored", "standardized", "tail_p"]

Floats = NDArray[np.float64]
PEERS = 500  # at most: with fewer words, a fifth of them, yet at least the next
FEWEST = 100
TO_SIGMA = 1.4826  # of a normal distribution, sigma is so many times the median absolute deviation
TAIL = 250  # values that a tail is fitted to, as Knijnenburg et al. do
SHORTEST_TAIL = 25


def standardized(values: Floats, counts: Floats, *, reference: Floats | None = None) -> Floats:
    """How far each value lies above what is usual among its peers, in units of their spread.

    Peers are windows of like count. What is usual among them is a resistant line over the logarithm of the
    count (Tukey 1977, "Exploratory Data Analysis", chapter 5: through the medians of the outer thirds), since
    in the steep part of Zipf's law the words of one window differ a hundredfold in count; the spread is the
    median absolute deviation from it. The few that moved hardly touch either. Both are interpolated between
    windows.

    Args:
        values: float64, (m,).
        counts: float64, (m,), from 1 on, what orders the words by frequency; all equal means one window.
        reference: float64, (r, m): values of the same words, which stand for the peers instead.

    Returns:
        float64, (m,); NaN where more than half of the peers have one and the same value.
    """
    m = values.size
    peers = values[None] if reference is None else reference
    order = np.argsort(-counts, kind="stable")
    width = m if np.all(counts == counts[0]) else min(m, max(FEWEST, min(PEERS, m // 5)))
    starts = np.unique(np.linspace(0, m - width, 1 + 4 * (m - width) // width).astype(np.int64))
    rows = starts[:, None] + np.arange(width)
    windows, places = peers[:, order][:, rows], np.log(counts[order])
    slopes = _slopes(windows, places[rows])
    windows = windows - slopes[:, None] * places[rows]
    levels = np.median(windows, axis=(0, 2))
    spreads = TO_SIGMA * np.median(np.abs(windows - levels[:, None]), axis=(0, 2))
    spreads[spreads == 0] = np.nan
    level, slope, spread = (
        np.interp(np.arange(m), starts + (width - 1) / 2, of_windows)
        for of_windows in (levels, slopes, spreads)
    )
    found = np.empty(m)
    found[order] = (values[order] - level - slope * places) / spread
    return found


def _slopes(windows: Floats, places: Floats) -> Floats:
    """The slopes, (w,), of values (r, w, width) over places (w, width), which fall; 0 where all are one."""
    third = -(-places.shape[1] // 3)
    parts = (slice(None, third), slice(-third, None))
    high, low = (np.median(windows[:, :, part], axis=(0, 2)) for part in parts)
    right, left = (np.median(places[:, part], axis=1) for part in parts)
    slopes: Floats = np.divide(high - low, right - left, out=np.zeros(len(places)), where=right > left)
    return slopes


def mirrored(scores: Floats) -> Floats:
    """The scores below the middle and their mirror images: what chance alone would make above it.

    The sign of what is chance alone is as likely + as -, so that all sign flips of the lower half, which what
    really moved does not reach, stand for it (Barber and Candès 2015, "Controlling the False Discovery Rate
    via Knockoffs", Annals of Statistics 43, count false discoveries so).
    """
    low = scores[scores < 0]
    return np.concatenate([low, -low])


def tail_p(scores: Floats, null: Floats) -> Floats:
    """How likely chance alone makes a score as high or higher.

    It is the share of the null scores that are: (1 + how many) / (1 + all). A share cannot be smaller than
    1 / (1 + all), too large to survive the correction for thousands of words. The tail is therefore fitted to
    the highest null scores, as Knijnenburg et al. (2009, "Fewer permutations, more accurate P-values",
    Bioinformatics 25) do: here that of a normal distribution, which the scores nearly have, as wide as these
    ask for and two standard errors more, and at least as wide as the standard one. In simulated runs without
    drift, one in twenty or fewer then makes a claim; without the two standard errors it was one in ten.

    Args:
        scores: float64, (m,); NaN stays NaN.
        null: float64, (n,), finite: scores that chance alone made. Under 500 of them, no tail is fitted.

    Returns:
        float64, (m,).
    """
    from scipy.special import ndtr

    null = np.sort(null)
    n = null.size
    p = (1.0 + n - np.searchsorted(null, scores, side="left")) / (1.0 + n)
    size = min(TAIL, n // 20)
    if size >= SHORTEST_TAIL:
        normal, share, start = NormalDist(), size / n, float(null[n - size])
        place = normal.inv_cdf(1 - share)  # where the tail of the standard normal has this share,
        beyond = normal.pdf(place) / share - place  # and how far beyond it is on average
        wide = float(np.mean(null[n - size :] - start)) / beyond * (1 + 2 / math.sqrt(size))
        p = np.where(scores > start, ndtr(-(place + (scores - start) / max(1.0, wide))), p)
    return np.where(np.isnan(scores), np.nan, p)
