"""train tfidf, lsa, ppmi and onehot: from text to models that weigh, embed and encode."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calling import Firth

import firth as package

TEXT = "The cat sat.\n\nA dog, a dog!\nThe dog sat on the cat.\n"
READING = ("--lowercase", "--tokenizer", "words", "--min-length", "2")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Four documents, one of them empty."""
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT)
    return path


def test_tfidf(firth: Firth, corpus: Path, tmp_path: Path):
    output = tmp_path / "out.safetensors"
    done = firth(
        "train", "tfidf", corpus, "-o", output, *READING, "--norm", "l1", "--sublinear-tf", "--max-df", "0.5",
        "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["recipe"]["norm"] == "l1"
    assert found["recipe"]["max_df"] == 0.5
    assert found["report"]["empty_documents"] == 1
    model = package.load(output)
    expected = package.TfIdf(norm="l1", sublinear_tf=True, max_df=0.5).fit_transform(
        package.read_documents(corpus, lowercase=True, tokenizer="words", min_length=2)
    )
    assert (model.encode(corpus) != expected.features.matrix).nnz == 0


def test_lsa(firth: Firth, corpus: Path, tmp_path: Path):
    output = tmp_path / "out.safetensors"
    done = firth("train", "lsa", corpus, "-o", output, *READING, "--dim", "2", "--norm", "none", "--whiten")
    assert done.code == 0, done.err
    model = package.load(output)
    assert model.recipe["norm"] is None
    assert list(model.vectors.ids) == [0, 1, 2, 3]
    np.testing.assert_allclose(
        model.encode(TEXT.split("\n")[:4]), model.spaces["documents"].matrix, atol=1e-5
    )


def test_ppmi_and_onehot(firth: Firth, corpus: Path, tmp_path: Path):
    for learner, options, dim in (("ppmi", ("--dim", "2", "--window", "2"), 2), ("onehot", (), 1)):
        output = tmp_path / f"{learner}.safetensors"
        done = firth("train", learner, corpus, "-o", output, *READING, "--min-count", "1", *options)
        assert done.code == 0, done.err
        assert package.load(output).vectors.dim == dim


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--min-df", "many"), "a number of documents, such as 5"),
        (("--min-df", "3"), "none of 5 words is in 3"),
    ],
)
def test_bad_limits_are_refused_in_a_sentence(
    firth: Firth, corpus: Path, tmp_path: Path, options: tuple[str, ...], message: str
):
    done = firth("train", "tfidf", corpus, "-o", tmp_path / "out.vec", *READING, *options)
    assert done.code != 0
    assert message in " ".join(done.err.split())
    assert "Traceback" not in done.err
