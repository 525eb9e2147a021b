"""report, and the choice of tasks of evaluate."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Vectors


@pytest.fixture
def words_file(tmp_path: Path) -> Path:
    """Thirty words with counts."""
    rows = np.random.default_rng(3).standard_normal((30, 6))
    path = tmp_path / "words.safetensors"
    Vectors([f"w{i}" for i in range(30)], rows, columns={"counts": np.arange(30, 0, -1)}).save(path)
    return path


@pytest.fixture
def grades(tmp_path: Path) -> Path:
    """Twenty graded pairs, one with an unknown word."""
    path = tmp_path / "grades.tsv"
    path.write_text("".join(f"w{i}\tw{i + 5}\t{i % 7}\n" for i in range(19)) + "w1\tnone\t3\n")
    return path


@pytest.fixture
def chosen(tmp_path: Path, grades: Path) -> Path:
    """Tasks in TOML."""
    path = tmp_path / "tasks.toml"
    path.write_text(f'[[task]]\nset = "{grades.name}"\ncase = "exact"\n')
    return path


def test_a_report_in_each_form(firth: Firth, words_file: Path, grades: Path, tmp_path: Path):
    outputs = [tmp_path / f"report{suffix}" for suffix in (".html", ".md", ".json")]
    options = [word for path in outputs for word in ("-o", path)]
    done = firth("report", words_file, "--similarity", grades, "--points", 10, *options)
    assert done.code == 0, done.err
    assert done.out == ""
    assert "similarity: grades" in done.err
    page, markdown, document = (path.read_text(encoding="utf-8") for path in outputs)
    assert page.startswith("<!doctype html>")
    assert markdown.startswith("# words.safetensors")
    assert json.loads(document)["tasks"][0]["report"]["rows"][0]["total"] == 20
    assert json.loads(document)["headline"] in done.err


def test_without_an_output_it_goes_to_stdout(firth: Firth, words_file: Path, chosen: Path):
    done = firth("report", words_file, "--task", chosen, "--points", 10, "-q")
    assert done.code == 0, done.err
    assert done.err == ""
    assert "## Are these vectors any good?" in done.out
    document = firth("report", words_file, "--task", chosen, "--points", 10, "-q", "--json").document
    assert document["schema"] == "firth.report/1"
    assert document["tasks"][0]["kind"] == "similarity"


def test_beside_another_file(firth: Firth, words_file: Path, toy_file: Path, grades: Path):
    words = (
        "report",
        words_file,
        "--against",
        toy_file,
        "--similarity",
        grades,
        "--points",
        10,
        "--json",
        "-q",
    )
    document = firth(*words).document
    assert document["other"]["name"] == "toy.safetensors"
    assert document["comparison"]["rows"][0]["n"] == 0
    again = firth("report", words_file, "--against", words_file, "--similarity", grades, "--points", 10, "-q")
    assert again.code == 0, again.err
    assert "not told apart by this data" in again.out


def test_no_file_is_written_over_and_none_is_begun_in_vain(
    firth: Firth, words_file: Path, grades: Path, tmp_path: Path
):
    output = tmp_path / "report.html"
    output.write_text("mine")
    done = firth("report", words_file, "--similarity", grades, "-o", output)
    assert done.code == 1
    assert "is there already; --force overwrites it" in done.err
    assert "similarity: grades" not in done.err
    assert output.read_text() == "mine"
    assert firth("report", words_file, "--similarity", grades, "-o", output, "--force", "-q").code == 0
    assert output.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "grades.tsv",
        "report.html",
        "words.safetensors",
    ]


def test_wrong_usage_of_report(firth: Firth, words_file: Path, tmp_path: Path):
    done = firth("report", words_file, "-o", tmp_path / "report.pdf")
    assert done.code == 2
    assert "a report ends in .html, .md or .json" in done.err
    done = firth("report", words_file, "-o", tmp_path / "a.html", "-o", tmp_path / "a.html")
    assert (done.code, "named twice" in done.err) == (2, True)
    done = firth("report", words_file, "--layout", "umap", "-q")
    assert (done.code, "layout is 'pca' or 'tsne', not 'umap'" in done.err) == (2, True)
    done = firth("report", words_file, "--set", "wordsim", "-q")
    assert (done.code, "did you mean 'wordsim353'" in done.err) == (1, True)


def test_evaluate_on_a_set_of_any_kind(firth: Firth, words_file: Path, grades: Path, tmp_path: Path):
    classes = tmp_path / "classes.csv"
    classes.write_text("word,category\n" + "".join(f"w{i},{'ab'[i % 2]}\n" for i in range(20)))
    document = firth("evaluate", words_file, "--set", grades, "--set", classes, "--json").document
    pairs, clusters = document["reports"]
    assert pairs["rows"][0]["name"] == "spearman"
    assert (pairs["rows"][0]["n"], pairs["rows"][0]["total"]) == (19, 20)
    assert clusters["rows"][0]["total"] == 20


def test_word_vectors_on_sentences(firth: Firth, words_file: Path, tmp_path: Path):
    texts = tmp_path / "texts.tsv"
    lines = [f"w{i} w{i + 1}\tthe w{i + 2}\t{i % 5}" for i in range(10)]
    texts.write_text("\n".join(["sentence1\tsentence2\tscore", *lines]) + "\n")
    [report] = firth("evaluate", words_file, "--set", texts, "--texts", "mean", "--json").document["reports"]
    assert report["rows"][0]["n"] == 10
    assert "mean of those of its words" in report["notes"][0]
    done = firth("report", words_file, "--set", texts, "--texts", "mean", "--points", 10, "-q", "--json")
    assert done.document["tasks"][0]["kind"] == "sentences"
    assert done.document["tasks"][0]["set"]["name"] == "texts"
    done = firth("evaluate", words_file, "--texts", "sum")
    assert (done.code, "texts is 'mean'" in done.err) == (2, True)


def test_evaluate_as_a_toml_file_says(firth: Firth, words_file: Path, chosen: Path):
    document = firth("evaluate", words_file, "--task", chosen, "--json").document
    [report] = document["reports"]
    assert report["rows"][0]["n"] == 19
    chosen.write_text(chosen.read_text().replace("case", "cse"))
    done = firth("evaluate", words_file, "--task", chosen)
    assert done.code == 2
    assert "task 1: " in done.err
    assert "did you mean 'case'" in done.err


def test_evaluate_what_has_no_words(firth: Firth, tmp_path: Path):
    path = tmp_path / "rows.safetensors"
    Vectors(range(30), np.random.default_rng(1).standard_normal((30, 4))).save(path)
    done = firth("evaluate", path, "--json")
    assert done.code == 0, done.err
    assert "whole numbers" in done.err
    [report] = done.document["reports"]
    assert "mean_cosine" in [row["name"] for row in report["rows"]]
