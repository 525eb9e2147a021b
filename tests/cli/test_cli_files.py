"""convert and inspect: from format to format, and what a file holds."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from calling import Firth

import firth as package
from firth import Vectors
from firth.cli.opening import check_output
from firth.errors import ExistsError

WHY = "since the format cannot hold it"


@pytest.mark.parametrize("suffix", [".vec", ".bin", ".npy", ".tsv", ".glove", ".safetensors"])
def test_convert_by_suffix_and_back(firth: Firth, toy: Vectors, toy_file: Path, tmp_path: Path, suffix: str):
    there, back = tmp_path / f"there{suffix}", tmp_path / "back.safetensors"
    done = firth("convert", toy_file, there)
    assert (done.code, done.out) == (0, "")
    lost = "" if suffix in (".tsv", ".safetensors") else f"{there}: left out, {WHY}: counts\n"
    assert done.err == f"{lost}{there}: 8 vectors of 3 numbers\n"
    assert firth("convert", there, back).code == 0
    again = package.load(back).vectors
    assert list(again) == list(toy)
    assert np.allclose(again.matrix, toy.matrix, atol=1e-5)


def test_convert_with_named_formats(firth: Firth, toy_file: Path, tmp_path: Path):
    done = firth("convert", toy_file, tmp_path / "some.data", "--from", "firth", "--to", "word2vec", "--json")
    assert done.document == {"from": str(toy_file), "to": str(tmp_path / "some.data"), "ids": 8, "dim": 3}
    assert (tmp_path / "some.data").read_text().startswith("8 3\n")


def test_convert_names_what_is_left_out_or_takes_one_space(firth: Firth, toy: Vectors, tmp_path: Path):
    source, target = tmp_path / "model.safetensors", tmp_path / "out.vec"
    contexts = Vectors(["x", "y"], np.eye(2, dtype=np.float32), metric="dot")
    package.Model({"words": toy, "contexts": contexts}, recipe={"dim": 3}, report={"n": 1}).save(source)
    assert (
        f"{WHY}: the space 'contexts', counts, the recipe, the report\n"
        in firth("convert", source, target).err
    )
    done = firth("convert", source, target, "--space", "contexts", "--force")
    assert f"{WHY}: the metric 'dot', the recipe, the report\n" in done.err
    assert list(package.load(target).vectors) == ["x", "y"]
    assert firth("convert", source, tmp_path / "part.safetensors", "--space", "contexts").err.count("\n") == 1
    part = package.load(tmp_path / "part.safetensors")
    assert (list(part.spaces), part.recipe["dim"]) == (["contexts"], 3)
    done = firth("convert", source, target, "--space", "users", "--force")
    assert done.code == 2
    assert "it has 'words', 'contexts'" in done.err


@pytest.mark.parametrize(("name", "beside"), [("toy.npy", "toy.keys.txt"), ("toy.tsv", "toy.metadata.tsv")])
def test_the_second_file_is_not_overwritten_either(
    firth: Firth, toy_file: Path, tmp_path: Path, name: str, beside: str
):
    (tmp_path / beside).write_text("precious")
    done = firth("convert", toy_file, tmp_path / name)
    assert done.err == f"firth: error: {tmp_path / beside} is there already; --force overwrites it\n"
    assert not (tmp_path / name).exists()
    (tmp_path / beside).unlink()
    (tmp_path / beside).mkdir()
    assert "is a folder; name a file" in firth("convert", toy_file, tmp_path / name, "--force").err


def test_what_is_no_regular_file_is_never_replaced(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.vec")
    with pytest.raises(ExistsError, match="no regular file"):
        check_output(tmp_path / "pipe.vec", force=True)
    (tmp_path / "link.vec").symlink_to(tmp_path / "missing" / "there.vec")
    with pytest.raises(FileNotFoundError, match="no such folder"):
        check_output(tmp_path / "link.vec", force=True)


def test_nothing_is_overwritten_without_force(firth: Firth, toy_file: Path, tmp_path: Path):
    target = tmp_path / "precious.vec"
    target.write_text("precious")
    done = firth("convert", toy_file, target)
    assert done.code == 1
    assert done.err == f"firth: error: {target} is there already; --force overwrites it\n"
    assert target.read_text() == "precious"
    assert firth("convert", toy_file, target, "--force").code == 0
    assert target.read_text().startswith("8 3\n")


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("toy.unheard", 2, "no format has the suffix '.unheard'"),
        ("missing/toy.vec", 1, "no such folder; make it first"),
        ("folder.vec", 1, "is a folder; name a file"),
    ],
)
def test_an_output_that_cannot_be_written(
    firth: Firth, toy_file: Path, tmp_path: Path, target: str, code: int, message: str
):
    (tmp_path / "folder.vec").mkdir()
    done = firth("convert", toy_file, tmp_path / target)
    assert done.code == code
    assert message in done.err


def test_an_unknown_format_is_wrong_usage(firth: Firth, toy_file: Path, tmp_path: Path):
    done = firth("convert", toy_file, tmp_path / "toy.vec", "--to", "parquet")
    assert done.code == 2
    assert "'parquet'" in done.err


def test_inspect_says_what_a_file_holds(firth: Firth, toy_file: Path):
    document = firth("inspect", toy_file, "--verify", "--json").document
    assert document["format"] == "firth"
    assert document["verified"] is True
    assert document["spaces"][0]["rows"] == 8
    assert document["spaces"][0]["dim"] == 3
    lines = dict(line.split("\t") for line in firth("inspect", toy_file).out.splitlines())
    assert lines["format"] == "firth"
    assert lines["spaces.0.rows"] == "8"


def test_a_flipped_bit_fails(firth: Firth, toy_file: Path):
    data = bytearray(toy_file.read_bytes())
    data[-5] ^= 1
    toy_file.write_bytes(data)
    done = firth("inspect", toy_file, "--verify")
    assert done.code == 1
    assert str(toy_file) in done.err


def test_a_file_of_something_else_fails(firth: Firth, tmp_path: Path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    done = firth("similar", path, "x")
    assert done.code == 1
    assert "none of the formats" in done.err


def test_convert_to_fasttext_and_to_less(firth: Firth, tmp_path: Path):
    recipe = package.SubwordSkipGram(dim=4, min_count=1, subsample=0, buckets=300, epochs=1)
    model = recipe.fit([["walk", "walking", "talk"]] * 20, run=package.Run(threads=1, progress=False))
    model.save(tmp_path / "a.safetensors")
    assert firth("convert", tmp_path / "a.safetensors", tmp_path / "a.bin").code == 0
    assert len(package.load(tmp_path / "a.bin").spaces["subwords"]) == 300
    less = tmp_path / "less.safetensors"
    assert firth("convert", tmp_path / "a.bin", less, "--drop-unused", "--half", "subwords").code == 0
    again = package.load(less, verify=True)
    assert list(again.spaces["subwords"]) == list(model.spaces["subwords"])
    assert np.allclose(again.encode(["talking"]), model.encode(["talking"]), rtol=2e-3)
    done = firth("convert", less, tmp_path / "b.bin", "--half", "subwords")
    assert (done.code, "only Firth's own format" in done.err) == (2, True)
    assert firth("similar", tmp_path / "a.bin", "walks", "walk", "--json").document["queries"][0]["hits"]
    assert firth("analogy", less, "talk", "talking", "walks", "--json").document["hits"]
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("walk\twalks\t9\nwalk\ttalk\t5\nwalking\ttalks\t4\n")
    done = firth("evaluate", less, "--similarity", pairs, "--json")
    assert done.document["reports"][0]["rows"][0]["n"] == 3
