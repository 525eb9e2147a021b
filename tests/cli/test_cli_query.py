"""similar, analogy, similarity: what they answer, to people, to pipes and to programs."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Model, Vectors


def test_similar_writes_tab_separated_lines_into_a_pipe(firth: Firth, toy_file: Path):
    done = firth("similar", toy_file, "king", "banana", "-n", 1)
    assert done.code == 0
    assert done.out == "key\tneighbour\tcosine\nking\tprince\t0.9959\nbanana\tapple\t0.9950\n"
    assert done.err == ""


def test_similar_as_json(firth: Firth, toy_file: Path):
    document = firth("similar", toy_file, "king", "-n", 2, "--json").document
    assert document["metric"] == "cosine"
    [query] = document["queries"]
    assert query["key"] == "king"
    assert query["hits"][0]["id"] == "prince"
    assert len(query["hits"]) == 2
    assert query["hits"][0]["score"] == pytest.approx(0.9959, abs=1e-4)


def test_similar_reads_keys_from_stdin(firth: Firth, toy_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("king\nbanana\n"))
    done = firth("similar", toy_file, "-", "-n", 1)
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["key", "king", "banana"]


def test_an_unknown_key_fails_with_the_nearest_spellings(firth: Firth, toy_file: Path):
    done = firth("similar", toy_file, "kin")
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("firth: error: 'kin' is not among these 8 ids; the nearest are 'king'")
    assert done.err.count("\n") == 1


def test_analogy_is_b_minus_a_plus_c(firth: Firth, toy_file: Path):
    assert (
        firth("analogy", toy_file, "man", "king", "woman", "-n", 1).out.splitlines()[1].startswith("queen\t")
    )
    document = firth("analogy", toy_file, "man", "king", "woman", "--json").document
    assert (document["a"], document["b"], document["c"]) == ("man", "king", "woman")
    assert document["hits"][0]["id"] == "queen"


def test_similarity_of_two_keys(firth: Firth, toy_file: Path):
    assert firth("similarity", toy_file, "banana", "apple").out == "0.9950\n"
    assert firth("similarity", toy_file, "banana", "nothing", "--json").document["similarity"] == 0
    assert firth("similarity", toy_file, "a", "b", "c").code == 2


def test_whole_numbers_as_ids(firth: Firth, tmp_path: Path):
    path = tmp_path / "numbers.safetensors"
    Vectors([10, 20, 30], np.eye(3, 2, dtype=np.float32)).save(path)
    assert firth("similar", path, "10", "--json", "-n", 1).document["queries"][0]["key"] == 10
    done = firth("similar", path, "ten")
    assert done.code == 2
    assert "whole numbers" in done.err


def test_a_space_of_a_model(firth: Firth, toy: Vectors, tmp_path: Path):
    path = tmp_path / "model.safetensors"
    Model({"words": toy, "contexts": Vectors(["x", "y"], np.eye(2, dtype=np.float32))}).save(path)
    assert firth("similar", path, "x", "--space", "contexts").out.splitlines()[1].startswith("x\ty\t")
    done = firth("similar", path, "x", "--space", "users")
    assert done.code == 2
    assert done.err == f"firth: error: {path} has no space 'users'; it has 'words', 'contexts'\n"


def test_a_hostile_key_cannot_steer_the_terminal(firth: Firth, tmp_path: Path):
    path = tmp_path / "hostile.safetensors"
    Vectors(["a", "\x1b[2Jb"], np.ones((2, 2), np.float32)).save(path)
    assert "\x1b" not in firth("similar", path, "a").out
    assert firth("similar", path, "a", "--json").document["queries"][0]["hits"][0]["id"] == "\x1b[2Jb"


def test_markup_in_a_key_stays_text_in_a_drawn_table(
    firth: Firth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "markup.safetensors"
    Vectors(["a", "[red]b[/red]"], np.ones((2, 2), np.float32)).save(path)
    monkeypatch.setattr("firth.cli.output.drawn", lambda: True)
    assert "[red]b[/red]" in firth("similar", path, "a").out
