"""encode: documents and words that come after training, from files and from stdin, into files."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from calling import Firth
from scipy.sparse import csr_array

import firth as package
from firth import Features, Model, Run, Vectors
from firth.testing import document_world

READING = {"lowercase": True, "tokenizer": "words"}
NEW = "The t0w1 T0W2!\n\nno such word, surely\nt1w1 t1w2 t1w1\n"
ONE = Run(threads=1, progress=False)


@pytest.fixture
def documents() -> package.Sequences:
    """A tiny world, read as text."""
    return package.read_documents([" ".join(one) for one in document_world().documents], **READING)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Four new documents, one empty and one of unknown words alone."""
    path = tmp_path / "new.txt"
    path.write_text(NEW)
    return path


def saved(model: Model, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    model.save(path)
    return path


def docvec(documents: package.Sequences) -> Model:
    return package.DocumentVectors(dim=8, min_count=1, epochs=2).fit(documents, run=ONE)


def lsa(documents: package.Sequences) -> Model:
    return package.LSA(dim=4).fit(documents, run=ONE)


def weighted(documents: package.Sequences) -> Model:
    words = package.LSA(dim=4).fit(documents, run=ONE).spaces["words"]
    return package.WeightedMean(components=1).fit(documents, words=words, run=ONE)


def subwords(documents: package.Sequences) -> Model:
    learner = package.SubwordSkipGram(dim=8, min_count=1, epochs=1, buckets=1000)
    return learner.fit(documents, run=ONE)


@pytest.mark.parametrize("train", [docvec, lsa, weighted])
def test_documents_are_numbered_by_line_and_encoded_as_by_the_model(
    firth: Firth, documents: package.Sequences, new: Path, tmp_path: Path, train
):
    model, out = train(documents), tmp_path / "new.safetensors"
    done = firth("encode", saved(model, tmp_path), new, "-o", out, "--json")
    assert done.code == 0, done.err
    found = Vectors.load(out)
    np.testing.assert_array_equal(found.matrix, model.encode(new, run=Run(seed=1)))
    assert list(found.ids) == [0, 1, 2, 3]
    assert found.matrix.any(axis=1).tolist() == [True, False, False, True]
    assert done.document["ids"] == 4
    assert done.document["dim"] == found.dim
    assert "4 documents, 2 without a known word" in done.err


@pytest.mark.parametrize("suffix", [".vec", ".npy", ".tsv", ".glove", ".bin"])
def test_the_suffix_chooses_the_format(
    firth: Firth, documents: package.Sequences, new: Path, tmp_path: Path, suffix: str
):
    model, out = lsa(documents), tmp_path / f"new{suffix}"
    assert firth("encode", saved(model, tmp_path), new, "-o", out, "-q").err == ""
    np.testing.assert_allclose(Vectors.load(out).matrix, model.encode(new), atol=1e-6)


def test_tfidf_gives_features_named_by_line_and_word(
    firth: Firth, documents: package.Sequences, new: Path, tmp_path: Path
):
    model, out = package.TfIdf().fit(documents), tmp_path / "new.features"
    path = saved(model, tmp_path)
    done = firth("encode", path, new, "-o", out)
    assert done.code == 0, done.err
    found = Features.load(out, verify=True)
    assert (csr_array(found.matrix) != model.encode(new)).nnz == 0
    assert list(found.ids) == [0, 1, 2, 3]
    assert found.names == model.vectors.ids
    refused = firth("encode", path, new, "-o", tmp_path / "new.npy")
    assert refused.code != 0
    assert "named columns and may be sparse, which .npy cannot hold" in refused.err
    again = firth("encode", path, new, "-o", out)
    assert "--force overwrites it" in again.err
    assert firth("encode", path, new, "-o", out, "--force").code == 0


def test_words_of_a_model_of_subwords_are_lines_and_their_own_ids(
    firth: Firth, documents: package.Sequences, tmp_path: Path
):
    model, words, out = subwords(documents), tmp_path / "words.gz", tmp_path / "words.vec"
    words.write_bytes(gzip.compress("t0w1\n\nnever seen\u2028before\nt0w1\r\nt1wx".encode()))
    path = saved(model, tmp_path)
    done = firth("encode", path, words, "-o", tmp_path / "words.safetensors")
    assert done.code == 0, done.err
    found = Vectors.load(tmp_path / "words.safetensors")
    assert list(found.ids) == ["t0w1", "never seen\u2028before", "t1wx"]
    np.testing.assert_array_equal(found.matrix, model.encode(list(found.ids)))
    refused = firth("encode", path, words, "-o", out)
    assert refused.code != 0
    assert not out.exists()
    words = tmp_path / "latin.txt"
    words.write_bytes(b"\xff\n")
    assert "is not UTF-8" in firth("encode", path, words, "-o", out).err


def test_stdin_is_read_where_no_file_is_named(
    firth: Firth, documents: package.Sequences, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, out = saved(lsa(documents), tmp_path), tmp_path / "new.npy"
    for more in ((), ("-",)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NEW.encode())))
        assert firth("encode", path, *more, "-o", out, "--force").code == 0
        assert len(Vectors.load(out)) == 4


