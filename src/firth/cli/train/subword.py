"""`firth train subword`: the options of its recipe."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from firth.cli.train.command import trains
from firth.cli.train.options import (
    Dim,
    DynamicWindow,
    Epochs,
    MinCount,
    MinLearningRate,
    Negative,
    NsExponent,
    Subsample,
    Window,
    recipe,
)
from firth.cli.training import Learner

__all__ = ["Mode", "subword"]


class Mode(StrEnum):
    """What predicts what."""

    skipgram = "skipgram"
    cbow = "cbow"


@trains(goes_on=True)
def subword(
    *,
    mode: Annotated[
        Mode, recipe("--mode", help="A word predicts those around it, or they predict the word.")
    ] = Mode.skipgram,
    min_n: Annotated[int, recipe("--min-n", help="Letters of the shortest n-grams.")] = 3,
    max_n: Annotated[int, recipe("--max-n", help="Letters of the longest n-grams; 0 makes none.")] = 6,
    buckets: Annotated[
        int, recipe("--buckets", help="How many rows n-grams are hashed to; unused ones take no memory.")
    ] = 2_000_000,
    dim: Dim = 100,
    window: Window = 5,
    negative: Negative = 5,
    subsample: Subsample = 1e-4,
    min_count: MinCount = 5,
    ns_exponent: NsExponent = 0.5,
    learning_rate: Annotated[
        float | None, recipe("--learning-rate", help="Step size at the start: 0.05, or 0.25 for cbow.")
    ] = None,
    min_learning_rate: MinLearningRate = 1e-4,
    epochs: Epochs = 5,
    dynamic_window: DynamicWindow = True,
) -> Learner:
    """Train vectors of words and of their n-grams, as fastText does (Bojanowski et al., 2017).

    To a file that ends in .bin, fastText's own format is written.
    """
    from firth.learn.subword import SubwordCBOW, SubwordSkipGram

    learner = SubwordCBOW if mode is Mode.cbow else SubwordSkipGram
    return learner(
        min_n=min_n,
        max_n=max_n,
        buckets=buckets,
        dim=dim,
        window=window,
        negative=negative,
        subsample=subsample,
        min_count=min_count,
        ns_exponent=ns_exponent,
        learning_rate=learning_rate,
        min_learning_rate=min_learning_rate,
        epochs=epochs,
        dynamic_window=dynamic_window,
    )
