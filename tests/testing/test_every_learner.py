"""Every learner of Firth keeps the contract of its kind.

For `DocumentVectors` see learn/test_docvec.py; for `Codebook`, which takes Features, test_codebook.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import firth
from firth import CBOW, LSA, PPMI, GloVe, Model, OneHot, Run, SkipGram, SubwordCBOW, SubwordSkipGram, TfIdf
from firth.testing import check_column_learner, check_document_learner, check_learner, topic_world

SMALL = {"dim": 24, "min_count": 1, "epochs": 15, "subsample": 1e-2}
LOSSES = ("negative_sampling", "hierarchical_softmax", "softmax")
WORDS: list[tuple[Any, dict[str, Any]]] = [
    *((kind(**SMALL, loss=loss), {}) for kind in (SkipGram, CBOW) for loss in LOSSES),
    (CBOW(**SMALL, mean=False), {}),
    (SubwordSkipGram(**SMALL), {}),
    (SubwordCBOW(**SMALL), {}),
    *((GloVe(dim=24, min_count=1, combine=combine), {}) for combine in ("sum", "words", "both")),
    (PPMI(dim=10, min_count=1), {"drawn": False}),
    (TfIdf(), {"drawn": False, "agreement": None}),
    (OneHot(min_count=1), {"drawn": False, "agreement": None}),
    (firth.SharedTable(dim=24, rows=1024, epochs=15), {}),
]

CITIES = {
    "city": ["Rome", "Oslo", None, "Rome", "Bern", "Oslo"],
    "big": ["yes", "no", "no", "yes", "no", "no"],
}
SIZES = {"people": [2.75, 0.5, None, 3.0, 0.25, 0.75], "height": [37.0, 23.0, 1.0, 37.5, 540.0, 23.0]}
PLACES = {"lat": [41.9, 59.9, -33.9, None, 90.0, 0.0], "lon": [12.5, 10.75, 151.25, None, 0.0, -180.0]}
HOURS = {"hour": [0.0, 6.5, 12.0, 23.0, None, 1.25]}
SOLD = [1, 0, 0, 1, 1, 0]
COLUMNS: list[tuple[Any, Any, dict[str, Any]]] = [
    (OneHot(), CITIES, {}),
    (firth.Ordinal(), CITIES, {}),
    (firth.Binary(), CITIES, {}),
    (firth.Hashing(size=8), CITIES, {"reversible": False}),
    (firth.CountSketch(size=64, depth=3), CITIES, {"reversible": False}),
    (firth.Target(folds=2), CITIES, {"target": SOLD, "reversible": False}),
    (firth.Frequency(), CITIES, {"reversible": False}),
    (firth.Standardize(), SIZES, {}),
    (firth.Normalize(), SIZES, {}),
    (firth.Robust(), SIZES, {}),
    (firth.Quantile(), SIZES, {}),
    (firth.Periodic(unit="hour"), HOURS, {}),
    (firth.LatLong(), PLACES, {}),
    (firth.Table(), CITIES | SIZES, {}),
]


@dataclass(frozen=True, kw_only=True)
class WeightedMean(firth.WeightedMean):
    """The learner with the words that its `fit` asks for: near one direction a topic."""

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:  # type: ignore[override]
        world = topic_world()
        rows = np.repeat(np.eye(len(world.topics), dtype=np.float32), len(world.topics[0]), axis=0)
        rows += np.random.default_rng(1).normal(0, 0.1, rows.shape).astype(np.float32)
        words = [word for topic in world.topics for word in topic]
        counts = {"counts": np.full(len(words), 10)}
        return super().fit(observations, words=firth.Vectors(words, rows, columns=counts), run=run)


DOCUMENTS: list[tuple[Any, dict[str, Any]]] = [
    (LSA(dim=10, min_count=1), {"drawn": False}),
    (WeightedMean(), {"drawn": False}),
]


def name(value: Any) -> str | None:
    return f"{type(value).__name__} {getattr(value, 'loss', '')}".strip() if hasattr(value, "fit") else ""


@pytest.mark.parametrize(("learner", "how"), WORDS, ids=name)
def test_learners_of_words_keep_their_contract(learner: Any, how: dict[str, Any]):
    check_learner(learner, **how)


@pytest.mark.parametrize(("learner", "how"), DOCUMENTS, ids=name)
def test_learners_of_documents_keep_their_contract(learner: Any, how: dict[str, Any]):
    check_document_learner(learner, **how)


@pytest.mark.parametrize(("learner", "table", "how"), COLUMNS, ids=name)
def test_learners_of_columns_keep_their_contract(learner: Any, table: Any, how: dict[str, Any]):
    check_column_learner(learner, table, **how)


def test_none_is_left_out():
    checked = {type(learner).__name__ for learner, *_ in [*WORDS, *DOCUMENTS, *COLUMNS]}
    checked |= {"DocumentVectors", "Codebook"}
    assert checked == {one for one in firth.__all__ if hasattr(getattr(firth, one), "fit")}