def test_the_files_of_a_folder_are_documents_under_their_names(
    firth: Firth, documents: package.Sequences, tmp_path: Path
):
    folder, out = tmp_path / "texts", tmp_path / "new.safetensors"
    folder.mkdir()
    (folder / "b.txt").write_text("t1w1\nt1w2")
    (folder / "a.txt").write_text("t0w1 t0w2")
    model = lsa(documents)
    assert firth("encode", saved(model, tmp_path), folder, "-o", out).code == 0
    found = Vectors.load(out)
    assert list(found.ids) == ["a.txt", "b.txt"]
    np.testing.assert_array_equal(found.matrix, model.encode(["t0w1 t0w2", "t1w1 t1w2"]))


def test_seed_and_epochs_reach_document_vectors_alone(
    firth: Firth, documents: package.Sequences, new: Path, tmp_path: Path
):
    model, out = docvec(documents), tmp_path / "new.safetensors"
    path = saved(model, tmp_path)
    assert firth("encode", path, new, "-o", out, "--seed", 5, "--epochs", 3).code == 0
    np.testing.assert_array_equal(Vectors.load(out).matrix, model.encode(new, epochs=3, run=Run(seed=5)))
    lsa(documents).save(path, force=True)
    refused = firth("encode", path, new, "-o", tmp_path / "other.vec", "--epochs", 3)
    assert refused.code != 0
    assert "--epochs is for a model of docvec" in refused.err


def test_what_cannot_be_encoded_says_so_in_a_line(
    firth: Firth, documents: package.Sequences, new: Path, toy_file: Path, tmp_path: Path
):
    out = tmp_path / "new.vec"
    lists = tmp_path / "lists.safetensors"
    package.LSA(dim=1).fit([["a", "b"], ["a"]]).save(lists)
    path = saved(lsa(documents), tmp_path)
    for words, message in (
        ((toy_file, new), "a model of a foreign file holds vectors only for what it was trained on"),
        ((lists, new), "were made before they came here"),
        ((path, tmp_path / "missing.txt"), "there is no file"),
        ((tmp_path / "missing.model", new), "missing.model"),
    ):
        done = firth("encode", *words, "-o", out)
        assert done.code == 1
        assert message in done.err
        assert "Traceback" not in done.err
        assert not out.exists()


@pytest.mark.parametrize("train", [docvec, lsa, weighted, subwords])
def test_an_empty_file_gives_no_rows(firth: Firth, documents: package.Sequences, tmp_path: Path, train):
    empty, out = tmp_path / "empty.txt", tmp_path / "new.safetensors"
    empty.write_text("")
    done = firth("encode", saved(train(documents), tmp_path), empty, "-o", out)
    assert done.code == 0, done.err
    assert len(Vectors.load(out)) == 0
    assert "0 rows of" in done.err
