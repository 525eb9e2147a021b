"""`firth compress`: files become smaller, and what that costs is said."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from calling import Firth

import firth as package
from firth import Model, Vectors
from firth.compress.known import CODECS
from firth.compress.names import NAMES, named_recipe


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    rows = np.random.default_rng(0).standard_normal((2, 300, 16)).astype(np.float32)
    ids = [f"w{i}" for i in range(300)]
    path = tmp_path / "model.safetensors"
    Model({"words": Vectors(ids, rows[0]), "contexts": Vectors(ids, rows[1])}).save(path)
    return path


def test_a_table_says_what_is_lost(firth: Firth, model_file: Path, tmp_path: Path):
    out = tmp_path / "small.safetensors"
    done = firth("compress", model_file, "-o", out, "--codec", "int8", "--drop", "contexts", "--sample", 50)
    assert done.code == 0
    heads, values = (line.split("\t") for line in done.out.splitlines())
    row = dict(zip(heads, values, strict=True))
    assert (row["space"], row["rows"], row["bytes a row"]) == ("words", "300", "20")
    assert row["codec"] == "Scalar(bits=8, per='row', range='minmax')"
    assert float(row["95 % low"]) <= float(row["neighbours kept"]) <= float(row["high"])
    assert float(row["neighbours kept"]) > 0.95 and float(row["cosine"]) > 0.999
    assert "0.01 MB of numbers, before 0.04 MB, 6.4 times smaller" in done.err
    assert list(package.load(out).spaces) == ["words"]
    before, after = (firth("similar", file, "w3", "-n", 1).out.split() for file in (model_file, out))
    assert after[:-1] == before[:-1] and float(after[-1]) == pytest.approx(float(before[-1]), abs=0.01)


def test_json_and_what_is_clipped(firth: Firth, model_file: Path, tmp_path: Path):
    out = tmp_path / "small.safetensors"
    words = ("compress", model_file, "-o", out, "--codec", "int4-dimension", "--space", "words")
    document = firth(*words, "--json", "-k", 5).document
    assert document["bytes_before"] == 2 * 300 * 16 * 4 and document["size"] == out.stat().st_size
    coded, whole = document["spaces"]
    assert coded["codec"] == {"codec": "Scalar", "bits": 4, "per": "dimension", "range": "calibrated"}
    assert coded["encoded"]["saturated"] > 0 and coded["low"] < coded["neighbours_kept"] < coded["high"]
    assert (whole["space"], whole["codec"], whole["bytes"]) == ("contexts", None, 300 * 64)
    said = firth(*words, "--k", 0, "--force").err
    assert f"words: {coded['encoded']['saturated']} of 4,800 numbers saturated" in said


def test_a_recipe_from_a_file(firth: Firth, model_file: Path, tmp_path: Path):
    recipe, out = tmp_path / "plan.toml", tmp_path / "small.safetensors"
    recipe.write_text(
        '[codec]\ncodec = "Chain"\n[[codec.steps]]\ncodec = "Truncate"\ndim = 8\n'
        '[[codec.steps]]\ncodec = "Binary"\n'
    )
    done = firth("compress", model_file, "-o", out, "--recipe", recipe, "--json", "-k", 0)
    assert [row["bytes_a_row"] for row in done.document["spaces"]] == [1, 1]
    recipe.write_text("[index]\n")
    refused = firth("compress", model_file, "-o", out, "--recipe", recipe, "--force")
    assert refused.code == 2 and "index is one of" in refused.err
    recipe.write_text('metric = "dot"\n[index]\nindex = "Exact"\n')
    refused = firth("compress", model_file, "-o", out, "--recipe", recipe, "--force")
    assert refused.code == 2 and f"recipe of an index: firth index --recipe {recipe}" in refused.err
    recipe.write_bytes('\ufeffmetric = "dot"\n[codec]\ncodec = "Float16"\n'.encode())
    told = firth("compress", model_file, "-o", out, "--recipe", recipe, "--force", "--sample", 20)
    assert told.code == 0 and "words: keeps its metric cosine; the recipe was made for dot" in told.err
    recipe.write_text("[codec\n")
    assert "is no TOML" in firth("compress", model_file, "-o", out, "--recipe", recipe, "--force").err
    recipe.write_text('[codec]\ncodec = "Zip"\n')
    assert firth("compress", model_file, "-o", out, "--recipe", recipe, "--force").code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name a --codec, or a --recipe file: one of the two"),
        (("--codec", "zip"), "the codec is one of float16, int8, .* not 'zip'"),
        (("--codec", "int8", "--set", "bits"), "--set takes NAME=VALUE, such as parts=25, not 'bits'"),
        (("--codec", "int8", "--set", "bits=8", "--set", "bits = 4"), "gives bits twice: 8 and '4'"),
        (("--codec", "float16", "--set", "codec=Binary"), "--set codec=… is what --codec is for"),
        (("--codec", "float16", "--set", "bits=8"), "Float16 has no option 'bits'; it has none at all"),
        (("--codec", "int8", "--seed", -1), "--seed.* greater than or equal to 0"),
        (("--codec", "int8", "--threads", 0), "--threads.* greater than or equal to 1"),
        (("--recipe", "x.toml", "--set", "bits=8"), "write the options into the recipe file"),
        (("--codec", "int8", "--set", "bits=7"), "bits is 8 or 4, not 7"),
        (("--codec", "int8", "--set", "speed=7"), "Scalar has no option 'speed'"),
        (("--codec", "int8", "--space", "nope"), "the space 'nope', which is not there"),
        (("--codec", "leading", "--set", "dim=99"), "the space 'words': rows of dim 16 have no 99 dims"),
    ],
)
def test_wrong_usage(firth: Firth, model_file: Path, tmp_path: Path, words: tuple, message: str):
    done = firth("compress", model_file, "-o", tmp_path / "out.safetensors", *words)
    assert done.code in (1, 2) and not (tmp_path / "out.safetensors").exists()
    assert re.search(message, done.err), done.err


def test_a_file_that_is_there_stays(firth: Firth, model_file: Path):
    before = model_file.read_bytes()
    done = firth("compress", model_file, "-o", model_file, "--codec", "int8")
    assert done.code == 1 and "--force overwrites it" in done.err and model_file.read_bytes() == before
    assert firth("compress", model_file, "-o", model_file, "--codec", "int8", "--force").code == 0
    assert model_file.stat().st_size < len(before) / 2


def test_the_file_says_what_was_lost(firth: Firth, model_file: Path, tmp_path: Path):
    out = tmp_path / "small.safetensors"
    words = (
        "compress",
        model_file,
        "-o",
        out,
        "--codec",
        "int8",
        "--space",
        "words",
        "--sample",
        50,
        "--json",
    )
    row = firth(*words, "-k", 7).document["spaces"][0]
    said = package.load(out).report["compressed"]
    assert list(said) == ["words"] and said["words"]["k"] == 7 and said["words"]["codec"] == row["codec"]
    kept = said["words"]["neighbours kept"]
    assert (kept["value"], kept["low"], kept["high"]) == (row["neighbours_kept"], row["low"], row["high"])
    assert row["loss"]["rows"][2]["name"] == "squared error" and row["loss"]["rows"][2]["low"] is not None
    assert firth(*words, "-k", 0, "--force").document["spaces"][0].get("loss") is None
    assert package.load(out).report.get("compressed", {}) == {}


def test_codes_that_take_more_than_the_rows_are_told(firth: Firth, model_file: Path, tmp_path: Path):
    out = tmp_path / "large.safetensors"
    words = ("compress", model_file, "-o", out, "--codec", "residual", "--space", "words", "-k", 0)
    done = firth(*words)
    assert "0.05 MB of numbers, before 0.04 MB, 1.4 times larger" in done.err
    assert "words: larger than before: the codec takes 32,832 bytes beside the 600 of" in done.err
    assert "--set bits=4 for smaller codebooks, or --codec int8" in done.err
    done = firth(*words, "--set", "bits=4", "--force")
    assert done.code == 0 and "times smaller" in done.err and "larger" not in done.err


def test_help_shows_the_table_of_a_recipe(firth: Firth):
    assert "[codec]" in firth("compress", "--help").out


def test_every_codec_has_a_word():
    assert {entry["codec"] for entry in NAMES.values()} == set(CODECS)
    for dim in (1, 2, 100):
        for name in NAMES:
            named_recipe(name, dim)
