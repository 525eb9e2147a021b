"""train docvec: from lines of text to vectors of documents and tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

import firth as package
from firth.testing import document_world

SMALL = ("--dim", "16", "--min-count", "1", "--epochs", "3", "--threads", "1")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A tiny world as a text file, its last line empty."""
    path = tmp_path / "corpus.txt"
    path.write_text("".join(" ".join(document) + "\n" for document in (*document_world().documents, ())))
    return path


def test_documents_are_lines_and_the_model_encodes_new_ones(firth: Firth, corpus: Path, tmp_path: Path):
    out = tmp_path / "documents.safetensors"
    answer = firth("train", "docvec", corpus, "-o", out, *SMALL, "--json")
    assert answer.code == 0
    assert answer.document["report"]["empty_documents"] == 1
    model = package.load(out)
    assert list(model.vectors.ids) == list(range(201))
    assert model.encode(["t0w1 t0w2", "unknown"]).any(axis=1).tolist() == [True, False]


@pytest.mark.parametrize(
    ("options", "spaces"),
    [
        (["--words"], ["documents", "words", "contexts"]),
        (["--mode", "dm", "--combine", "concat", "--window", "2"], ["documents", "words", "contexts"]),
    ],
)
def test_the_options_are_those_of_the_learner(firth: Firth, corpus: Path, tmp_path: Path, options, spaces):
    out = tmp_path / "documents.safetensors"
    assert firth("train", "docvec", corpus, "-o", out, *SMALL, *options).code == 0
    assert list(package.load(out).spaces) == spaces


def test_tags_come_from_a_file(firth: Firth, corpus: Path, tmp_path: Path):
    tags, out = tmp_path / "tags.txt", tmp_path / "documents.safetensors"
    topics = document_world().topics
    tags.write_text("".join(f"topic {t}\teven\n" if t % 2 == 0 else f"odd {t}\n" for t in topics) + "\n")
    assert firth("train", "docvec", corpus, "-o", out, *SMALL, "--tags", tags).code == 0
    found = package.load(out).spaces["tags"]
    assert set(found.ids) == {"topic 0", "topic 2", "topic 4", "even", "odd", "1", "3"}
    assert np.isfinite(found.matrix).all()


def test_tags_that_are_too_few_or_no_text_are_refused(firth: Firth, corpus: Path, tmp_path: Path):
    tags, out = tmp_path / "tags.txt", tmp_path / "documents.safetensors"
    tags.write_text("a\nb\n")
    answer = firth("train", "docvec", corpus, "-o", out, *SMALL, "--tags", tags)
    assert answer.code != 0
    assert "2 lists of tags were given for 201 documents" in answer.err
    tags.write_bytes(b"\xff\n")
    answer = firth("train", "docvec", corpus, "-o", out, *SMALL, "--tags", tags)
    assert answer.code != 0
    assert "is not UTF-8" in answer.err
    assert not out.exists()


def test_tags_are_cut_into_lines_where_the_corpus_is(firth: Firth, tmp_path: Path):
    """Other characters that str.splitlines cuts at would give later documents the tags of others."""
    corpus, tags, out = (tmp_path / name for name in ("corpus.txt", "tags.txt", "documents.safetensors"))
    corpus.write_text("a b\nb c\nc d\n", newline="")
    lines = ["x\u2028y\tz", "\x0bq\x0cr\x85\r", "s\rt\x1c"]
    tags.write_bytes("\ufeff".encode() + "\n".join(lines).encode())
    assert firth("train", "docvec", corpus, "-o", out, *SMALL, "--subsample", "0", "--tags", tags).code == 0
    model = package.load(out)
    found = model.spaces["tags"]
    assert list(found.ids) == ["x\u2028y", "z", "q", "r", "s", "t"]
    tags.write_bytes("\n".join(lines[:2]).encode())
    done = firth("train", "docvec", corpus, "-o", out, *SMALL, "--tags", tags, "--force")
    assert "2 lists of tags were given for 3 documents" in done.err
