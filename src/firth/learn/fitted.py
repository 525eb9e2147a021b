"""`Fitted`: a model with what it makes of the rows that it learned from."""

from __future__ import annotations

from typing import NamedTuple

from firth.data.features import Features
from firth.model import Model

__all__ = ["Fitted"]


class Fitted(NamedTuple):
    """What one pass over a training table gives.

    Attributes:
        model: what `fit` returns.
        features: the training rows. Where a learner must not see the target of the row that it encodes, they
            are cross-fitted, and not what `model.encode` makes of the same rows.
    """

    model: Model
    features: Features
