"""`firth train skipgram`: the options of its recipe."""

from __future__ import annotations

from firth.cli.train.command import trains
from firth.cli.train.options import (
    Dim,
    DynamicWindow,
    Epochs,
    Loss,
    LossName,
    MinCount,
    MinLearningRate,
    Negative,
    NsExponent,
    Subsample,
    UsualRate,
    Window,
)
from firth.cli.training import Learner

__all__ = ["skipgram"]


@trains(goes_on=True)
def skipgram(
    *,
    dim: Dim = 100,
    window: Window = 5,
    loss: Loss = LossName.negative_sampling,
    negative: Negative = 5,
    subsample: Subsample = 1e-3,
    min_count: MinCount = 5,
    ns_exponent: NsExponent = 0.75,
    learning_rate: UsualRate = None,
    min_learning_rate: MinLearningRate = 1e-4,
    epochs: Epochs = 5,
    dynamic_window: DynamicWindow = True,
) -> Learner:
    """Train skip-gram vectors: each word predicts the words around it (Mikolov et al., 2013)."""
    from firth.learn.skipgram import SkipGram

    return SkipGram(
        dim=dim,
        window=window,
        loss=loss.value,
        negative=negative,
        subsample=subsample,
        min_count=min_count,
        ns_exponent=ns_exponent,
        learning_rate=learning_rate,
        min_learning_rate=min_learning_rate,
        epochs=epochs,
        dynamic_window=dynamic_window,
    )
