"""`firth search`: the nearest ids in the file of an index."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Vectors
from firth.index import Exact


@pytest.fixture
def toy_index(toy: Vectors, tmp_path: Path) -> Path:
    """An exact index of the toy vectors."""
    path = tmp_path / "toy.index"
    Exact().build(toy).save(path)
    return path


def neighbours(out: str) -> list[str]:
    return [line.split("\t")[1] for line in out.splitlines()[1:]]


def test_an_id_is_no_answer_to_itself(firth: Firth, toy_index: Path):
    out = firth("search", toy_index, "king", "apple", "-k", "2")
    assert out.code == 0, out.err
    lines = [line.split("\t") for line in out.out.splitlines()]
    assert lines[0] == ["query", "neighbour", "cosine"]
    assert [line[:2] for line in lines[1:4:2]] == [["king", "prince"], ["apple", "banana"]]
    assert len(lines) == 5


def test_hits_as_json_and_ids_from_stdin(firth: Firth, toy_index: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("queen\n\n"))
    out = firth("search", toy_index, "-", "-k", "3", "--json")
    assert out.code == 0, out.err
    assert [one["query"] for one in out.document["queries"]] == ["queen"]
    assert len(out.document["queries"][0]["hits"]) == 3
    assert "queen" not in {hit["id"] for hit in out.document["queries"][0]["hits"]}


def test_rows_of_another_file_are_queries(firth: Firth, toy: Vectors, toy_index: Path, tmp_path: Path):
    path = tmp_path / "queries.safetensors"
    Vectors(["q1", "q2"], toy[["king", "apple"]], fingerprint=toy.fingerprint).save(path)
    out = firth("search", toy_index, "--queries", path, "-k", "1")
    assert out.code == 0, out.err
    assert neighbours(out.out) == ["king", "apple"], "a vector has no id, so nothing is left out"


def test_ids_are_looked_up_in_the_vectors_where_the_index_has_none(firth: Firth, tmp_path: Path):
    from firth.index import IVFPQ

    rows = np.random.default_rng(0).standard_normal((300, 8)).astype(np.float32)
    vectors = Vectors(range(300), rows)
    vectors.save(tmp_path / "v.safetensors")
    IVFPQ(keep="none", lists=4).build(vectors).save(tmp_path / "v.index")
    out = firth("search", tmp_path / "v.index", "7")
    assert out.code == 1
    assert "keep='none'" in out.err
    out = firth("search", tmp_path / "v.index", "7", "-k", "4", "--vectors", tmp_path / "v.safetensors")
    assert out.code == 0, out.err
    assert len(neighbours(out.out)) == 4
    assert "7" not in neighbours(out.out)
    out = firth("search", tmp_path / "v.index", "king")
    assert out.code == 2
    assert "the ids of this index are whole numbers" in out.err
    out = firth(
        "search", tmp_path / "v.index", "--measure", "--vectors", tmp_path / "v.safetensors", "--json"
    )
    assert out.code == 0, out.err
    assert 0 < out.document["measured"]["recall"] < 1
    assert "queries" not in out.document


def test_only_some_ids_may_be_answers(firth: Firth, toy_index: Path, tmp_path: Path):
    some = tmp_path / "some.txt"
    some.write_text("queen\nwoman\n")
    out = firth("search", toy_index, "king", "--only", some)
    assert out.code == 0, out.err
    assert sorted(neighbours(out.out)) == ["queen", "woman"]
    some.write_text("")
    out = firth("search", toy_index, "king", "--only", some)
    assert (out.code, out.out) == (2, "")
    assert "names no id" in out.err
    some.write_text("queen\nwomen\n")
    out = firth("search", toy_index, "king", "--only", some)
    assert out.code == 1
    assert "'women' is not among the 7 ids of this index" in out.err


def test_codes_are_searched_as_an_index_is(firth: Firth, toy_file: Path, tmp_path: Path):
    small = tmp_path / "small.safetensors"
    assert firth("compress", toy_file, "--codec", "int8", "-o", small).code == 0
    out = firth("search", small, "king", "apple", "-k", "1")
    assert out.code == 0, out.err
    assert neighbours(out.out) == ["prince", "banana"], "an id is no answer to itself"
    assert neighbours(firth("search", small, "king", "-k", "1", "--vectors", toy_file).out) == ["prince"]
    assert neighbours(firth("search", small, "--queries", toy_file, "-k", "2").out).count("king") >= 1
    for given, code, message in (
        (["kong"], 1, "'kong'"),
        (["king", "--set", "nprobe=3"], 2, "--measure, --only and --set are for an index"),
        (["king", "--space", "contexts"], 2, "has no space 'contexts'; it has"),
    ):
        out = firth("search", small, *given)
        assert out.code == code
        assert message in out.err


def test_queries_of_a_file_that_names_no_space_are_taken_on_your_word(
    firth: Firth, toy: Vectors, toy_index: Path, toy_file: Path, tmp_path: Path
):
    queries = tmp_path / "queries.vec"
    rows = [f"{name} {' '.join(map(str, toy[name]))}" for name in ("king", "apple")]
    queries.write_text("\n".join([f"2 {toy.dim}", *rows]) + "\n")
    out = firth("search", toy_index, "--queries", queries)
    assert out.code == 1
    assert "add --same-space" in out.err
    out = firth("search", toy_index, "--queries", queries, "--same-space", "-k", "1", "--json")
    assert out.code == 0, out.err
    assert [one["query"] for one in out.document["queries"]] == ["king", "apple"]
    assert (
        firth(
            "index",
            toy_file,
            "--kind",
            "exact",
            "--queries",
            queries,
            "--tune",
            "0.9",
            "-o",
            tmp_path / "a.index",
        ).err.count("add --same-space")
        == 1
    )
    Vectors(["q"], np.ones((1, 2), np.float32)).save(tmp_path / "flat.safetensors")
    out = firth("search", toy_index, "--queries", tmp_path / "flat.safetensors", "--same-space")
    assert out.code == 1
    assert f"have dim 2, and what is searched has dim {toy.dim}" in out.err
    Vectors([], np.ones((0, toy.dim), np.float32)).save(tmp_path / "none.safetensors")
    out = firth("search", toy_index, "--queries", tmp_path / "none.safetensors")
    assert "has no rows: the queries are vectors" in out.err


def test_recall_is_measured_on_demand(firth: Firth, toy_index: Path):
    out = firth("search", toy_index, "--measure", "-k", "3")
    assert out.code == 0, out.err
    assert out.out.startswith("recall@3 1.000")
    assert "rows of the index, each without itself" in out.out


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ([], 2, "there is nothing to search for"),
        (["king", "--queries", "x.npy"], 2, "either ids or the rows of --queries"),
        (["kong"], 1, "'kong' is not among the 7 ids of this index; the nearest are"),
        (["king", "--set", "nprobe"], 2, "--set takes SETTING=NUMBER"),
        (["king", "--set", "nprobe=3"], 2, "this index has no setting 'nprobe'"),
    ],
)
def test_wrong_usage_is_said_in_a_line(
    firth: Firth, toy_index: Path, given: list[str], code: int, message: str
):
    out = firth("search", toy_index, *given)
    assert out.code == code
    assert message in out.err


def test_a_file_that_is_no_index_is_refused(firth: Firth, toy_file: Path, tmp_path: Path):
    out = firth("search", toy_file, "king")
    assert out.code == 1
    assert "toy.safetensors" in out.err
    assert firth("search", tmp_path / "none.index", "king").code == 1
