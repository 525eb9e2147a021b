"""TF-IDF, beside scikit-learn's TfidfVectorizer."""

import itertools
import logging
import lzma
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

import firth
from firth import datasets
from firth.errors import DataError, OptionError
from firth.learn.tfidf import TfIdf
from firth.run import Run
from firth.testing import learners

WORDS: dict[str, Any] = {"lowercase": True, "tokenizer": "words", "min_length": 2}
TEXTS = [
    "The cat sat on the mat.", "", "The dog, the DOG and the cat!", "Ein Café, ein Café ΑΣ'Α",
    "a b c", "mat mat mat mat mat dog", "On and on and on.",
]  # fmt: skip


def in_order(vectorizer: TfidfVectorizer, features: Any, table: Any) -> Any:
    """The columns of a matrix of scikit-learn's in the order of our names."""
    assert set(vectorizer.vocabulary_) == set(features.names)
    return table[:, [vectorizer.vocabulary_[name] for name in features.names]].toarray()


@pytest.mark.parametrize(
    ("norm", "use_idf", "smooth_idf", "sublinear_tf"),
    list(itertools.product(["l2", "l1", None], [True, False], [True, False], [True, False])),
)
def test_weights_are_those_of_scikit_learn(
    norm: Any, use_idf: bool, smooth_idf: bool, sublinear_tf: bool
) -> None:
    options: dict[str, Any] = {
        "norm": norm, "use_idf": use_idf, "smooth_idf": smooth_idf, "sublinear_tf": sublinear_tf,
    }  # fmt: skip
    vectorizer = TfidfVectorizer(**options)
    expected = vectorizer.fit_transform(TEXTS)
    model, features = TfIdf(**options).fit_transform(firth.read_documents(TEXTS, **WORDS))
    np.testing.assert_allclose(
        features.matrix.toarray(), in_order(vectorizer, features, expected), atol=1e-5, rtol=0
    )
    unseen = ["the mat and nothing known", "cat CAT dog", "unknown", ""]
    np.testing.assert_allclose(
        model.encode(unseen).toarray(),
        in_order(vectorizer, features, vectorizer.transform(unseen)),
        atol=1e-5, rtol=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "limits",
    [
        {"min_df": 2},
        {"max_df": 2},
        {"min_df": 0.25},
        {"max_df": 0.3},
        {"min_df": 2, "max_df": 0.5},
        {"max_df": 1},
    ],
)
def test_limits_of_document_frequency_are_those_of_scikit_learn(limits: dict[str, Any]) -> None:
    vectorizer = TfidfVectorizer(**limits)
    expected = vectorizer.fit_transform(TEXTS)
    features = TfIdf(**limits).fit_transform(firth.read_documents(TEXTS, **WORDS)).features
    np.testing.assert_allclose(
        features.matrix.toarray(), in_order(vectorizer, features, expected), atol=1e-5, rtol=0
    )


def test_the_most_frequent_words_stay_after_the_other_limits() -> None:
    texts = ["a a a b b c", "a d", "b c c d", "a e"]
    vectorizer = TfidfVectorizer(max_df=2, max_features=2, token_pattern=r"\w")
    expected = vectorizer.fit_transform(texts)
    features = TfIdf(max_df=2, max_features=2).fit_transform(texts).features
    assert list(features.names) == ["b", "c"]  # "a" is too common
    np.testing.assert_allclose(features.matrix.toarray(), in_order(vectorizer, features, expected), atol=1e-5)


def test_real_text_on_any_number_of_threads() -> None:
    with lzma.open(datasets.wiki_text(), "rt", encoding="utf-8") as file:
        lines = [line for line, _ in zip(file, range(6000), strict=False)]  # more than one part
    vectorizer = TfidfVectorizer(sublinear_tf=True)
    expected = vectorizer.fit_transform(lines)
    documents = firth.read_documents(lines, **WORDS)
    one, three = (TfIdf(sublinear_tf=True).fit_transform(documents, run=Run(threads=n)) for n in (1, 3))
    ours, same = one.features.matrix, three.features.matrix
    assert np.array_equal(ours.indices, same.indices)
    assert np.array_equal(ours.data, same.data)
    columns = [vectorizer.vocabulary_[name] for name in one.features.names]
    assert abs(expected[:, columns] - ours).max() < 1e-5
    assert ours.has_sorted_indices
    again = one.model.encode(documents, run=Run(threads=2))
    assert np.array_equal(ours.data, again.data)


def test_a_model_is_complete_and_comes_back_from_a_file(tmp_path: Path) -> None:
    model = TfIdf().fit(firth.read_documents(TEXTS, **WORDS))
    learners.check_round_trip(model)
    words = model.vectors
    assert words.columns["documents"][words.rows(["the", "on"])].tolist() == [2, 2]
    assert words.counts is not None
    assert words.counts[words.rows(["the", "on"])].tolist() == [5, 4]
    assert model.report["empty_documents"] == 2
    model.save(tmp_path / "m.safetensors")
    back = firth.load(tmp_path / "m.safetensors")
    for texts in (TEXTS, [["cat", "unknown"]], firth.read_documents(["cat the"])):
        assert (back.encode(texts) != model.encode(texts)).nnz == 0
    assert back.encode(TEXTS).sum() > 3


def test_the_contract_of_recipes() -> None:
    learners.check_recipe_is_frozen(TfIdf())
    learners.check_bad_values_are_refused(TfIdf())
    learners.check_empty_input_is_refused(TfIdf())


def test_documents_without_a_known_word_are_rows_of_zeros_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model = TfIdf().fit(["a b", "a c"])
    with caplog.at_level(logging.INFO, "firth"):
        found = model.encode(["x y", "", "a x"])
    assert np.diff(found.indptr).tolist() == [0, 0, 1]
    assert "3 documents, 2 without a known word; 3 tokens are unknown" in caplog.text


def test_one_document_and_one_word() -> None:
    model, features = TfIdf().fit_transform(["word"])
    assert features.matrix.toarray().tolist() == [[1.0]]
    assert model.vectors.matrix.tolist() == [[1.0]]


def test_ids_of_documents_are_the_ids_of_features() -> None:
    features = TfIdf().fit_transform(firth.read_documents(["a", "b a"], ids=["x", "y"])).features
    assert list(features.ids) == ["x", "y"]
    assert features.take(["y"]).matrix.nnz == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"norm": "L2"}, "norm is 'l2', 'l1' or None, not 'L2'"),
        ({"min_df": 0}, "min_df is a whole number from 1"),
        ({"max_df": 1.5}, "max_df is a number from 0 to 1, not 1.5"),
        ({"use_idf": 1}, "use_idf is True or False"),
        ({"max_features": 0}, "max_features is a whole number from 1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        TfIdf(**options)


def test_limits_that_leave_no_word_say_so() -> None:
    with pytest.raises(OptionError, match="min_df=500 is more than the 3 documents that there are"):
        TfIdf(min_df=500).fit(["a b", "a", "b"])
    with pytest.raises(OptionError, match="max_df=1 of 3 documents is fewer than min_df=2"):
        TfIdf(min_df=2, max_df=1).fit(["a b", "a", "b"])
    with pytest.raises(DataError, match=r"none of 2 words is in 3 to 3 of 3 documents; the most .* in 2"):
        TfIdf(min_df=3).fit(["a b", "a", "b"])
    with pytest.raises(DataError, match="min_count=9"):
        TfIdf(min_count=9).fit(["a b", "a", "b"])
