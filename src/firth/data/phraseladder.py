"""`Ladder`: what each of several thresholds would make of a text, so that one can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.blocks import blocks
from firth.data.collocations import Collocations, Matcher
from firth.data.sequences import Sequences
from firth.kernels import phrases as kernels

__all__ = ["Ladder", "Rung", "rungs"]

_NEAR = 100  # among so many pairs on each side of a threshold the examples are chosen
_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One threshold in one pass.

    Attributes:
        number: the pass, from 1.
        threshold: the threshold.
        phrases: how many different pairs have a higher score.
        share: the share of the tokens of the text that would be joined, 0 to 1.
        above, below: frequent ones among the pairs just above and just below, the nearest score first.
    """

    number: int
    threshold: float
    phrases: int
    share: float
    above: tuple[str, ...]
    below: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The rung as values that JSON can hold."""
        return {
            "pass": self.number,
            "threshold": self.threshold,
            "phrases": self.phrases,
            "share": self.share,
            "above": list(self.above),
            "below": list(self.below),
        }


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Rungs by rising threshold; `str` is a plain table.

    Attributes:
        rows: the rungs, those of the first pass first.
        threshold: the one in the recipe, which later passes build on.
        scoring: the score that the thresholds are of.
    """

    rows: tuple[Rung, ...]
    threshold: float
    scoring: str

    def to_dict(self) -> dict[str, Any]:
        """The ladder as values that JSON can hold."""
        rows = [row.to_dict() for row in self.rows]
        return {"scoring": self.scoring, "threshold": self.threshold, "rows": rows}

    def __str__(self) -> str:
        lines = [["pass", "threshold", "phrases", "joined", "just above", "just below"]]
        for row in self.rows:
            mark = "*" if row.threshold == self.threshold else ""
            shown = [str(row.number), f"{mark}{row.threshold:g}", f"{row.phrases:,}", f"{row.share:.1%}"]
            lines.append([*shown, " ".join(row.above) or "–", " ".join(row.below) or "–"])
        widths = [max(len(line[column]) for line in lines) for column in range(5)]
        table = []
        for *numbers, above, below in lines:
            right = [number.rjust(width) for number, width in zip(numbers, widths, strict=False)]
            table.append("  ".join([*right, above.ljust(widths[4]), below]).rstrip())
        return "\n".join([*table, f"* the threshold of the recipe ({self.scoring})"])


def rungs(found: Collocations, text: Sequences, thresholds: Sequence[float], *, number: int) -> list[Rung]:
    """The rungs of one pass.

    Args:
        found: all pairs of the text that are frequent enough, by falling score.
        text: what they were found in.
        thresholds: rising.
        number: of the pass.
    """
    steps = np.array(thresholds, np.float64)
    above = np.searchsorted(-found.scores, -steps, side="left")  # how many scores are higher
    joined = _joined(found.first(int(above[0])), text, steps)
    total = int(text.offsets[-1])
    return [
        Rung(
            number=number,
            threshold=float(threshold),
            phrases=int(n),
            share=int(tokens) / total,
            above=_examples(found, range(int(n) - 1, max(0, int(n) - _NEAR) - 1, -1)),
            below=_examples(found, range(int(n), min(len(found), int(n) + _NEAR))),
        )
        for threshold, n, tokens in zip(steps, above, joined, strict=True)
    ]


def _joined(found: Collocations, text: Sequences, thresholds: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many tokens would be joined at each threshold: int64."""
    joined = np.zeros(thresholds.size, np.int64)
    matcher = Matcher(found, text.vocabulary.keys)
    free = np.zeros(thresholds.size, np.bool_)
    scores = found.scores[matcher.numbers]
    for tokens, offsets in blocks(text):
        kernels.try_thresholds(tokens, offsets, *matcher.tables, scores, thresholds, free, joined)
    return joined


def _examples(found: Collocations, rows: range) -> tuple[str, ...]:
    """The most frequent of these pairs, in the order of the rows."""
    if not rows:
        return ()
    near = np.array(rows)
    chosen = np.sort(np.argsort(-found.counts[near], kind="stable")[:_EXAMPLES])
    return tuple(found.phrase(row) for row in near[chosen].tolist())
