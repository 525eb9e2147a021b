"""`firth train ppmi` and `firth train onehot`: vectors from counts alone, and none at all."""

from __future__ import annotations

from typing import Annotated

from firth.cli.train.command import trains
from firth.cli.train.glove import Weighting
from firth.cli.train.lsa import Iterations, Tolerance
from firth.cli.train.options import Dim, MinCount, Window, recipe
from firth.cli.training import Learner

__all__ = ["onehot", "ppmi"]


@trains()
def ppmi(
    *,
    dim: Dim = 100,
    window: Window = 5,
    weighting: Annotated[
        Weighting,
        recipe("--weighting", help="What a pair at distance d counts: 1/d, falling evenly to 0, or 1."),
    ] = Weighting.linear,
    min_count: MinCount = 5,
    shift: Annotated[float, recipe("--shift", help="Take ln of this off every PMI.")] = 1.0,
    smoothing: Annotated[float, recipe("--smoothing", help="Contexts count to this power.")] = 0.75,
    eigenvalue_weight: Annotated[
        float, recipe("--eigenvalue-weight", help="Words are U times the singular values to this power.")
    ] = 0.5,
    iterations: Iterations = 20,
    tolerance: Tolerance = 1e-2,
) -> Learner:
    """Decompose positive pointwise mutual information (Levy et al., 2015)."""
    from firth.learn.ppmi import PPMI

    return PPMI(
        dim=dim,
        window=window,
        weighting=weighting.value,
        min_count=min_count,
        shift=shift,
        smoothing=smoothing,
        eigenvalue_weight=eigenvalue_weight,
        iterations=iterations,
        tolerance=tolerance,
    )


@trains()
def onehot(*, min_count: MinCount = 5) -> Learner:
    """Write the baseline of comparisons: words that have nothing in common."""
    from firth.learn.onehot import OneHot

    return OneHot(min_count=min_count)
