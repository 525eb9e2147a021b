"""What the learners of a map share: their options, the pairs they are fitted to, and how well it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.align.alignment import Alignment
from firth.align.pairing import Pairs, find_pairs
from firth.align.sides import Side, side_of
from firth.measure.spaces import Case
from firth.options import check_flag
from firth.vectors import Vectors

__all__ = ["Maps", "PairLearner", "alignment_of", "fit_of"]

Doubles = NDArray[np.float64]


class Maps(NamedTuple):
    """What was fitted: there, (d, e), and back, (e, d), float64; what is to be reported; and the weighting,
    (e, f), if there is one."""

    matrix: Doubles
    back: Doubles
    report: dict[str, Any]
    weighting: Doubles | None = None


@dataclass(frozen=True, kw_only=True)
class PairLearner:
    """What learners of a map from pairs share.

    Attributes:
        unit: take rows at length 1 first, so that each pair counts the same and angles are what is fitted.
        centre: take the mean of all rows from each space, and add the target's mean to what is mapped.
    """

    unit: bool = True
    centre: bool = False

    def __post_init__(self) -> None:
        check_flag("unit", self.unit)
        check_flag("centre", self.centre)

    def fit(self, source: Vectors, target: Vectors, pairs: Pairs = None, *, case: Case = "auto") -> Alignment:
        """Fit the map that brings the source's rows near to the target's rows that they are paired with.

        Args:
            source, target: two spaces.
            pairs: a `Dictionary` or the path of one, (source id, target id) pairs, or None for the ids that
                both spaces have. Many to many is fine: each pair counts once, and for itself.
            case: "auto" looks a word up as written and else lower-cased; or "exact", "lower".

        Returns:
            The map. Its report says how many pairs were used and left out, and how well it fits them.

        Raises:
            DataError: no pair has a usable row in both spaces, or the dims do not fit this learner.
            FormatError: the dictionary is damaged; the message names the line.
        """
        self._check_dims(source, target)
        found = find_pairs(source, target, pairs, case=case)
        left = side_of(source, unit=self.unit, centre=self.centre)
        right = side_of(target, unit=self.unit, centre=self.centre)
        x, y = left.rows(found.source), right.rows(found.target)
        maps = self._maps(x, y)
        report = {**found.report, **fit_of(x @ maps.matrix, y), **maps.report}
        notes = list(report.pop("notes", []))
        if len(found) < source.dim:
            notes.insert(
                0,
                f"{len(found):,} pairs are fewer than the source's dim of {source.dim:,}: they do not "
                "determine the map, which is fitted to some directions and arbitrary in the others",
            )
        return alignment_of(self, left, right, maps, {**report, "notes": notes})

    def _check_dims(self, source: Vectors, target: Vectors) -> None:
        """Refuse spaces that do not fit together."""

    def _maps(self, x: Doubles, y: Doubles) -> Maps:
        """The map from rows x (p, d) to rows y (p, e)."""
        raise NotImplementedError


def fit_of(mapped: Doubles, y: Doubles) -> dict[str, float]:
    """How well mapped rows fit those they are paired with: the share of the sum of squares of y that is not
    met, and the mean cosine."""
    energy = float((y**2).sum())
    residual = float(((mapped - y) ** 2).sum()) / energy if energy else 0.0
    lengths = np.linalg.norm(mapped, axis=1) * np.linalg.norm(y, axis=1)
    products = np.einsum("pd,pd->p", mapped, y)
    cosines = np.divide(products, lengths, out=np.zeros(len(y)), where=lengths > 0)
    return {"residual": residual, "cosine": float(cosines.mean())}


def alignment_of(learner: Any, source: Side, target: Side, maps: Maps, report: dict[str, Any]) -> Alignment:
    """The map as it is handed out, in float32, with everything it is to be applied with."""
    weighting = None if maps.weighting is None else np.ascontiguousarray(maps.weighting, np.float32)
    return Alignment(
        matrix=np.ascontiguousarray(maps.matrix, np.float32),
        back=np.ascontiguousarray(maps.back, np.float32),
        source_mean=source.mean,
        target_mean=target.mean,
        unit=source.unit,
        weighting=weighting,
        metric="cosine" if source.unit else target.vectors.metric,
        source_metric="cosine" if source.unit else source.vectors.metric,
        source_fingerprint=source.vectors.fingerprint,
        target_fingerprint=target.vectors.fingerprint,
        recipe={"learner": type(learner).__name__, **asdict(learner)},
        report=report,
    )
