"""fastText's own file, read and written beside the `fasttext` package itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sample

import firth
from firth.errors import DataError, FormatError
from firth.formats import sniff, write

fasttext = pytest.importorskip("fasttext")

UNSEEN = ["questionable", "жизненный", "東京都", "x", "", "😀", "nobler-than"]
TEXT = "to be or not to be that is the question\nнаука и жизнь 東京 whether tis nobler </s> in the mind\n"


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT * 20, encoding="utf-8")
    return str(path)


def trained(corpus: str, **options: Any) -> Any:
    usual = {"dim": 10, "minCount": 1, "bucket": 500, "epoch": 2, "verbose": 0}
    usual["thread"] = 10  # fewer leave a part of its matrix as it was in memory
    return fasttext.train_unsupervised(corpus, **(usual | options))


def theirs(model: Any, words: list[str]) -> Any:
    return np.array([model.get_word_vector(word) for word in words])


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs", "softmax"])
def test_their_models_have_equal_vectors_here(model: str, loss: str, corpus: str, tmp_path: Path) -> None:
    original, path = trained(corpus, model=model, loss=loss), tmp_path / "model.bin"
    original.save_model(str(path))
    loaded = firth.load(path)
    assert sniff(path).name == "fasttext"
    assert list(loaded.vectors.ids) == original.words
    np.testing.assert_allclose(loaded.vectors.matrix, theirs(original, original.words), atol=1e-5)
    np.testing.assert_allclose(loaded.spaces["subwords"].matrix, original.get_input_matrix()[-500:])
    output = loaded.spaces["nodes" if loss == "hs" else "contexts"]
    rows = len(original.words) - (loss == "hs")  # their last row belongs to no node of the tree
    np.testing.assert_array_equal(output.matrix, original.get_output_matrix()[:rows])
    assert loaded.recipe["learner"] == {"skipgram": "SubwordSkipGram", "cbow": "SubwordCBOW"}[model]
    assert loaded.recipe["buckets"] == 500
    counts = dict(zip(*original.get_words(include_freq=True), strict=True))
    assert dict(zip(loaded.vectors.ids, loaded.vectors.counts.tolist(), strict=True)) == counts


@pytest.mark.parametrize("options", [{}, {"loss": "hs"}, {"minn": 1, "maxn": 2}, {"maxn": 0}])
def test_what_was_read_is_written_back_and_loaded_there(
    options: dict[str, Any], corpus: str, tmp_path: Path
) -> None:
    original = trained(corpus, **options)
    original.save_model(str(tmp_path / "one.bin"))
    write(firth.load(tmp_path / "one.bin"), tmp_path / "two.bin")
    back = fasttext.load_model(str(tmp_path / "two.bin"))
    assert back.words == original.words
    words = original.words + UNSEEN
    np.testing.assert_array_equal(theirs(back, words), theirs(original, words))
    np.testing.assert_array_equal(back.get_output_matrix(), original.get_output_matrix())


def test_buckets_without_a_row_are_zeros_there(tmp_path: Path) -> None:
    model = sample.small_subwords()
    write(model, tmp_path / "model.bin")
    loaded = fasttext.load_model(str(tmp_path / "model.bin"))
    words = list(model.vectors.ids)
    np.testing.assert_allclose(theirs(loaded, words), model.vectors.matrix, atol=1e-6)
    subwords = model.spaces["subwords"]
    expected = np.zeros((11, 5), np.float32)
    expected[list(subwords.ids)] = subwords.matrix
    np.testing.assert_array_equal(loaded.get_input_matrix()[len(words) :], expected)


def test_a_model_without_subwords_becomes_one_without_ngrams(tmp_path: Path) -> None:
    vectors = sample.small()
    write(vectors, tmp_path / "model.bin", format="fasttext")
    loaded = fasttext.load_model(str(tmp_path / "model.bin"))
    np.testing.assert_array_equal(theirs(loaded, list(vectors.ids)), vectors.matrix)
    assert not loaded.get_word_vector("unseen").any()


def test_labels_among_the_words_are_left_out_and_counted(tmp_path: Path) -> None:
    corpus = tmp_path / "labelled.txt"
    corpus.write_text("__label__x to be or not to be\n" * 20, encoding="utf-8")
    trained(str(corpus)).save_model(str(tmp_path / "model.bin"))
    loaded = firth.load(tmp_path / "model.bin")
    assert "__label__x" not in loaded.vectors
    assert loaded.report["labels_left_out"] == 1


def test_words_that_are_no_utf8_are_renamed_and_counted(tmp_path: Path) -> None:
    corpus = tmp_path / "latin.txt"
    corpus.write_bytes("la forêt la fenêtre\n".encode("latin-1") * 20)
    original = trained(str(corpus))
    original.save_model(str(tmp_path / "model.bin"))
    loaded = firth.load(tmp_path / "model.bin")
    assert r"for\xeat" in loaded.vectors
    assert loaded.report["renamed_words"] == 2
    rows = original.get_input_matrix()
    assert np.isfinite(loaded.vectors[r"for\xeat"]).all()
    np.testing.assert_allclose(loaded.spaces["word_rows"].matrix, rows[: len(loaded.vectors)])


def test_the_other_kinds_of_their_models_are_refused_by_name(tmp_path: Path) -> None:
    corpus = tmp_path / "labelled.txt"
    corpus.write_text("__label__x to be or not\n__label__y that is the question\n" * 200, encoding="utf-8")
    options = {"dim": 10, "bucket": 300, "minn": 2, "maxn": 3, "thread": 10, "verbose": 0}
    model = fasttext.train_supervised(str(corpus), **options)
    model.save_model(str(tmp_path / "model.bin"))
    model.quantize()
    model.save_model(str(tmp_path / "model.ftz"))
    for name in ("model.bin", "model.ftz"):
        with pytest.raises(FormatError, match="supervised"):
            firth.load(tmp_path / name)


@pytest.mark.parametrize("options", [{"max_n": 0}, {"min_n": 500, "max_n": 600}])
def test_without_ngrams_there_are_no_buckets(options: dict[str, int], tmp_path: Path) -> None:
    learner = firth.SubwordSkipGram(dim=10, min_count=1, subsample=0, epochs=1, **options)
    model, path = learner.fit([["to", "be", "or", "not"]] * 20), tmp_path / "model.bin"
    write(model, path)
    assert path.stat().st_size < 2000
    loaded = fasttext.load_model(str(path))
    np.testing.assert_allclose(theirs(loaded, ["to", "be"]), model.vectors[["to", "be"]], atol=1e-6)
    assert not loaded.get_word_vector("unseen").any()
    assert not firth.load(path).encode(["unseen"]).any()


@pytest.mark.parametrize("form", [{"mode": "dm", "combine": "concat"}, {"mode": "dbow"}])
def test_contexts_that_are_not_those_of_the_words_are_left_out(form: dict[str, str], tmp_path: Path) -> None:
    learner = firth.DocumentVectors(dim=5, window=2, min_count=1, subsample=0, epochs=1, **form)
    model, path = learner.fit([["to", "be", "or", "not", "to", "be"]] * 9), tmp_path / "model.bin"
    write(model, path, format="fasttext")
    loaded = firth.load(path)
    np.testing.assert_array_equal(loaded.vectors.matrix, model.vectors.matrix)
    assert not loaded.spaces["contexts"].matrix.any()


def test_subwords_without_the_words_own_rows_are_refused(tmp_path: Path) -> None:
    model = sample.small_subwords()
    spaces = {name: vectors for name, vectors in model.spaces.items() if name != "word_rows"}
    with pytest.raises(DataError, match="no space 'word_rows'"):
        write(firth.Model(spaces, recipe=model.recipe), tmp_path / "model.bin")
    assert list(tmp_path.iterdir()) == []
