"""`RCSLS`: a map fitted to what CSLS retrieves, and not to distances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.align.alignment import Alignment
from firth.align.fitting import Maps, alignment_of, fit_of
from firth.align.pairing import Pairs, find_pairs
from firth.align.procrustes import check_same_dim, turned
from firth.align.sides import Side, side_of
from firth.csls import best_rows
from firth.errors import OptionError
from firth.measure.spaces import Case
from firth.neighbours import unit_rows, usable
from firth.options import check_flag, check_real, check_whole
from firth.vectors import Vectors

__all__ = ["RCSLS"]

Constraint: TypeAlias = Literal["spectral", "frobenius"]
SHORTEST = 1e-3  # of the first step: where shorter ones raise the loss, it is at its least
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RCSLS:
    """A linear map that makes the CSLS of the given pairs as great as it can be.

    The loss of a pair (x, y) is -2 x W yᵀ + the mean of x W tᵀ over the k targets t nearest to x W + the mean
    of s W yᵀ over the k sources s whose images are nearest to y: minus its CSLS, but for the lengths of what
    is mapped. It is convex in W, and W is held in a convex set around the orthogonal matrices, so that there
    are no bad minima. A step down the subgradient is projected; the next one is twice as long where the loss
    fell, and half as long where it would have risen. It begins with the map of `Procrustes`. Joulin,
    Bojanowski, Mikolov, Jégou and Grave 2018, "Loss in Translation: Learning Bilingual Word Mapping with a
    Retrieval Criterion", EMNLP.

    There are more numbers in W than a few thousand pairs determine. Unlike the paper, a share of the pairs is
    therefore held out, and the map is kept that had the least loss on these.

    The map is not orthogonal: it is made for `lexicon` and search by CSLS, and it bends the angles within the
    source. Its inverse is the pseudo-inverse of the matrix, exact where that has full rank.

    Attributes:
        k: how many neighbours CSLS takes the crowding from.
        centre: take the mean of all rows, at length 1, from each space.
        constraint: "spectral" keeps every singular value of W at most 1; "frobenius" only the sum of their
            squares at most the dim, which leaves more freedom.
        vocabulary: how many of the most frequent rows of either side neighbours are looked for among.
        learning_rate: the length of the first step, in units of the subgradient.
        iterations: steps that are tried, at most.
        tolerance: a step that lowers the loss by less ends the fit.
        held_out: the share of the source rows whose pairs are held out; 0 holds out none.
        patience: steps without a lower loss on what is held out that end the fit.
        seed: of what is held out.

    Raises:
        OptionError: an option is outside its range.
    """

    k: int = 10
    centre: bool = True
    constraint: Constraint = "spectral"
    vocabulary: int = 20_000
    learning_rate: float = 25.0
    iterations: int = 30
    tolerance: float = 1e-4
    held_out: float = 0.1
    patience: int = 3
    seed: int = 1

    def __post_init__(self) -> None:
        check_whole("k", self.k, 1, 1_000)
        check_flag("centre", self.centre)
        check_whole("vocabulary", self.vocabulary, 10, 10_000_000)
        check_real("learning_rate", self.learning_rate, 0, 1e6, above=True)
        check_whole("iterations", self.iterations, 1, 100_000)
        check_real("tolerance", self.tolerance, 0, 10)
        check_real("held_out", self.held_out, 0, 0.5)
        check_whole("patience", self.patience, 1, 10_000)
        check_whole("seed", self.seed, 0, 2**63 - 1)
        if self.constraint not in ("spectral", "frobenius"):
            raise OptionError(f"constraint is 'spectral' or 'frobenius', not {self.constraint!r}")

    def fit(self, source: Vectors, target: Vectors, pairs: Pairs = None, *, case: Case = "auto") -> Alignment:
        """Fit the map to pairs, and to all frequent rows around them.

        Args:
            source, target: two spaces of one dim; `counts` say which rows are frequent, else their order.
            pairs: a `Dictionary` or the path of one, (source id, target id) pairs, or None for the ids that
                both spaces have.
            case: how words are looked up: "auto", "exact" or "lower".

        Returns:
            The map; its report gives the loss of each accepted step, from that of `Procrustes` on, on the
            pairs that were fitted and on those held out, which step was kept, and how well all pairs fit.

        Raises:
            DataError: no pair has a usable row in both spaces, or the dims differ.
            FormatError: the dictionary is damaged; the message names the line.
        """
        check_same_dim("RCSLS", source, target)
        found = find_pairs(source, target, pairs, case=case)
        left, right = (side_of(vectors, unit=True, centre=self.centre) for vectors in (source, target))
        x, y = (unit_rows(side.rows(at).astype(np.float32)) for side, at in _both(left, right, found))
        sources, targets = self._frequent(left), self._frequent(right)
        k = min(self.k, len(sources), len(targets))
        held = self._held(found.source)
        fitted = Problem(x[~held], y[~held], sources, targets, k)
        kept_back = Problem(x[held], y[held], sources, targets, k) if held.any() else None
        matrix, told = self._descend(fitted, kept_back)
        fit = fit_of(x @ matrix, y.astype(np.float64))
        notes = [] if told["converged"] else [f"the loss still fell after {self.iterations:,} steps"]
        told["held_out_pairs"] = int(np.count_nonzero(held))
        report: dict[str, Any] = {**found.report, **fit, **told, "notes": notes}
        maps = Maps(matrix, np.linalg.pinv(matrix).astype(np.float64), {})
        return alignment_of(self, left, right, maps, report)

    def _held(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which pairs are held out, bool, (p,): all of a source row or none."""
        different = np.unique(rows)
        count = int(self.held_out * len(different))
        drawn = np.random.default_rng(self.seed).choice(different, count, replace=False)
        return np.asarray(np.isin(rows, drawn))

    def _frequent(self, side: Side) -> Floats:
        """The most frequent usable rows of a space as they are mapped, float32, (n, d), of length 1."""
        few = side.vectors.most_frequent(self.vocabulary)
        return unit_rows(Side(few, side.mean, side.unit).rows(usable(few.matrix)).astype(np.float32))

    def _descend(self, fitted: Problem, held: Problem | None) -> tuple[Doubles, dict[str, Any]]:
        """The matrix with the least loss on what was held out, if anything was, and how it was found."""
        matrix = turned(fitted.x.astype(np.float64), fitted.y.astype(np.float64)).matrix
        loss, slope = fitted.loss(matrix)
        losses, rate, converged = [loss], self.learning_rate, False
        held_losses = [held.loss(matrix)[0]] if held else []
        best = matrix
        for _ in range(self.iterations):
            tried = _projected(matrix - rate * slope, self.constraint)
            new_loss, new_slope = fitted.loss(tried)
            if new_loss >= loss:
                rate /= 2
                converged = rate < SHORTEST * self.learning_rate
            else:
                rate *= 2
                converged = loss - new_loss < self.tolerance
                matrix, loss, slope = tried, new_loss, new_slope
                losses.append(loss)
                held_losses += [held.loss(matrix)[0]] if held else []
                since = len(held_losses) - 1 - int(np.argmin(held_losses)) if held else 0
                best = best if since else matrix
                converged = converged or since >= self.patience
            if converged:
                break
        kept = int(np.argmin(held_losses)) if held else len(losses) - 1
        told = {"objective": losses[kept], "losses": losses, "held_out_losses": held_losses}
        return best, {**told, "kept_step": kept, "converged": converged}


