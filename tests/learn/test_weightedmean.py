"""WeightedMean: means with known answers, new documents, files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import firth
from firth import Run, Vectors, Vocabulary, WeightedMean
from firth.errors import DataError, OptionError
from firth.testing import topic_world

RUN = Run(threads=2)
MATRIX = np.array([[1, 0, 0], [1, 2, 0], [5, 5, 1], [0, 1, 4]], np.float32)
WORDS = Vectors(["new", "york", "is", "far"], MATRIX, columns={"counts": np.array([10, 10, 70, 10])})
DOCUMENTS = ["new york is", "far", "nothing known", "", "new new york is far", "is far"]


def expected_means(a: float) -> np.ndarray:
    """The means of DOCUMENTS in float64, word by word."""
    weight = {
        word: a / (a + count / 100) if a else 1.0 for word, count in zip(WORDS.ids, WORDS.counts, strict=True)
    }
    rows = []
    for document in DOCUMENTS:
        known = [word for word in document.split() if word in weight]
        row = [weight[word] * WORDS[word].astype(np.float64) for word in known]
        rows.append(np.mean(row, axis=0) if row else np.zeros(3))
    return np.array(rows)


@pytest.mark.parametrize("a", [0, 1e-3, 0.5])
def test_the_weighted_mean_by_hand(a: float):
    model = WeightedMean(a=a, components=0).fit(DOCUMENTS, words=WORDS, run=RUN)
    np.testing.assert_allclose(model.vectors.matrix, expected_means(a), rtol=1e-5, atol=1e-6)
    assert list(model.spaces) == ["documents", "words"]
    assert model.report["empty_documents"] == 2
    assert model.report["data"]["unknown_tokens"] == 2


@pytest.mark.parametrize("components", [1, 2])
def test_the_common_directions_are_the_first_singular_vectors(components: int):
    model = WeightedMean(a=0.5, components=components).fit(DOCUMENTS, words=WORDS, run=RUN)
    means = expected_means(0.5)
    _, lengths, directions = np.linalg.svd(means)
    top = directions[:components]
    np.testing.assert_allclose(model.vectors.matrix, means - means @ top.T @ top, atol=1e-5)
    found = model.spaces["components"].matrix
    np.testing.assert_allclose(np.abs(found @ top.T), np.eye(components), atol=1e-5)
    share = (lengths[:components] ** 2).sum() / (lengths**2).sum()
    assert model.report["share_taken_out"] == pytest.approx(share)
    assert not model.vectors.matrix[2].any()


def test_new_documents_are_embedded_as_the_old_ones_were_also_from_a_file(tmp_path: Path):
    text = firth.read_documents([line.upper() for line in DOCUMENTS], lowercase=True, ids=list("abcdef"))
    model = WeightedMean(a=0.5).fit(text, words=WORDS, run=RUN)
    assert list(model.vectors.ids) == list("abcdef")
    path = tmp_path / "mean.safetensors"
    model.save(path)
    for one in (model, firth.load(path, verify=True)):
        np.testing.assert_array_equal(one.encode(text), model.vectors.matrix)
        np.testing.assert_array_equal(one.encode([line.title() for line in DOCUMENTS]), model.vectors.matrix)
        np.testing.assert_array_equal(one.encode([["far"], ["unknown"]])[0], model.vectors["b"])
        assert not one.encode([["unknown"]]).any()


def test_the_number_of_threads_changes_nothing():
    text = [f"{a} {b} far" for a in WORDS.ids for b in WORDS.ids] * 2000
    one = WeightedMean().fit(text, words=WORDS, run=Run(threads=1)).vectors
    assert one == WeightedMean().fit(text, words=WORDS, run=Run(threads=3)).vectors


def test_counts_of_a_vocabulary_and_words_that_it_lacks():
    vocabulary = Vocabulary.of({"new": 25, "far": 75})
    model = WeightedMean(a=0.25, components=0).fit(DOCUMENTS, words=WORDS, vocabulary=vocabulary, run=RUN)
    np.testing.assert_allclose(model.spaces["words"].columns["weights"], [0.5, 1, 1, 0.25])
    assert model.report["words_without_count"] == 2


def test_documents_of_one_topic_are_near_each_other():
    world = topic_world()
    words = (
        firth.SkipGram(dim=16, min_count=1, epochs=3, subsample=0)
        .fit(world.stream(), run=Run(threads=1))
        .vectors
    )
    topics = [list(topic) for topic in world.topics]
    random = np.random.default_rng(4)
    documents = [list(random.choice(topic, 6)) for topic in topics for _ in range(10)]
    vectors = WeightedMean().fit(documents, words=words, run=RUN).vectors
    nearest = [hits.ids[0] for hits in vectors.search(list(range(len(documents))), topn=1)]
    assert np.mean([i // 10 == j // 10 for i, j in enumerate(nearest)]) > 0.95


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"a": -1}, "a is a number from 0"),
        ({"a": None}, "a is a number"),
        ({"components": -1}, "components is a whole"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str):
    with pytest.raises(OptionError, match=message):
        WeightedMean(**options)


def test_documents_without_a_known_word_are_refused_where_all_are():
    with pytest.raises(DataError, match="none of the 2 documents has a word with a vector"):
        WeightedMean().fit(["not", "here"], words=WORDS, run=RUN)


def test_no_more_documents_than_components_are_refused():
    with pytest.raises(DataError, match="1 documents of dim 3 have no more directions than components=1"):
        WeightedMean().fit(["new york", "unknown"], words=WORDS, run=RUN)


def test_vectors_without_counts_are_refused_unless_all_words_weigh_the_same():
    bare = Vectors(WORDS.ids, MATRIX)
    with pytest.raises(DataError, match="carry no counts"):
        WeightedMean().fit(DOCUMENTS, words=bare, run=RUN)
    assert len(WeightedMean(a=0).fit(DOCUMENTS, words=bare, run=RUN).vectors) == len(DOCUMENTS)


def test_vectors_that_are_not_finite_or_not_of_words_are_refused():
    bad = Vectors(["x", "y"], [[1.0], [np.nan]], columns={"counts": np.array([1, 1])})
    with pytest.raises(DataError, match="the vector of 'y' holds a number that is infinite or NaN"):
        WeightedMean().fit(["x"], words=bad, run=RUN)
    with pytest.raises(DataError, match="whole numbers"):
        WeightedMean().fit(["x"], words=Vectors([1, 2], [[1.0], [2.0]]), run=RUN)


def test_words_may_be_a_model_and_are_no_path():
    model = firth.Model({"others": Vectors(["a"], [[1.0]]), "words": WORDS})
    found = WeightedMean(a=0.5).fit(DOCUMENTS, words=model, run=RUN)
    expected = WeightedMean(a=0.5).fit(DOCUMENTS, words=WORDS, run=RUN)
    assert found.vectors == expected.vectors
    alone = WeightedMean(a=0.5).fit(DOCUMENTS, words=firth.Model({"vectors": WORDS}), run=RUN)
    assert alone.vectors == expected.vectors
    with pytest.raises(DataError, match=r"words are vectors or a model, not str: firth.load\(path\)"):
        WeightedMean().fit(DOCUMENTS, words="words.safetensors")
