"""Sequences stand for documents only where each of them is one, so that rows and tags are its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from firth import LSA, DocumentVectors, Model, Run, Sequences, TfIdf, Vectors, WeightedMean, read_documents
from firth.errors import DataError

ONE = Run(threads=1, progress=False)
LONG = [["a"] * 12_000, ["b", "c"]]
GAPS = [["a", "b"], [], ["b", "c"]]
RARE = [["a", "b"], ["rare"], ["b", "a"]]
WORDS = Vectors(["a", "b", "c"], np.eye(3), columns={"counts": np.array([5, 3, 1])})


def fits(observations: Any) -> list[Model]:
    """A model of every learner of documents."""
    small: dict[str, Any] = {"dim": 4, "min_count": 1, "subsample": 0, "epochs": 1}
    return [
        DocumentVectors(**small).fit(observations, run=ONE),
        TfIdf().fit(observations),
        LSA(dim=2).fit(observations),
        WeightedMean(components=0).fit(observations, words=WORDS),
    ]


@pytest.mark.parametrize("documents", [LONG, GAPS])
@pytest.mark.parametrize(
    "fit",
    [
        lambda given: DocumentVectors(min_count=1, epochs=1).fit(given, tags=[["x"], ["y"]], run=ONE),
        lambda given: TfIdf().fit_transform(given),
        lambda given: LSA(dim=2).fit(given),
        lambda given: WeightedMean().fit(given, words=WORDS),
    ],
)
def test_pieces_of_lines_are_no_documents(documents: Any, fit: Any):
    with pytest.raises(DataError, match=r"not whole documents: .* firth.read_documents"):
        fit(Sequences.of(documents))


@pytest.mark.parametrize("documents", [LONG, GAPS])
def test_nor_are_they_when_they_are_encoded(documents: Any):
    for model in fits(documents):
        with pytest.raises(DataError, match="not whole documents"):
            model.encode(Sequences.of(documents), run=ONE)
        assert model.encode(read_documents(documents), run=ONE).shape[0] == len(documents)


def test_nor_are_sequences_that_lost_a_line_of_rare_words():
    learner = DocumentVectors(dim=4, min_count=2, subsample=0, epochs=1)
    with pytest.raises(DataError, match="0 lines were split and 1 empty ones left out"):
        learner.fit(Sequences.of(RARE), run=ONE)
    with pytest.raises(DataError, match="1 empty ones left out"):
        learner.fit(Sequences.of(RARE).restrict(min_count=2), run=ONE)
    model = learner.fit(read_documents(RARE), run=ONE)
    assert model.vectors.counts is not None
    assert model.vectors.counts.tolist() == [2, 0, 2]


def test_sequences_of_whole_lines_are_documents():
    sequences = Sequences.of([["a", "b"], ["b", "c"]])
    for model in fits(sequences):
        assert model.encode(sequences, run=ONE).shape[0] == 2
