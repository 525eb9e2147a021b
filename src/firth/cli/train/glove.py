"""`firth train glove`: the options of its recipe."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from firth.cli.train.command import trains
from firth.cli.train.options import Dim, Epochs, LearningRate, MinCount, Window, recipe
from firth.cli.training import Learner

__all__ = ["glove"]


class Weighting(StrEnum):
    """What a pair at distance d counts."""

    harmonic = "harmonic"
    linear = "linear"
    flat = "flat"


class Combine(StrEnum):
    """Which of a word's two vectors are kept."""

    sum = "sum"
    words = "words"
    both = "both"


@trains(goes_on=True)
def glove(
    *,
    dim: Dim = 100,
    window: Window = 10,
    weighting: Annotated[
        Weighting,
        recipe("--weighting", help="What a pair at distance d counts: 1/d, falling evenly to 0, or 1."),
    ] = Weighting.harmonic,
    symmetric: Annotated[
        bool, recipe("--symmetric/--left-only", help="Count the words on both sides, or those before a word.")
    ] = True,
    min_count: MinCount = 5,
    x_max: Annotated[float, recipe("--x-max", help="Counts from here on weigh 1.")] = 100.0,
    alpha: Annotated[float, recipe("--alpha", help="Smaller counts weigh (count / x-max) to this.")] = 0.75,
    learning_rate: LearningRate = 0.05,
    epochs: Epochs = 15,
    combine: Annotated[
        Combine, recipe("--combine", help="Add a word's vectors as word and as context, or keep them apart.")
    ] = Combine.sum,
) -> Learner:
    """Train GloVe vectors on co-occurrence counts (Pennington et al., 2014)."""
    from firth.learn.glove import GloVe

    return GloVe(
        dim=dim,
        window=window,
        weighting=weighting.value,
        symmetric=symmetric,
        min_count=min_count,
        x_max=x_max,
        alpha=alpha,
        learning_rate=learning_rate,
        epochs=epochs,
        combine=combine.value,
    )
