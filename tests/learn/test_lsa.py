"""Latent semantic analysis, beside scikit-learn's TfidfVectorizer and TruncatedSVD."""

import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

import firth
from firth import datasets
from firth.errors import DataError, OptionError
from firth.learn.lsa import LSA
from firth.run import Run
from firth.testing import learners, topic_world

WORDS: dict[str, Any] = {"lowercase": True, "tokenizer": "words", "min_length": 2}


@pytest.fixture(scope="module")
def lines() -> list[str]:
    with lzma.open(datasets.wiki_text(), "rt", encoding="utf-8") as file:
        return [line for line, _ in zip(file, range(450), strict=False)]


@pytest.mark.parametrize("whiten", [False, True])
def test_documents_are_those_of_scikit_learn(lines: list[str], whiten: bool) -> None:
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    table = vectorizer.fit_transform(lines[:300])
    peer = TruncatedSVD(10, algorithm="arpack")
    expected = peer.fit_transform(table)
    scale = peer.singular_values_ if whiten else 1
    model = LSA(dim=10, sublinear_tf=True, whiten=whiten).fit(firth.read_documents(lines[:300], **WORDS))
    documents = model.spaces["documents"].matrix
    signs = np.sign((documents * expected).sum(axis=0))
    np.testing.assert_allclose(documents * signs, expected / scale, atol=1e-5, rtol=0)
    unseen = [*lines[300:], "", "qqq"]
    np.testing.assert_allclose(
        model.encode(unseen) * signs, peer.transform(vectorizer.transform(unseen)) / scale, atol=1e-5, rtol=0
    )
    np.testing.assert_allclose(
        model.report["explained_variance_ratio"], peer.explained_variance_ratio_, atol=1e-5, rtol=0
    )
    np.testing.assert_allclose(
        model.vectors.meta["singular_values"], peer.singular_values_, atol=1e-4, rtol=0
    )


def test_words_are_the_other_side_of_the_same_directions(lines: list[str]) -> None:
    documents = firth.read_documents(lines[:200], **WORDS)
    weighed = LSA(dim=5).weighting.fit_transform(documents).features
    model = LSA(dim=5).fit(documents)
    values = np.array(model.vectors.meta["singular_values"])
    np.testing.assert_allclose(
        (weighed.matrix.T @ model.vectors.matrix) / values, model.spaces["words"].matrix, atol=1e-4
    )


def test_seen_documents_fold_in_where_they_are_and_after_a_file_too(lines: list[str], tmp_path: Path) -> None:
    documents = firth.read_documents(lines[:200], ids=[f"d{i}" for i in range(200)], **WORDS)
    model = LSA(dim=8).fit(documents, run=Run(threads=2))
    learners.check_round_trip(model)
    model.save(tmp_path / "m.safetensors")
    back = firth.load(tmp_path / "m.safetensors")
    for encoded in (model.encode(documents), back.encode(lines[:200], run=Run(threads=1))):
        assert encoded.dtype == np.float32
        np.testing.assert_allclose(encoded, model.spaces["documents"].matrix, atol=1e-5)
    assert list(model.spaces) == ["documents", "words"]  # as every learner of documents has them
    assert list(model.vectors.ids)[:2] == ["d0", "d1"]


def test_the_contract_of_recipes() -> None:
    learner, world = LSA(dim=20), topic_world()
    learners.check_recipe_is_frozen(learner)
    learners.check_bad_values_are_refused(learner)
    learners.check_empty_input_is_refused(learner)
    model = learner.fit(world.stream(), run=Run(threads=1, progress=False))
    assert set(model.spaces["words"].ids) == world.words
    assert world.agreement(model.spaces["words"]) > 0.8


def test_documents_about_one_thing_are_near_each_other() -> None:
    model = LSA(dim=2).fit(["cat dog", "dog cat cat", "car road", "road car car"])
    documents = model.spaces["documents"]
    assert documents.similarity(0, 1) > 0.9
    assert abs(documents.similarity(0, 2)) < 1e-6


def test_a_document_without_a_known_word_is_a_row_of_zeros() -> None:
    model = LSA(dim=1).fit(["a b", "a c"])
    assert model.encode(["x", "", "a"]).tolist()[:2] == [[0.0], [0.0]]


@pytest.mark.parametrize(
    "texts", [["word"], ["one document of some words"], ["word", "word", "word"], ["a b c"] * 7]
)
def test_what_spans_less_than_dim_is_cut_and_reported(texts: list[str]) -> None:
    model = LSA(dim=50).fit(texts)
    assert (model.report["dim"], model.report["found"], model.vectors.dim) == (50, 1, 1)
    np.testing.assert_allclose(model.spaces["documents"].matrix, np.ones((len(texts), 1)), atol=1e-6)
    assert model.report["explained_variance_ratio"] == [0.0]


def test_bad_options_and_texts_are_refused() -> None:
    for options, message in (
        ({"dim": 0}, "dim is"),
        ({"norm": "l3"}, "norm is"),
        ({"min_df": 0}, "min_df is"),
    ):
        with pytest.raises(OptionError, match=message):
            LSA(**options)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="min_count=5"):
        LSA(min_count=5).fit(["a b"])