class Problem(NamedTuple):
    """Pairs x, y (p, d), all frequent sources (m, d) and targets (n, d), of length 1, float32; and k, at most
    m and n."""

    x: Floats
    y: Floats
    sources: Floats
    targets: Floats
    k: int

    def loss(self, matrix: Doubles) -> tuple[float, Doubles]:
        """The mean loss of the pairs under a matrix (d, d), and a subgradient of it, float64, (d, d)."""
        w = matrix.astype(np.float32)
        mapped, images = self.x @ w, self.sources @ w
        near_targets = self._sum_of_nearest(mapped, self.targets, self.targets)
        near_sources = self._sum_of_nearest(self.y, images, self.sources)
        p = len(self.x)
        x, y = self.x.astype(np.float64), self.y.astype(np.float64)
        slope = (x.T @ (near_targets / self.k - 2 * y) + near_sources.T @ y / self.k) / p
        return float((slope * matrix).sum()), slope  # the loss is linear in W while the neighbours stay

    def _sum_of_nearest(self, queries: Floats, among: Floats, rows: Floats) -> Doubles:
        """The sum of those of `rows` (n, d) whose place in `among` (n, d) is nearest to each query (p, d)."""
        found = best_rows(queries, among, k=self.k)
        total = np.zeros((len(queries), rows.shape[1]))
        for place in range(self.k):
            total += rows[found[:, place]]
        return total


def _both(left: Side, right: Side, found: Any) -> tuple[tuple[Side, Any], tuple[Side, Any]]:
    return (left, found.source), (right, found.target)


def _projected(matrix: Doubles, constraint: Constraint) -> Doubles:
    """The nearest matrix (d, d) that the constraint allows."""
    if constraint == "frobenius":
        size = np.linalg.norm(matrix)
        return matrix * min(1.0, float(np.sqrt(len(matrix)) / size)) if size else matrix
    left, sizes, right = np.linalg.svd(matrix)
    clipped: Doubles = (left * np.minimum(sizes, 1)) @ right
    return clipped
