"""train glove: the flags reach the recipe, and a model can be gone on from."""

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

import firth as package
from firth.testing import topic_world


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A tiny world as a text file."""
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(" ".join(sentence) for sentence in topic_world(sentences=300).sentences))
    return path


def test_flags_reach_the_recipe_and_equal_what_python_makes(firth: Firth, corpus: Path, tmp_path: Path):
    output = tmp_path / "out.safetensors"
    flags = "--dim 12 --window 3 --weighting linear --left-only --min-count 2 --x-max 10 --alpha 0.5"
    flags += " --learning-rate 0.02 --epochs 2 --combine both --threads 1 --seed 9"
    done = firth("train", "glove", corpus, "-o", output, *flags.split())
    assert (done.code, done.out) == (0, ""), done.err
    model = package.load(output, verify=True)
    assert list(model.spaces) == ["words", "contexts"]
    learner = package.GloVe(
        dim=12, window=3, weighting="linear", symmetric=False, min_count=2, x_max=10, alpha=0.5,
        learning_rate=0.02, epochs=2, combine="both",
    )  # fmt: skip
    same = learner.fit(corpus, run=package.Run(threads=1, seed=9, progress=False))
    np.testing.assert_array_equal(model.vectors.matrix, same.vectors.matrix)
    assert dict(model.recipe) == dict(same.recipe)


def test_going_on_from_a_model(firth: Firth, corpus: Path, tmp_path: Path):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    small = ("--dim", "8", "--min-count", "1", "--epochs", "2", "--threads", "1")
    assert firth("train", "glove", corpus, "-o", first, *small).code == 0
    done = firth("train", "glove", corpus, "-o", second, *small, "--start", first, "--anchor", "inf")
    assert done.code == 0, done.err
    old, new = package.load(first), package.load(second)
    np.testing.assert_array_equal(old.vectors.matrix, new.vectors.matrix)
    assert new.report["start"]["drift"]["largest"] == 0


def test_a_bad_value_names_the_flag(firth: Firth, corpus: Path, tmp_path: Path):
    done = firth("train", "glove", corpus, "-o", tmp_path / "x.safetensors", "--x-max", "0")
    assert done.code == 2
    assert "x_max" in done.err
