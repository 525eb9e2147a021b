"""evaluate, compare, similarity with a set, demo: figures for people and for programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Firth

import firth as package


@pytest.fixture
def grades(tmp_path: Path) -> Path:
    """Five graded pairs of toy words, and one that is unknown."""
    path = tmp_path / "grades.tsv"
    rows = ("king prince 9", "king queen 6", "banana apple 9.5", "king banana 1", "man woman 2", "king xyz 5")
    path.write_text("\n".join(row.replace(" ", "\t") for row in rows) + "\n")
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Two analogy questions of toy words."""
    path = tmp_path / "questions.txt"
    path.write_text(": royalty\nman king woman queen\nking man queen woman\n")
    return path


def test_evaluate_on_sets_of_your_own(firth: Firth, toy_file: Path, grades: Path, questions: Path):
    done = firth("evaluate", toy_file, "--similarity", grades, "--analogies", questions, "--json")
    assert done.code == 0
    assert done.err == ""
    analogies, pairs = done.document["reports"]
    assert analogies["rows"][0]["value"] == 1.0
    assert analogies["rows"][0]["n"] == 2
    assert pairs["rows"][0]["name"] == "spearman"
    assert (pairs["rows"][0]["n"], pairs["rows"][0]["total"]) == (5, 6)
    assert pairs["missing"] == ["xyz"]


def test_evaluate_for_people(firth: Firth, toy_file: Path, grades: Path):
    done = firth("evaluate", toy_file, "--similarity", grades)
    assert "spearman" in done.out
    assert "95 % interval" in done.out
    assert "xyz" in done.out


def test_evaluate_without_a_set_that_fits_is_geometry(firth: Firth, toy_file: Path):
    done = firth("evaluate", toy_file, "--json")
    assert [left["what"] for left in done.document["not_measured"]] == [
        "wordsim353",
        "men",
        "google-analogies",
    ]
    assert "not measured: men: the ids cover" in done.err
    [report] = done.document["reports"]
    assert "mean_cosine" in [row["name"] for row in report["rows"]]


def test_evaluate_on_a_set_without_one_known_word(firth: Firth, toy_file: Path):
    """Figures that cannot be had are null in JSON, never NaN."""
    [report] = firth("evaluate", toy_file, "--set", "men", "--json").document["reports"]
    assert report["rows"][0]["value"] is None


def test_evaluate_shows_what_was_measured_before_what_cannot_be(firth: Firth, toy_file: Path, grades: Path):
    done = firth("evaluate", toy_file, "--set", grades, "--set", "cranfield")
    assert done.code == 1
    assert "spearman" in done.out
    assert "cranfield: a model of" in done.err
    assert "--texts mean" in done.err


def test_restrict(firth: Firth, toy_file: Path, questions: Path):
    few = firth("evaluate", toy_file, "--analogies", questions, "--restrict", 3, "--json").document
    assert few["reports"][0]["rows"][0]["n"] == 0
    every = firth("evaluate", toy_file, "--analogies", questions, "--restrict", 0, "--json").document
    assert every["reports"][0]["rows"][0]["n"] == 2
    chosen = questions.with_suffix(".toml")
    chosen.write_text(f'[[task]]\nset = "{questions.name}"\n')
    in_file = firth("evaluate", toy_file, "--task", chosen, "--restrict", 3, "--json").document
    assert in_file["reports"][0]["rows"][0]["n"] == 0


def test_similarity_with_a_set(firth: Firth, toy_file: Path, grades: Path):
    [report] = firth("similarity", toy_file, grades, "--json").document["reports"]
    assert report["rows"][0]["total"] == 6


@pytest.mark.parametrize("verb", ["evaluate", "compare"])
def test_each_set_is_read_as_what_it_is_given_as(firth: Firth, toy_file: Path, tmp_path: Path, verb: str):
    """Four words a line could be taken for questions, and a colon for the start of a section."""
    odd = tmp_path / "odd.txt"
    odd.write_text("one two three four\n")
    files = (toy_file,) if verb == "evaluate" else (toy_file, toy_file)
    assert "holds no graded pairs" in firth(verb, *files, "--similarity", odd).err
    odd.write_text(": x\t: y\t3\n: a\t: b\t4\n")
    done = firth(verb, *files, "--similarity", odd, "--json")
    assert done.code == 0, done.err
    assert done.document["reports"][0]["rows"][0]["total"] == 2


def test_a_damaged_set_fails_with_its_line(firth: Firth, toy_file: Path, tmp_path: Path):
    bad = tmp_path / "bad.tsv"
    bad.write_text("king\tqueen\t5\nking\n")
    done = firth("evaluate", toy_file, "--similarity", bad)
    assert done.code == 1
    assert "line 2" in done.err
    assert str(bad) in done.err


def test_the_demo_does_the_whole_way(firth: Firth, tmp_path: Path):
    output = tmp_path / "demo.safetensors"
    done = firth("demo", "--dim", 32, "--epochs", 1, "-o", output, "--quiet", "--json")
    assert done.code == 0, done.err
    assert done.err == ""
    assert [row["word"] for row in done.document["neighbours"]][:2] == ["france", "physics"]
    pairs = done.document["reports"][1]["rows"][0]
    assert pairs["value"] > 0.2
    assert pairs["coverage"] > 0.8
    assert len(package.load(output, verify=True).vectors) > 10_000


def test_the_demo_shows_and_tells_what_next(firth: Firth, tmp_path: Path):
    output = tmp_path / "my demo.safetensors"
    done = firth("demo", "--dim", 16, "--epochs", 1, "-o", output)
    assert done.code == 0, done.err
    assert "france : paris = japan : ?\t" in done.out
    assert f"firth similar '{output}' einstein london" in done.err
    assert firth("demo", "-o", output).code == 1  # and does not overwrite what it made
