"""Every learner of Firth keeps the contract of its kind; for `DocumentVectors` see learn/test_docvec.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import firth
from firth import CBOW, LSA, PPMI, GloVe, Model, OneHot, Run, SkipGram, SubwordCBOW, SubwordSkipGram, TfIdf
from firth.testing import check_document_learner, check_learner, topic_world

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


def test_none_is_left_out():
    checked = {type(learner).__name__ for learner, _ in WORDS + DOCUMENTS} | {"DocumentVectors"}
    assert checked == {one for one in firth.__all__ if hasattr(getattr(firth, one), "fit")}
