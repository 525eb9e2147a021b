"""A small file of vectors with known neighbours, and the command line called in-process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth, Outcome

from firth import Vectors
from firth.cli.main import main


@pytest.fixture
def firth(capsys: pytest.CaptureFixture[str]) -> Firth:
    """Run a command as `firth(...)` and get its exit code and what it wrote."""

    def run(*words: object) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def toy() -> Vectors:
    """Eight words in three dimensions: royalty, gender, and something else."""
    rows = {
        "king": (1, 1, 0),
        "queen": (1, -1, 0),
        "man": (0, 1, 0),
        "woman": (0, -1, 0),
        "prince": (0.9, 1, 0.1),
        "banana": (0, 0, 1),
        "apple": (0.1, 0, 1),
        "nothing": (0, 0, 0),
    }
    matrix = np.array(list(rows.values()), np.float32)
    return Vectors(list(rows), matrix, columns={"counts": np.arange(len(rows), 0, -1)})


@pytest.fixture
def toy_file(toy: Vectors, tmp_path: Path) -> Path:
    """The toy vectors as a Firth file."""
    path = tmp_path / "toy.safetensors"
    toy.save(path)
    return path
