"""Multinomial logistic regression with an L2 penalty, by L-BFGS and an analytic gradient.

With weights W (d, c), biases b (c,) and z = x W + b, it minimises

    Σ_i [ log Σ_k exp z_ik - z_iy ] + l2 / 2 · Σ W²

(Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical Learning", section 4.4). The biases are
free. That is scikit-learn's `LogisticRegression(C=1 / l2)`; of two classes, which it gives one vector of
weights and not two, `C=2 / l2`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats
from firth.measure.products import rows_at_a_time

__all__ = ["Logistic", "fit_logistic"]


class Logistic(NamedTuple):
    """A fitted classifier.

    Attributes:
        weights: float64, (d, c). bias: float64, (c,).
        l2: the penalty.
        steps: how many steps it took.
        settled: whether the gradient became small within the steps there were.
    """

    weights: Floats
    bias: Floats
    l2: float
    steps: int
    settled: bool

    def scores(self, rows: NDArray[np.floating]) -> Floats:
        """z of each row (n, d) for each class, float64, (n, c); the greatest is the class predicted."""
        scores: Floats = rows @ self.weights + self.bias
        return scores

    def losses(self, rows: NDArray[np.floating], classes: NDArray[np.int64]) -> Floats:
        """-log of the probability given to the class of each row, float64, (n,)."""
        scores = self.scores(rows)
        scores -= scores.max(axis=1, keepdims=True)
        chosen: Floats = scores[np.arange(len(rows)), classes]
        losses: Floats = np.log(np.exp(scores).sum(axis=1)) - chosen
        return losses

    def probabilities(self, rows: NDArray[np.floating]) -> Floats:
        """The probability of each class for each row (n, d), float64, (n, c)."""
        scores = self.scores(rows)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: Floats = scores / scores.sum(axis=1, keepdims=True)
        return probabilities


def fit_logistic(
    rows: Floats,
    classes: NDArray[np.int64],
    *,
    count: int,
    l2: float,
    start: Logistic | None = None,
    steps: int = 1000,
    tolerance: float = 1e-5,
) -> Logistic:
    """Fit a classifier of rows.

    Args:
        rows: float64, (n, d), best with columns of like spread; they are copied once.
        classes: int64, (n,), 0 to count - 1.
        count: how many classes; those without rows get a bias that goes down and down, and no weights.
        l2: the penalty, above 0.
        start: weights to begin with, such as those of a neighbouring penalty.
        steps: how many steps at most.
        tolerance: of the largest value of the gradient of the mean loss, at which it ends.
    """
    from scipy.optimize import minimize

    n, d = rows.shape
    columns = _in_pieces(rows, rows_at_a_time(n, d, count))
    pieces, _, width = columns.shape
    piece, place = np.divmod(np.arange(n), width)
    own = (piece, classes, place)  # the class of each row
    last = n - (pieces - 1) * width  # how many rows the last piece has

    def loss_and_gradient(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(count, d + 1)
        z = np.ascontiguousarray(weights[:, :d]) @ columns
        z += weights[:, d:]
        z -= z.max(axis=1, keepdims=True)
        right = float(z[own].sum())
        np.exp(z, out=z)
        sums = z.sum(axis=1, keepdims=True)
        z /= sums
        z[own] -= 1
        z[-1, :, last:] = 0
        gradient = np.empty_like(weights)
        np.sum(z @ columns.transpose(0, 2, 1), axis=0, out=gradient[:, :d])
        gradient[:, :d] += l2 * weights[:, :d]
        gradient[:, d] = z.sum(axis=(0, 2))
        surprise = float(np.log(sums.ravel()[:n]).sum()) - right
        loss = surprise + l2 / 2 * float(np.square(weights[:, :d]).sum())
        return loss / n, gradient.ravel() / n

    first = np.zeros((count, d + 1))
    if start is not None:
        first[:, :d], first[:, d] = start.weights.T, start.bias
    found = minimize(
        loss_and_gradient,
        first.ravel(),
        method="L-BFGS-B",
        jac=True,
        options={"maxiter": steps, "maxfun": 2 * steps, "gtol": tolerance, "ftol": 0.0},
    )
    weights = found.x.reshape(count, d + 1)
    return Logistic(
        np.ascontiguousarray(weights[:, :d].T), weights[:, d].copy(), l2, int(found.nit), bool(found.success)
    )


def _in_pieces(rows: Floats, width: int) -> Floats:
    """The rows (n, d) as pieces of so many columns each, (pieces, d, width), the last filled up with zeros.

    Columns first, since sums over few classes then run along the items. Each piece is a product of its own,
    which no threads of a BLAS share.
    """
    n, d = rows.shape
    pieces = max(1, -(-n // width))
    padded = np.zeros((pieces * width, d))
    padded[:n] = rows
    return np.ascontiguousarray(padded.reshape(pieces, width, d).transpose(0, 2, 1))
