"""`SelfLearning`: from a few pairs to a good map, by letting the map find its own further pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.align.alignment import Alignment
from firth.align.dictionaries import DIRECTIONS, Direction, Induced, induce
from firth.align.fitting import alignment_of, fit_of
from firth.align.pairing import Pairing, Pairs, find_pairs
from firth.align.procrustes import check_same_dim, turned
from firth.align.sides import side_of
from firth.errors import OptionError
from firth.measure.spaces import Case
from firth.neighbours import unit_rows, usable
from firth.options import check_flag, check_real, check_seed, check_whole
from firth.vectors import Vectors

__all__ = ["SelfLearner", "SelfLearning"]

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class SelfLearner:
    """What both learners that find their own pairs share; see `SelfLearning`."""

    vocabulary: int = 10_000
    direction: Direction = "both"
    k: int = 10
    centre: bool = True
    reweight: float = 0.5
    keep: float = 0.1
    patience: int = 5
    tolerance: float = 1e-4
    iterations: int = 1_000
    seed: int = 1

    def __post_init__(self) -> None:
        check_whole("vocabulary", self.vocabulary, 10, 10_000_000)
        check_whole("k", self.k, 1, 1_000)
        check_flag("centre", self.centre)
        check_real("reweight", self.reweight, 0, 4)
        check_real("keep", self.keep, 0, 1, above=True)
        check_whole("patience", self.patience, 1, 10_000)
        check_real("tolerance", self.tolerance, 0, 1)
        check_whole("iterations", self.iterations, 1, 1_000_000)
        check_seed(self.seed)
        if self.direction not in DIRECTIONS:
            raise OptionError(f"direction is 'mutual', 'both' or 'forward', not {self.direction!r}")

    def _learn(
        self, source: Vectors, target: Vectors, start: Pairing, *, kept: bool, report: dict[str, Any]
    ) -> Alignment:
        """Refine the map from the pairs to start with, of rows of the whole spaces."""
        left, right = (side_of(vectors, unit=True, centre=self.centre) for vectors in (source, target))
        ours, theirs = _frequent(source, self.vocabulary), _frequent(target, self.vocabulary)
        x, y = unit_rows(left.rows(ours).astype(np.float32)), unit_rows(right.rows(theirs).astype(np.float32))
        # The pairs to start with need not be among the frequent rows.
        seeds = (
            unit_rows(left.rows(start.source).astype(np.float32)),
            unit_rows(right.rows(start.target).astype(np.float32)),
        )
        found, told = self._refined(x, y, seeds, kept=kept)
        pairs_x, pairs_y = left.rows(ours[found.source]), right.rows(theirs[found.target])
        if kept:
            pairs_x = np.concatenate([pairs_x, left.rows(start.source)])
            pairs_y = np.concatenate([pairs_y, right.rows(start.target)])
        maps = turned(pairs_x, pairs_y, reweight=self.reweight)
        fit = fit_of(pairs_x @ maps.matrix, pairs_y)
        report = {**report, **told, "induced": len(found.source), **fit, "notes": _notes(told)}
        return alignment_of(self, left, right, maps, report)

    def _refined(
        self, x: Floats, y: Floats, seeds: tuple[Floats, Floats], *, kept: bool
    ) -> tuple[Induced, dict[str, Any]]:
        """The pairs that were found last, of rows of x (m, d) and y (n, d), and how that went.

        As long as the map looks at a share of the pairs only, it cannot settle on its first mistakes; the
        share is doubled whenever the objective has not grown for `patience` rounds (Artetxe, Labaka and
        Agirre 2018, section 3.2).
        """
        pairs_x, pairs_y = seeds
        keep, best, waited, history = self.keep, -np.inf, 0, []
        for step in range(self.iterations):
            matrix = turned(pairs_x.astype(np.float64), pairs_y.astype(np.float64)).matrix
            mapped = x @ matrix.astype(np.float32)
            drawn = (self.seed * 1_000_003 + step) % 2**62
            found = induce(mapped, y, k=self.k, direction=self.direction, keep=keep, seed=drawn)
            history.append(found.objective)
            waited = 0 if found.objective > best + self.tolerance else waited + 1
            best = max(best, found.objective)
            settled = waited >= self.patience
            if settled and keep >= 1:
                break
            if settled:
                keep, waited = min(1.0, 2 * keep), 0
            pairs_x, pairs_y = x[found.source], y[found.target]
            if kept:
                pairs_x, pairs_y = np.concatenate([pairs_x, seeds[0]]), np.concatenate([pairs_y, seeds[1]])
        told = {
            "iterations": len(history),
            "converged": settled and keep >= 1,
            "objective": history[-1],
            "objectives": [round(value, 6) for value in history],
        }
        return found, told


@dataclass(frozen=True, kw_only=True)
class SelfLearning(SelfLearner):
    """A rotation from few pairs, made better by the pairs that it finds itself, round by round.

    A round fits `Procrustes` to the pairs there are, maps the most frequent rows, and pairs rows anew that
    are nearest to each other by CSLS. The pairs to start with stay in each round. Artetxe, Labaka and Agirre
    2017, "Learning Bilingual Word Embeddings with (Almost) No Bilingual Data", ACL; and 2018, "A Robust
    Self-learning Method for Fully Unsupervised Cross-lingual Mappings of Word Embeddings", ACL, for what is
    looked at in early rounds. On English and Italian of little text, 500 pairs came to 11 % of right
    translations this way, to 10 % by mutual pairs alone, and to 7 % by looking at all pairs from the start.

    Attributes:
        vocabulary: how many of the most frequent rows of either side are paired; rare rows are noisy.
        direction: which pairs are taken: "both" the best of each row of either side, "mutual" those in which
            each is the other's best, "forward" the best of each source.
        k: how many neighbours CSLS takes the crowding from.
        centre: take the mean of all rows, at length 1, from each space.
        reweight: as in `Procrustes`.
        keep: the share of all pairs that is looked at in the first rounds, so that the map does not settle on
            its first mistakes; 1 is faster.
        patience: rounds without a better objective before the share doubles, or the learning ends.
        tolerance: what counts as better: so much more mean cosine with the nearest row of the other side.
        iterations: rounds at most.
        seed: of what is looked at.

    Raises:
        OptionError: an option is outside its range.
    """

    def fit(self, source: Vectors, target: Vectors, pairs: Pairs = None, *, case: Case = "auto") -> Alignment:
        """Fit the map from some pairs and what follows of them.

        Args:
            source, target: two spaces of one dim; `counts` say which rows are frequent, else their order.
            pairs: a `Dictionary` or the path of one, (source id, target id) pairs, or None for the ids that
                both have: for two languages the words that are spelt alike.
            case: how words are looked up: "auto", "exact" or "lower".

        Returns:
            The map; its report says how many pairs were given and induced, the objective of each round, and
            whether it settled.

        Raises:
            DataError: no pair has a usable row in both spaces, or the dims differ.
            FormatError: the dictionary is damaged; the message names the line.
        """
        check_same_dim("SelfLearning", source, target)
        start = find_pairs(source, target, pairs, case=case)
        return self._learn(source, target, start, kept=True, report=start.report)


def _frequent(vectors: Vectors, most: int) -> Rows:
    """The usable ones of the so many most frequent rows, int64, rising by rank."""
    rows = vectors.rows(list(vectors.most_frequent(most).ids))
    return rows[usable(vectors.matrix[rows])]


def _notes(told: dict[str, Any]) -> list[str]:
    if told["converged"]:
        return []
    return [f"it did not settle within {told['iterations']:,} rounds: raise iterations, or tolerance"]
