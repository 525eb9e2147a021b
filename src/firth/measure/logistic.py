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
    # Classes and columns come first, (c, n) and (d, n): sums over few classes then run along the items, and
    # OpenBLAS multiplies a few rows by a wide matrix six times as fast as by a tall one.
    columns = np.ascontiguousarray(rows.T)
    wanted = np.zeros((count, n))
    wanted[classes, np.arange(n)] = 1

    def loss_and_gradient(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(count, d + 1)
        z = weights[:, :d] @ columns
        z += weights[:, d:]
        z -= z.max(axis=0)
        right = float(np.vdot(z, wanted))
        np.exp(z, out=z)
        sums = z.sum(axis=0)
        z /= sums
        z -= wanted
        gradient = np.empty_like(weights)
        np.matmul(z, columns.T, out=gradient[:, :d])
        gradient[:, :d] += l2 * weights[:, :d]
        gradient[:, d] = z.sum(axis=1)
        loss = float(np.log(sums).sum()) - right + l2 / 2 * float(np.vdot(weights[:, :d], weights[:, :d]))
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
