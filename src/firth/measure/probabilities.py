"""What tells two words apart: the ratio of the probabilities of the words around them.

Pennington, Socher and Manning 2014, "GloVe", section 3 and table 1: "solid" is near "ice" far more often than
near "steam", "gas" the other way round, and what concerns both ("water") or neither ("fashion") has a ratio
near 1. That is the observation GloVe is made from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.edges import Edges
from firth.errors import DataError, OptionError, UnknownIdError

__all__ = ["ProbabilityRatio", "probability_ratio"]


@dataclass(frozen=True, kw_only=True)
class ProbabilityRatio:
    """The table of a pair of words and several probes; `print` shows it.

    Attributes:
        words: the two words, a and b.
        probes: the k words asked for.
        counts: float64, (2, k): how often each probe is near a, and near b.
        probabilities: float64, (2, k): P(probe | a) and P(probe | b), the counts divided by all of a, of b.
        ratio: float64, (k,): P(probe | a) / P(probe | b); infinite where only a has the probe near it, NaN
            where neither has.
    """

    words: tuple[str, str]
    probes: tuple[str, ...]
    counts: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    ratio: NDArray[np.float64]

    def __str__(self) -> str:
        a, b = self.words
        lines = [["", *self.probes]]
        for name, values in (
            (f"P(k | {a})", self.probabilities[0]),
            (f"P(k | {b})", self.probabilities[1]),
            (f"P(k | {a}) / P(k | {b})", self.ratio),
        ):
            lines.append([name, *(f"{value:.2g}" for value in values)])
        widths = [max(len(line[c]) for line in lines) for c in range(len(lines[0]))]
        return "\n".join(
            "  ".join(
                [
                    line[0].ljust(widths[0]),
                    *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)),
                ]
            )
            for line in lines
        )


def probability_ratio(
    edges: Edges, words: Sequence[str], *, probes: Sequence[str] = ("solid", "gas", "water", "fashion")
) -> ProbabilityRatio:
    """How much more probable each probe is near one word than near the other.

    >>> from firth import Edges
    >>> counts = [("ice", "solid", 8), ("ice", "water", 32), ("steam", "solid", 1), ("steam", "water", 39)]
    >>> print(probability_ratio(Edges.of(counts), ["ice", "steam"], probes=["solid", "water"]))
                               solid  water
    P(k | ice)                   0.2    0.8
    P(k | steam)               0.025   0.97
    P(k | ice) / P(k | steam)      8   0.82

    Args:
        edges: co-occurrence counts, as `firth.cooccur` makes them.
        words: the two words to tell apart, left keys of the edges.
        probes: the words to tell them apart by, right keys of the edges.

    Raises:
        UnknownIdError: a word is not among the keys; the message gives the three nearest spellings.
        OptionError: there are not two words, or no probes.
        DataError: a word has nothing near it.
    """
    if isinstance(words, str) or len(words) != 2:
        raise OptionError(f"words are two, such as ['ice', 'steam'], not {words!r}")
    if isinstance(probes, str) or not probes:
        raise OptionError(f"probes are one word or more in a list, not {probes!r}")
    table = edges.to_sparse()
    rows, columns = _rows(edges, "left", words), _rows(edges, "right", probes)
    chosen = table[rows].astype(np.float64)
    totals = np.asarray(chosen.sum(axis=1)).reshape(2, 1)
    for word, total in zip(words, totals[:, 0], strict=True):
        if not total > 0:
            raise DataError(f"nothing was counted near {word!r}, so it has no probabilities")
    counts = np.asarray(chosen[:, columns].todense(), np.float64)
    probabilities = counts / totals
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = probabilities[0] / probabilities[1]
    return ProbabilityRatio(
        words=(words[0], words[1]),
        probes=tuple(probes),
        counts=counts,
        probabilities=probabilities,
        ratio=ratio,
    )


def _rows(edges: Edges, side: str, words: Sequence[str]) -> NDArray[np.int64]:
    keys = (edges.left if side == "left" else edges.right).keys
    rows = keys.rows(words)
    if rows.min() < 0:
        word = words[int(np.argmin(rows))]
        near = keys.nearest(word)
        hint = f"; the nearest are {', '.join(map(repr, near))}" if near else ""
        raise UnknownIdError(f"{word!r} is not among the {len(keys):,} {side} keys of these edges{hint}")
    return rows
