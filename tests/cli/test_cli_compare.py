"""compare: figures side by side, differences with verdicts, size and speed, and neighbours in common."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Model, Vectors


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


@pytest.fixture
def noise_files(toy: Vectors, tmp_path: Path) -> tuple[Path, Path]:
    """Random vectors of the toy words, and the same turned around."""
    noise = np.random.default_rng(5).standard_normal((len(toy), 3)).astype(np.float32)
    files = tmp_path / "noise.safetensors", tmp_path / "turned.safetensors"
    Vectors(toy.ids, noise).save(files[0])
    Vectors(toy.ids, -noise).save(files[1])
    return files


def test_figures_differences_and_verdicts(
    firth: Firth, toy_file: Path, noise_files: tuple[Path, Path], grades: Path, questions: Path
):
    noise, turned = noise_files
    words = ("compare", noise, toy_file, turned, "--similarity", grades, "--analogies", questions)
    document = firth(*words, "--json").document
    assert document["files"] == [str(noise), str(toy_file), str(turned)]
    standings, differences = document["reports"]
    assert [row["space"] for row in standings["rows"]] == 2 * document["files"]
    assert [row["space"] for row in differences["rows"]] == 2 * [str(toy_file), str(turned)]
    for row in differences["rows"]:
        assert {"value", "low", "high", "p", "p_adjusted", "detectable", "verdict"} <= set(row)
    assert [row["value"] for row in differences["rows"][1::2]] == [
        0,
        0,
    ]  # cosines do not see a change of sign
    done = firth(*words)
    assert done.err == ""
    assert f"differences from {noise}" in done.out
    assert "not told apart by this data" in done.out
    assert f"{turned} beside {noise}: not told apart on questions (accuracy), grades (spearman)" in done.out


def test_any_set_baseline_and_every_pair(
    firth: Firth, toy_file: Path, noise_files: tuple[Path, Path], grades: Path, questions: Path
):
    noise, turned = noise_files
    words = ("compare", noise, toy_file, turned, "--set", grades, "--set", questions, "--json")
    from_toy = firth(*words, "--baseline", toy_file).document["reports"][1]
    assert from_toy["baseline"] == str(toy_file)
    assert {row["space"] for row in from_toy["rows"]} == {str(noise), str(turned)}
    every = firth(*words, "--every-pair", "--all-figures", "--correction", "none").document["reports"][1]
    assert every["correction"] == "none"
    assert {row["figure"] for row in every["rows"]} == {"spearman", "pearson", "accuracy", "royalty"}
    assert len({(row["baseline"], row["space"]) for row in every["rows"]}) == 3


def test_restrict(firth: Firth, toy_file: Path, noise_files: tuple[Path, Path], questions: Path):
    for restrict, n in ((3, 0), (0, 2)):
        words = ("compare", toy_file, noise_files[0], "--set", questions, "--restrict", restrict, "--json")
        assert firth(*words).document["reports"][1]["rows"][0]["n"] == n


def test_pareto_and_stability(
    firth: Firth, toy_file: Path, noise_files: tuple[Path, Path], grades: Path, tmp_path: Path
):
    large = tmp_path / "large.safetensors"
    rng = np.random.default_rng(1)
    Vectors([f"w{i}" for i in range(30)], rng.standard_normal((30, 3))).save(large)
    words = ("compare", toy_file, noise_files[0], "--similarity", grades, "--pareto", "--json")
    pareto = firth(*words).document["reports"][2]
    assert [row["bytes"] for row in pareto["rows"]] == [96, 96]
    assert {row["space"] for row in pareto["rows"]} == {str(toy_file), str(noise_files[0])}
    words = ("compare", large, large, "--similarity", grades, "--stability", "--json")
    agreement = firth(*words).document["reports"][2]
    assert (agreement["rows"][0]["name"], agreement["rows"][0]["value"]) == ("overlap@10", 1.0)


def test_stability_looks_at_shared_ids_and_stops_nothing_else(
    firth: Firth, toy_file: Path, grades: Path, tmp_path: Path
):
    toy = Vectors.load(toy_file)
    few, other = tmp_path / "few.safetensors", tmp_path / "other.safetensors"
    ids = [*list(toy.ids)[:3], *(f"x{i}" for i in range(20))]
    for path, names in ((few, ids), (other, [f"y{i}" for i in range(23)])):
        Vectors(names, np.random.default_rng(1).standard_normal((23, 3))).save(path)
    words = ("compare", toy_file, "--similarity", grades, "--stability", "--json")
    assert firth(*words, few).document["reports"][2]["rows"][0]["name"] == "overlap@2"
    reports = firth(*words, other).document["reports"]
    assert (len(reports[0]["rows"]), reports[2]["rows"]) == (2, [])
    assert reports[2]["notes"] == [
        "not measured: no id is in all of the runs; runs of one recipe on one corpus share theirs"
    ]


def test_a_model_of_subwords_makes_words_that_it_never_saw(firth: Firth, tmp_path: Path, grades: Path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("king prince queen banana apple man woman\n" * 30)
    model, plain = tmp_path / "pieces.safetensors", tmp_path / "plain.safetensors"
    options = ("--dim", 4, "--epochs", 1, "--min-count", 1, "--buckets", 100, "--subsample", 0, "--quiet")
    assert firth("train", "subword", corpus, "-o", model, *options).code == 0
    words = Vectors.load(model)
    Model({"words": words}).save(plain)
    standings, differences = firth("compare", plain, model, "--set", grades, "--json").document["reports"]
    assert [row["n"] for row in standings["rows"]] == [5, 6]  # xyz is made from its n-grams
    assert differences["rows"][0]["n"] == 5


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--baseline", "other.bin"), 2, "--baseline other.bin is none of the files"),
        (("--correction", "sidak"), 2, "correction is 'holm', 'benjamini-hochberg', 'none', not 'sidak'"),
        (("--seed", "-1"), 2, "seed"),
        (("--set", "nowhere.txt"), 1, "nowhere.txt"),
    ],
)
def test_what_is_refused(firth: Firth, toy_file: Path, words: tuple[str, ...], code: int, message: str):
    done = firth("compare", toy_file, toy_file, *words)
    assert done.code == code
    assert message in done.err
    assert done.out == ""
