"""`firth index`: vectors to an index in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Vectors
from firth.index import load


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """400 words in eight dimensions."""
    rows = np.random.default_rng(0).standard_normal((400, 8)).astype(np.float32)
    path = tmp_path / "words.safetensors"
    Vectors([f"w{i}" for i in range(400)], rows).save(path)
    return path


def test_an_index_is_built_by_kind_and_options(firth: Firth, words: Path, tmp_path: Path):
    path = tmp_path / "words.index"
    out = firth(
        "index", words, "-o", path, "--kind", "ivf", "--set", "lists=8", "--metric", "euclidean", "--json"
    )
    assert out.code == 0, out.err
    assert (out.document["recipe"]["index"], out.document["recipe"]["lists"]) == ("IVF", 8)
    assert (out.document["rows"], out.document["metric"], out.document["tuned"]) == (400, "euclidean", None)
    assert out.document["bytes"] == path.stat().st_size
    assert load(path).metric == "euclidean"


def test_rows_without_a_direction_are_told(firth: Firth, toy_file: Path, tmp_path: Path):
    out = firth("index", toy_file, "-o", tmp_path / "toy.index", "--kind", "exact")
    assert out.code == 0, out.err
    assert "rows left out\t1" in out.out
    assert "kind\tExact(" in out.out


def test_tuning_is_kept_in_the_file(firth: Firth, words: Path, tmp_path: Path):
    path = tmp_path / "words.index"
    command = (
        "index",
        words,
        "-o",
        path,
        "--kind",
        "ivf",
        "--set",
        "lists=8",
        "--tune",
        "0.8",
        "--threads",
        "1",
    )
    out = firth(*command)
    assert out.code == 0, out.err
    kept = load(path)
    assert kept.measured["target"] == 0.8
    assert f"setting: nprobe\t{kept.settings['nprobe']}" in out.out
    assert f"recall@10\t{kept.measured['recall']:.4f}" in out.out


def test_a_recipe_is_carried_out_with_its_settings(firth: Firth, words: Path, tmp_path: Path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        'metric = "dot"\n[index]\nindex = "IVF"\nlists = 8\n[settings]\nnprobe = 3\nrerank = 2\n'
    )
    out = firth("index", words, "-o", tmp_path / "words.index", "--recipe", recipe, "--json")
    assert out.code == 0, out.err
    kept = load(tmp_path / "words.index")
    assert (kept.metric, kept.settings["nprobe"], kept.settings["rerank"]) == ("dot", 3, 2)


@pytest.mark.parametrize(
    ("words_given", "message"),
    [
        (["--kind", "annoy"], "--kind is one of binary,"),
        (["--set", "links"], "--set takes NAME=VALUE, such as links=32, not 'links'"),
        (["--kind", "exact", "--set", "index=HNSW"], "--set index=… is what --kind is for"),
        (["--kind", "hnsw", "--set", "lists=3"], "HNSW has no option 'lists'"),
        (["--kind", "hnsw", "--set", "links=many"], "links is a whole number"),
        (["--queries", "x"], "give --tune RECALL too"),
        (["--kind", "exact", "--metric", "l1"], "metric is 'cosine', 'dot' or 'euclidean', not 'l1'"),
        (["--kind", "exact", "--tune", "2"], "--tune is a number above 0 up to 1, not 2"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    firth: Firth, words: Path, tmp_path: Path, words_given: list[str], message: str
):
    out = firth("index", words, "-o", tmp_path / "x.index", *words_given)
    assert out.code == 2
    assert message in out.err
    assert not (tmp_path / "x.index").exists()


def test_the_recipe_of_a_codec_is_sent_to_the_other_verb(firth: Firth, words: Path, tmp_path: Path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[codec]\ncodec = "Float16"\n')
    out = firth("index", words, "-o", tmp_path / "x.index", "--recipe", recipe)
    assert out.code == 2
    assert "firth compress --recipe" in out.err
    out = firth("index", words, "-o", tmp_path / "x.index", "--recipe", recipe, "--kind", "hnsw")
    assert "leave --kind and --set out" in out.err


def test_a_file_that_is_there_is_kept(firth: Firth, words: Path, tmp_path: Path):
    path = tmp_path / "x.index"
    path.write_text("precious")
    out = firth("index", words, "-o", path, "--kind", "exact")
    assert out.code == 1
    assert path.read_text() == "precious"
    assert firth("index", words, "-o", path, "--kind", "exact", "--force").code == 0
    assert len(load(path)) == 400
