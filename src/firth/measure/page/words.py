"""Plain words: what each figure means, and how numbers are written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from firth.measure.report import Row

__all__ = [
    "MEANINGS",
    "SECTIONS",
    "SHORT",
    "VERDICTS",
    "chance",
    "count",
    "figure",
    "interval",
    "meaning",
    "share",
    "value",
]

MEANINGS: Mapping[str, str] = {
    "spearman": "Spearman's correlation: do the vectors put the pairs into the order that people's grades "
    "put them? 1 is the same order, 0 no relation.",
    "pearson": "Pearson's correlation: as Spearman's, but of the similarities themselves, so that a bent "
    "relation counts less.",
    "total": "The share of questions “a is to b as c is to what?” whose answer, among all words, is the very "
    "word asked for.",
    "accuracy": "The share of items that come out right.",
    "macro-F1": "How well each class is recognised (the harmonic mean of precision and recall), every class "
    "counting the same, however small.",
    "purity": "The share of items in a cluster whose most common class is theirs.",
    "V-measure": "Whether clusters hold one class and classes lie in one cluster: 1 is both.",
    "ARI": "The adjusted Rand index: do pairs of items lie together that belong together? 0 is chance, 1 "
    "perfect.",
    "NMI": "How much the clusters tell of the classes; 1 is all.",
    "OPP": "How near to the end of its group the odd word comes; 1 is last, as it should be.",
    "AUC": "How often a true link gets a higher score than a pair without one; 0.5 is chance.",
    "average precision": "Precision averaged over the true links, the best-scored first.",
    "MAP": "Precision averaged over the relevant documents of each query, then over queries.",
    "MRR": "One over the place of the first relevant document, averaged over queries.",
}
"""By the name of a figure without its "@k"; figures not named here are explained by their reports."""

CUT: Mapping[str, str] = {
    "nDCG": "How well the {k} documents shown first are ordered, beside the best order there is.",
    "recall": "The share of all relevant documents that are among the first {k}.",
    "precision": "The share of the first {k} documents that are relevant.",
    "MRR": "One over the place of the first relevant document if it is among the first {k}, else 0.",
    "MAP": "Average precision over the first {k} documents.",
    "success": "The share of queries with a relevant document among the first {k}.",
}

VERDICTS: Mapping[str, tuple[str, str]] = {
    "good": ("●", "good"),
    "look at this": ("◐", "look"),
    "bad": ("○", "bad"),
    "not measured": ("–", "unknown"),
}
"""Of each verdict a sign that is told apart without colour, and its class in the style sheet."""

SHORT: Mapping[str, str] = {
    "summary": "Summary",
    "tasks": "Tasks",
    "coverage": "Coverage",
    "neighbours": "Neighbours",
    "map": "Map",
    "geometry": "Shape",
    "associations": "Associations",
    "comparison": "Comparison",
    "about": "Facts",
    "method": "Method",
}
"""Of each section one word, for the line of links."""

SECTIONS: Mapping[str, tuple[str, str]] = {
    "summary": ("Are these vectors any good?", ""),
    "about": ("What this is", ""),
    "tasks": (
        "What they can do",
        "Each line is a set of questions with known answers. The dot is the figure, the line through it its "
        "95 % interval: how far the choice of just these items may have moved it. A dashed mark is what "
        "chance gets, where that is known.",
    ),
    "coverage": (
        "What they do not know",
        "A figure rests on the items whose words are all known. The rest is left out of it, so that a space "
        "which knows little is not punished, and not to be trusted beyond what it knows.",
    ),
    "neighbours": (
        "Who is near to whom",
        "The nearest ids of some that are frequent, middling and rare: read a few lines of each. Rare ids "
        "have been seen seldom, and it is there that vectors go wrong first.",
    ),
    "associations": (
        "What goes with what",
        "Associations that people's texts hold, good and ill. These are facts about the vectors and no "
        "verdict: whether they harm depends on what the vectors are used for.",
    ),
    "geometry": (
        "The shape of the space",
        "What can be said with no labels at all. The limits of the verdicts are conventions, not laws.",
    ),
    "map": ("A map", ""),
    "comparison": (
        "Beside the other",
        "Both spaces answer the same items, and the difference is tested item by item. “Better” or “worse” "
        "is said only where the corrected p is below 0.05 and the interval does not reach 0.",
    ),
    "method": ("How the figures were made", ""),
}
"""Of each section its title and what a reader should know before it."""


def meaning(name: str) -> str:
    """What a figure means, in a sentence; "" if this is not known here."""
    if name in MEANINGS:
        return MEANINGS[name]
    stem, at, k = name.partition("@")
    return CUT[stem].format(k=k) if at and stem in CUT else ""


def figure(number: Any) -> str:
    """A figure with three digits after the point, fewer of a large one; "–" for none."""
    if number is None or isinstance(number, str) or not math.isfinite(number):
        return "–"
    if number and abs(number) < 0.001:
        return f"{number:.1e}".replace("-", "−")
    digits = 3 if abs(number) < 10 else 1 if abs(number) < 1000 else 0
    written = f"{number:,.{digits}f}"
    return written.replace("-", "−")


def chance(p: Any) -> str:
    """A p value; one below a thousandth is said to be no more than that."""
    known = isinstance(p, (int, float)) and math.isfinite(p)
    return "<0.001" if known and p < 0.001 else figure(p)


def interval(row: Row) -> str:
    """The interval of a figure."""
    if math.isnan(row.low) or math.isnan(row.high):
        return "–"
    return f"{figure(row.low)} to {figure(row.high)}"


def count(number: int) -> str:
    """A number of things."""
    return f"{number:,}"


def share(part: float) -> str:
    """A share in per cent; what is not all is not called 100%, and what is something not 0%."""
    if not math.isfinite(part):
        return "–"
    if 0 < part < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= part < 1 else f"{part:.0%}"


def value(some: Any) -> str:
    """A value of a recipe or the like, as a reader writes it."""
    if isinstance(some, bool):
        return "yes" if some else "no"
    if some is None:
        return "none"
    if isinstance(some, float):
        return f"{some:g}"
    if isinstance(some, int):
        return f"{some:,}"
    if isinstance(some, Mapping):
        return ", ".join(f"{key} {value(item)}" for key, item in some.items())
    if isinstance(some, (list, tuple)):
        return ", ".join(value(item) for item in some)
    return str(some)
