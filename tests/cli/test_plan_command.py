"""`firth plan`: which codec or index to take, and the recipe of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Vectors, load
from firth.cli.sizes import parse_size
from firth.compress import Float16, Scalar
from firth.errors import OptionError
from firth.index import Exact, planner
from firth.index.candidates import Candidate


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """500 words in 16 dimensions, and a planner of three candidates."""
    few = [
        Candidate(name="Exact", recipe=Exact(), memory=300 * 64, effort=1),
        Candidate(name="Float16", recipe=Float16(), memory=300 * 32, effort=1),
        Candidate(name="Scalar", recipe=Scalar(), memory=300 * 16, effort=1),
    ]
    monkeypatch.setattr(planner, "candidates", lambda _dim, _rows: few)
    rows = np.random.default_rng(0).standard_normal((500, 16)).astype(np.float32)
    path = tmp_path / "words.safetensors"
    Vectors([f"w{i}" for i in range(500)], rows).save(path)
    return path


def test_the_recipe_and_the_picture_are_written(firth: Firth, words: Path, tmp_path: Path):
    pytest.importorskip("matplotlib")
    recipe, picture = tmp_path / "recipe.toml", tmp_path / "frontier.svg"
    out = firth("plan", words, "--recall", "0.9", "--threads", "1", "-o", recipe, "--plot", picture)
    assert out.code == 0, out.err
    lines = [line.split("\t") for line in out.out.splitlines()]
    assert lines[0][:2] == ["best", "what"]
    assert sum(line[0] == "*" for line in lines) == 1
    assert "take Exact: recall@10 1.000" in out.out
    assert "firth index VECTORS --recipe" in out.err
    assert picture.read_text().startswith("<?xml")
    out = firth("index", words, "--recipe", recipe, "-o", tmp_path / "words.index", "--json")
    assert out.code == 0, out.err
    assert out.document["recipe"]["index"] == "Exact"
    assert firth("plan", words, "-o", recipe).code == 1, "a recipe that is there is kept"


def test_a_share_of_the_memory_makes_codes_win(firth: Firth, words: Path, tmp_path: Path):
    recipe = tmp_path / "recipe.toml"
    command = ("plan", words, "--max-memory", "1/3", "--recall", "0.8", "--threads", "1", "--json")
    out = firth(*command, "-o", recipe)
    assert out.code == 0, out.err
    assert out.document["winner"] == "Scalar"
    assert out.document["limits"] == {"recall": 0.8, "memory": 500 * 64 // 3, "latency": None}
    assert 'codec = "Scalar"' in recipe.read_text()
    assert firth("index", words, "--recipe", recipe, "-o", tmp_path / "x.index").code == 2


def test_queries_of_a_file_judge(firth: Firth, words: Path, tmp_path: Path):
    rows = np.random.default_rng(1).standard_normal((50, 16)).astype(np.float32)
    space = load(words).vectors.fingerprint
    Vectors(range(50), rows, fingerprint=space).save(tmp_path / "queries.safetensors")
    out = firth("plan", words, "--queries", tmp_path / "queries.safetensors", "--threads", "1", "--json")
    assert out.code == 0, out.err
    assert {one["n"] for one in out.document["trials"]} == {16}
    Vectors(range(50), rows).save(tmp_path / "others.safetensors")
    assert firth("plan", words, "--queries", tmp_path / "others.safetensors").code == 1


def test_limits_that_nothing_keeps_are_said_so(firth: Firth, words: Path):
    out = firth("plan", words, "--max-memory", "100", "--threads", "1")
    assert out.code == 0, out.err
    assert "nothing is within the limits" in out.out
    assert "are more than" in out.out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--max-memory", "lots"], "a size is written as 50MB, 1.5GiB, 200k"),
        (["--max-memory", "0"], "a size is written as"),
        (["--recall", "95"], "recall is a number above 0 up to 1, not 95"),
        (["--time", "0"], "--time is a number above 0"),
        (["--metric", "l1"], "metric is 'cosine', 'dot' or 'euclidean', not 'l1'"),
        (["--plot", "frontier.bmp"], "a figure ends in .png"),
    ],
)
def test_wrong_usage_is_said_in_a_line(firth: Firth, words: Path, given: list[str], message: str):
    out = firth("plan", words, *given)
    assert out.code == 2
    assert message in out.err


def test_an_index_is_not_planned_again(firth: Firth, words: Path, tmp_path: Path):
    made = tmp_path / "words.index"
    assert firth("index", words, "--kind", "exact", "-o", made).code == 0
    for verb in ("plan", "index"):
        out = firth(verb, made, "-o", tmp_path / "out")
        assert out.code == 2
        assert "is an index already: firth search" in out.err


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("50MB", 50_000_000),
        ("1.5GiB", 3 * 2**29),
        ("200k", 200_000),
        ("300", 300),
        (" 2 kib ", 2048),
        ("1/8", 1000),
        ("12.5%", 1000),
        ("3/8", 3000),
    ],
)
def test_sizes_as_people_write_them(text: str, size: int):
    assert parse_size(text, whole=8000) == size


@pytest.mark.parametrize(
    "text", ["", "MB", "5XB", "-3MB", "1/0", "50%%", "5MB%", "1e3", "nan", "9" * 30 + "GB", "٣MB"]
)
def test_what_is_no_size_is_refused(text: str):
    with pytest.raises(OptionError, match=r"a size is written as 50MB"):
        parse_size(text, whole=8000)
