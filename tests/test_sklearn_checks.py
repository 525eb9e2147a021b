"""scikit-learn's own checks of an estimator, over every learner that takes tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.utils import estimator_checks

import firth
from firth.sklearn import Transformer

LEARNERS = [
    firth.Binary(),
    firth.CountSketch(size=64),
    firth.Frequency(),
    firth.Hashing(size=16),
    firth.Normalize(),
    firth.Normalize(missing="error", clip=True),
    firth.OneHot(),
    firth.Ordinal(),
    firth.Periodic(period=24.0),
    firth.Quantile(levels=10),
    firth.Quantile(levels=10, shape="normal"),
    firth.Robust(),
    firth.SharedTable(dim=4, rows=64, epochs=1),
    firth.SharedTable(dim=4, rows=64, epochs=1),
    firth.Standardize(),
    firth.Standardize(missing="error"),
    firth.Table(),
    firth.Target(folds=3),
]


@estimator_checks.parametrize_with_checks([Transformer(learner) for learner in LEARNERS])
def test_a_learner_passes_the_checks_of_scikit_learn(estimator: Transformer, check: Any):
    check(estimator)


# A place is two columns of degrees. The checks make one to ten columns of any numbers, and then adapt them to
# the tags of the estimator; here they are adapted to places.
@estimator_checks.parametrize_with_checks([Transformer(firth.LatLong())])
def test_places_pass_the_checks_of_scikit_learn(
    estimator: Transformer, check: Any, monkeypatch: pytest.MonkeyPatch
):
    def degrees(_estimator: Any, X: np.ndarray, **_others: Any) -> np.ndarray:
        return np.mod(X[:, :2], 90)

    monkeypatch.setattr(estimator_checks, "_enforce_estimator_tags_X", degrees)
    check(estimator)
